"""What is known of each lossy encoder before it runs: its default quality, its speed, how its files grow.

Heights are natural logarithms of sizes, compared to quality 80 and averaged over three photographs fitted into 720
pixels (JPEG 2000: one of them). They differ little: a size is foreseen to within a few per cent from another one.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.operations import Encode
from workers.quality_search import QualityScale


@dataclass(frozen=True, slots=True, kw_only=True)
class LossyCoding:
    """One encoder: the quality it has by default, its scale, and how many pixels it encodes in a second.

    ``pillow`` names the plug-in that reads what it makes.
    """

    pillow: str
    default: int
    scale: QualityScale
    px_per_s: int

    def quality(self, tail: Encode) -> int:
        """The quality that is asked for; the default where there is none, or none is known yet."""
        return tail.quality if isinstance(tail.quality, int) else self.default

    def affordable_encodes(self, px: int) -> int:
        """Say how many encodes of so many pixels a search may take: fewer where each is slow, to be done in time.

        A matter of pixels, not of clocks: the same job has the same result on a busy day.
        """
        return max(_LEAST_ENCODES, min(_MOST_ENCODES, _SEARCH_S * self.px_per_s // max(1, px)))


_SEARCH_S = 4
_LEAST_ENCODES, _MOST_ENCODES = 3, 6

# Where the first three look alike on photographs: 0.966, 0.958 and 0.962 (mean SSIM of luma).
JPEG_CODING = LossyCoding(
    pillow="JPEG",
    default=80,
    scale=QualityScale.through(
        (0, -2.9), (1, -2.88), (4, -2.65), (7, -2.2), (10, -1.87), (16, -1.48), (22, -1.22), (31, -0.95),
        (40, -0.77), (50, -0.6), (60, -0.45), (70, -0.25), (80, 0.0), (89, 0.35), (90, 0.61), (95, 1.0),
        (100, 1.88),
    ),
    px_per_s=60_000_000,
)  # fmt: skip
WEBP_CODING = LossyCoding(
    pillow="WEBP",
    default=79,
    scale=QualityScale.through(
        (0, -2.2), (1, -2.1), (4, -1.81), (10, -1.5), (22, -1.1), (40, -0.7), (60, -0.4), (75, -0.2), (80, 0.0),
        (90, 0.46), (95, 0.83), (100, 1.47),
    ),
    px_per_s=20_000_000,
)  # fmt: skip
AVIF_CODING = LossyCoding(
    pillow="AVIF",
    default=63,
    scale=QualityScale.through(
        (0, -2.95), (1, -2.91), (10, -2.6), (19, -2.3), (31, -1.82), (40, -1.4), (49, -0.99), (58, -0.66),
        (70, -0.24), (79, 0.0), (91, 0.44), (97, 0.77), (100, 1.26),
    ),
    px_per_s=9_000_000,
)  # fmt: skip
JXL_CODING = LossyCoding(
    pillow="JXL",
    default=81,
    scale=QualityScale.through(
        (0, -2.1), (1, -2.08), (10, -1.8), (16, -1.49), (22, -1.22), (30, -0.97), (40, -0.85), (50, -0.68),
        (60, -0.48), (70, -0.25), (80, 0.0), (85, 0.29), (90, 0.5), (95, 0.89), (98, 1.21), (100, 1.76),
    ),
    px_per_s=18_000_000,
)  # fmt: skip
JP2_CODING = LossyCoding(
    pillow="JPEG2000",
    default=80,
    scale=QualityScale.through(
        (0, -1.83), (1, -1.82), (10, -1.78), (20, -1.65), (30, -1.46), (40, -1.2), (50, -0.93), (60, -0.63),
        (70, -0.3), (80, 0.0), (90, 0.33), (100, 0.64),
    ),
    px_per_s=3_500_000,
)  # fmt: skip
