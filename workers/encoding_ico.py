"""Writes icons: one picture in several sizes, each as PNG, so that whoever shows it finds one that is sharp.

Sizes are the picture's own, as it fits into 256 pixels, and the customary ones below it. Pictures that are not
square keep their shape: the longer side counts. Each size is resampled from the original, not from the next one.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from shared.operations import Encode
from workers.modules.resample import scaled
from workers.picture import Picture

_LARGEST_PX = 256
_CUSTOMARY_PX = (128, 64, 48, 32, 16)


def in_all_sizes(frames: Sequence[Image.Image]) -> tuple[Image.Image, ...]:
    """Scale the first frame to every size of an icon, the largest first."""
    original = frames[0]
    longer_px = min(_LARGEST_PX, max(original.size))
    sides_px = (longer_px, *(side for side in _CUSTOMARY_PX if side < longer_px))
    return tuple(_fitted(original, side) for side in sides_px)


def ico(picture: Picture, tail: Encode) -> bytes:
    """An icon of all sizes in ``picture``."""
    largest, *smaller = picture.frames
    file = io.BytesIO()
    largest.save(file, "ICO", sizes=[frame.size for frame in picture.frames], append_images=smaller)
    return file.getvalue()


def _fitted(frame: Image.Image, side_px: int) -> Image.Image:
    longer_px = max(frame.size)
    width, height = (max(1, round(side * side_px / longer_px)) for side in frame.size)
    return scaled(frame, (width, height), filter_name="lanczos")
