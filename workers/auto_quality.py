"""Chooses the quality of ``quality=auto``: the lowest at which a picture still looks like what was encoded.

"Looks like" is ``workers/similarity.py`` clearing ``LIKENESS``. It is measured on the luma of the first frame, on
white where it is transparent; of large pictures on pieces from all over them, at their own size.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator

from PIL import Image

from workers.lossy_coding import LossyCoding
from workers.picture import in_common_mode
from workers.quality_search import Search
from workers.similarity import Likeness

# On three photographs at 512 pixels SSIMULACRA 2 says 73 here ("high quality": 70, "visually lossless": 90). It is
# also where the formats' defaults are on average, which other pictures then reach with less, or get more for.
LIKENESS = 0.975
# Below, the measure is too kind: it calls a drawing in AVIF good at 30, which SSIMULACRA 2 gives less than 64, and
# it knows no colours. Above, files only grow.
LOWEST, HIGHEST = 40, 95
# By how much -log(1 - likeness) grows where the logarithm of the size grows by one: 1.2 to 2.2.
_GROWTH = 1.5
_MOST_ENCODES = 5
_SAMPLED_PX = 600_000
_PIECES = 4
_NARROW_PX = 1024


def chosen_quality(
    frame: Image.Image,
    encode: Callable[[Image.Image, int], bytes],
    *,
    coding: LossyCoding,
    likeness: float = LIKENESS,
) -> int:
    """Find the lowest quality, of 40 to 95, at which ``encode`` makes something that looks like ``frame``.

    It is called about three times, five at most; 95 is the answer when nothing less will do.
    """
    shown = sample(frame)
    original = Likeness(_luma(shown))

    def closeness(quality: int) -> float:
        with Image.open(io.BytesIO(encode(shown, quality)), formats=[coding.pillow]) as made:
            return _closeness(original.of(_luma(made)))

    _, lowest = Search(
        scale=coding.scale,
        start=coding.default,
        low=LOWEST,
        high=HIGHEST,
        most_measurements=_MOST_ENCODES,
        growth=_GROWTH,
    ).crossing(closeness, bound=_closeness(likeness))
    return lowest or HIGHEST


def sample(frame: Image.Image) -> Image.Image:
    """The frame itself, or pieces of it that together have no more than 600,000 pixels."""
    width, height = frame.size
    share = _SAMPLED_PX / (width * height)
    if share >= 1:
        return frame
    is_narrow = width <= _NARROW_PX or height <= _NARROW_PX
    side_share = share if is_narrow else share**0.5
    columns = [(0, width)] if width <= _NARROW_PX else list(_pieces(width, side_share))
    rows = [(0, height)] if height <= _NARROW_PX else list(_pieces(height, side_share))
    sheet = Image.new(frame.mode, (sum(length for _, length in columns), sum(length for _, length in rows)))
    below = 0
    for top, tall in rows:
        beside = 0
        for left, wide in columns:
            sheet.paste(frame.crop((left, top, left + wide, top + tall)), (beside, below))
            beside += wide
        below += tall
    return sheet


def _pieces(side: int, share: float) -> Iterator[tuple[int, int]]:
    """Pieces of a side, spread evenly over it: where each begins, and its length."""
    length = max(1, int(side * share / _PIECES))
    for index in range(_PIECES):
        yield (side - length) * index // (_PIECES - 1), length


def _closeness(likeness: float) -> float:
    """Likeness on a scale that grows with a file's size, and goes on where one nears the other end: 1."""
    return -math.log(max(1 - likeness, 1e-9))


def _luma(frame: Image.Image) -> Image.Image:
    return in_common_mode((frame,), frozenset("L"))[0]
