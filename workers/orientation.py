"""EXIF orientation: how a picture has to be turned and mirrored to stand upright."""

from __future__ import annotations

from PIL import Image
from PIL.Image import Transpose

from workers.geometry import Size

_TRANSPOSES = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_SWAPS_SIDES = frozenset((5, 6, 7, 8))
_ENDS_LEFT = frozenset((2, 3, 6, 7))
_ENDS_ABOVE = frozenset((3, 4, 7, 8))


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Apply the orientation; an upright image is returned as it is."""
    return image.transpose(_TRANSPOSES[orientation]) if orientation in _TRANSPOSES else image


def upright_size(size: Size, orientation: int) -> Size:
    """Say which size the image has once its orientation is applied."""
    return (size[1], size[0]) if orientation in _SWAPS_SIDES else size


def upright_margin(excess: tuple[float, float], orientation: int) -> tuple[float, float]:
    """Say how far from the upright image's left and top its content begins.

    Before it was turned, the image was larger than its content by ``excess`` at the right and at the bottom.
    """
    x, y = (excess[1], excess[0]) if orientation in _SWAPS_SIDES else excess
    return (x if orientation in _ENDS_LEFT else 0.0, y if orientation in _ENDS_ABOVE else 0.0)
