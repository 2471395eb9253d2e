"""The arithmetic of sizes and places: how large a picture becomes, which part of it is cut out, where it is put.

Whole numbers in, whole numbers out wherever pixels are counted; no image is touched here. The functions in
``workers/modules/`` carry out what is computed here, and check it against the limits first.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from shared.errors import BadParameterError
from shared.operations import Resize
from shared.parameters import Box, Length, Point

Size = tuple[int, int]
"""Width and height in pixels."""


class Region(NamedTuple):
    """A rectangle of a picture, in its pixels; its edges may lie between them."""

    left: float
    top: float
    right: float
    bottom: float


def target_size(resize: Resize, width_px: int, height_px: int) -> Size:
    """Say to which size a picture is scaled, before ``cover`` crops it or ``pad`` adds to it.

    The side that the box decides is exactly the box's; the other keeps the aspect ratio to within half a pixel.
    No side is shorter than one pixel.
    """
    box_width, box_height = _box(resize, width_px, height_px)
    if resize.fit == "inside" and (box_width or width_px) >= width_px and (box_height or height_px) >= height_px:
        return width_px, height_px
    if box_width is None:
        box_height = box_height or height_px
        return _scaled(width_px, by=box_height, of=height_px), box_height
    if box_height is None:
        return box_width, _scaled(height_px, by=box_width, of=width_px)
    if resize.fit == "fill":
        return box_width, box_height
    box_is_narrower = box_width * height_px <= box_height * width_px
    may_exceed_box = resize.fit in ("cover", "outside")
    if box_is_narrower != may_exceed_box:
        return box_width, _scaled(height_px, by=box_width, of=width_px)
    return _scaled(width_px, by=box_height, of=height_px), box_height


def result_size(resize: Resize, width_px: int, height_px: int) -> Size:
    """Say which size a picture has in the end: the whole box where ``cover`` or ``pad`` fills it."""
    box_width, box_height = _box(resize, width_px, height_px)
    if resize.fit in ("cover", "pad") and box_width and box_height:
        return box_width, box_height
    return target_size(resize, width_px, height_px)


def cover_region(picture: Size, box: Size, gravity: Point) -> Region:
    """Find what ``cover`` scales to the box: the largest part of the picture that has the box's aspect ratio.

    Its centre is ``gravity``, or as near to it as fits. Where nothing is to be scaled it lies on whole pixels.
    """
    (width, height), (box_width, box_height) = picture, box
    if box_width * height >= box_height * width:
        part_width, part_height = float(width), width * box_height / box_width
    else:
        part_width, part_height = height * box_width / box_height, float(height)
    left = _centred(gravity.x, part_width, width)
    top = _centred(gravity.y, part_height, height)
    if (part_width, part_height) == box:
        left, top = _round_half_down(left), _round_half_down(top)
    return Region(left, top, min(left + part_width, width), min(top + part_height, height))


def place(inner: Size, outer: Size, gravity: Point) -> tuple[int, int]:
    """Say where the top left corner of ``inner`` goes: ``gravity`` is the share of the free space before it."""
    return (
        _round_half_down((outer[0] - inner[0]) * gravity.x),
        _round_half_down((outer[1] - inner[1]) * gravity.y),
    )


def crop_box(box: Box, width_px: int, height_px: int) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the part of ``box`` that lies inside the picture.

    Raises BadParameterError when none of it does.
    """
    left, top = box.x.of(width_px), box.y.of(height_px)
    if left >= width_px or top >= height_px:
        written = ",".join(map(str, box))
        raise BadParameterError.of("crop", written, f"it lies outside the image of {width_px}×{height_px} pixels")
    right = left + max(1, box.width.of(width_px))
    bottom = top + max(1, box.height.of(height_px))
    return left, top, min(right, width_px), min(bottom, height_px)


def rotated_size(width_px: int, height_px: int, angle: float) -> Size:
    """Say how large a canvas holds the whole picture when it is turned by ``angle`` degrees."""
    cos, sin = abs(math.cos(math.radians(angle))), abs(math.sin(math.radians(angle)))
    # Rounded first: an error in the last digit must not cost a column.
    return (
        math.ceil(round(width_px * cos + height_px * sin, 6)),
        math.ceil(round(width_px * sin + height_px * cos, 6)),
    )


def turned_back(inner: Size, outer: Size, angle: float) -> tuple[float, float, float, float, float, float]:
    """Return the affine map that turning by ``angle`` degrees takes: from each pixel of the canvas to the picture.

    The centre of the picture, ``inner``, comes to lie at the centre of the canvas, ``outer``.
    """
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x, y = outer[0] / 2, outer[1] / 2
    return (
        cos, sin, inner[0] / 2 - cos * x - sin * y,
        -sin, cos, inner[1] / 2 + sin * x - cos * y,
    )  # fmt: skip


def _box(resize: Resize, width_px: int, height_px: int) -> tuple[int | None, int | None]:
    """The box in pixels, for plans in canonical form and for others."""
    return _length(resize.width, resize.dpr, width_px), _length(resize.height, resize.dpr, height_px)


def _length(length: Length | None, dpr: float, side_px: int) -> int | None:
    return None if length is None else max(1, length.times(dpr).of(side_px))


def _scaled(side_px: int, *, by: int, of: int) -> int:
    """``side_px * by / of``, halves rounded up, in whole numbers: exact however long the sides are."""
    return max(1, (2 * side_px * by + of) // (2 * of))


def _centred(fraction: float, part: float, whole: int) -> float:
    """Where a part begins that is centred on ``fraction`` of the whole, or as near to that as fits."""
    return max(0.0, min(fraction * whole - part / 2, whole - part))


def _round_half_down(value: float) -> int:
    return math.ceil(value - 0.5)
