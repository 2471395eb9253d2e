"""The steps that move pixels, for deep pictures: they do what their counterparts in ``workers/modules/`` do.

Whole pixels are moved by numpy. Where they are mixed, it is done channel by channel in Pillow's mode ``F``, by the
same filters; light is mixed as light. Colours are multiplied by alpha all the time, so that none bleeds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.Image import Resampling, Transform

from shared.colours import Colour
from shared.operations import Background, Crop, Flip, Pad, Resize, Rotate, Trim
from workers.deep import Deep, Pixels
from workers.geometry import (
    Region,
    Size,
    cover_region,
    crop_box,
    place,
    result_size,
    rotated_size,
    target_size,
    turned_back,
)
from workers.modules.resample import scaled
from workers.scene import Scene
from workers.tone_mapping import to_light, to_srgb

_QUARTERS = {90: 3, 180: 2, 270: 1}
"""Turns clockwise, in numpy's quarters counter-clockwise."""
_ORIENTATIONS: dict[int, Callable[[Pixels], Pixels]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: np.rot90(pixels, 3),
    7: lambda pixels: pixels[::-1, ::-1].transpose(1, 0, 2),
    8: lambda pixels: np.rot90(pixels, 1),
}


def upright(deep: Deep, orientation: int) -> Deep:
    """Apply an EXIF orientation."""
    turn = _ORIENTATIONS.get(orientation)
    return deep if turn is None else _with(deep, turn(deep.pixels))


def crop(deep: Deep, step: Crop, scene: Scene) -> Deep:
    """Cut out the rectangle."""
    if step.box is None:
        return deep
    left, top, right, bottom = crop_box(step.box, *deep.size)
    return _with(deep, deep.pixels[top:bottom, left:right])


def flip(deep: Deep, step: Flip, scene: Scene) -> Deep:
    """Mirror the picture."""
    pixels = deep.pixels[:, ::-1] if "h" in step.axes else deep.pixels
    return _with(deep, pixels[::-1] if "v" in step.axes else pixels)


def trim(deep: Deep, step: Trim, scene: Scene) -> Deep:
    """Cut off the border; differences are measured as they are shown."""
    if step.tolerance is None:
        return deep
    far = _farther_than(deep, step.tolerance / 255)
    rows, columns = np.flatnonzero(far.any(axis=1)), np.flatnonzero(far.any(axis=0))
    if not len(rows):
        return deep
    return _with(deep, deep.pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def resize(deep: Deep, step: Resize, scene: Scene) -> Deep:
    """Scale the picture into, over or onto the box. ``gravity`` is a place: nothing is looked for."""
    target, result = target_size(step, *deep.size), result_size(step, *deep.size)
    scene.check_size(*result)
    if target != result and step.fit == "cover":
        region = cover_region(deep.size, result, step.gravity)  # type: ignore[arg-type]
        return _scaled(deep, result, filter_name=step.filter, region=region)
    picture = _scaled(deep, target, filter_name=step.filter)
    if target == result:
        return picture
    return _laid(picture, on=step.bg, size=result, at=place(target, result, step.gravity))  # type: ignore[arg-type]


def pad(deep: Deep, step: Pad, scene: Scene) -> Deep:
    """Put the picture on a larger canvas."""
    top, right, bottom, left = step.sides
    width, height = deep.size
    size = (left + width + right, top + height + bottom)
    scene.check_size(*size)
    return _laid(deep, on=step.bg, size=size, at=(left, top))


def rotate(deep: Deep, step: Rotate, scene: Scene) -> Deep:
    """Turn the picture clockwise. The edges are antialiased."""
    angle = step.angle % 360
    if angle == 0:
        return deep
    if angle in _QUARTERS:
        return _with(deep, np.rot90(deep.pixels, _QUARTERS[int(angle)]))
    size = rotated_size(*deep.size, angle)
    scene.check_size(*size)
    deep = _holding(deep, step.bg)
    width, height = deep.size
    inside = _turned(np.pad(np.ones((height, width), np.float32), 1), size, angle, Resampling.BILINEAR)
    made = np.empty((size[1], size[0], deep.pixels.shape[2]), np.float32)
    for channel, corner in enumerate(_ink(deep, step.bg)):
        plane = np.pad(deep.pixels[..., channel], 1, "edge")
        made[..., channel] = _turned(plane, size, angle, Resampling.BICUBIC) * inside + corner * (1 - inside)
        _limit(made[..., channel], plane, deep)
    return _with(deep, made)


def background(deep: Deep, step: Background, scene: Scene) -> Deep:
    """Put the colour behind the picture."""
    return deep if step.bg.is_transparent else flattened(deep, step.bg)


def flattened(deep: Deep, colour: Colour) -> Deep:
    """Lay the picture on a colour; if that is opaque, no alpha is left."""
    if not deep.has_alpha:
        return deep
    deep = _holding(deep, colour)
    ink = np.array(_ink(deep, colour), np.float32)
    made = deep.pixels + (1 - deep.pixels[..., -1:]) * ink
    return _with(deep, made[..., :-1] if colour.is_opaque else made)


def in_colour(deep: Deep) -> Deep:
    """Make three equal channels of the grey one."""
    if deep.pixels.shape[2] > 2:
        return deep
    colours = np.repeat(deep.pixels[..., :1], 3, axis=2)
    return _with(deep, np.concatenate((colours, deep.pixels[..., -1:]), axis=2) if deep.has_alpha else colours)


def _with(deep: Deep, pixels: Pixels) -> Deep:
    return Deep(pixels=pixels, is_light=deep.is_light)


def _scaled(deep: Deep, size: Size, *, filter_name: str, region: Region | None = None) -> Deep:
    if size == deep.size and region is None:
        return deep
    made = np.empty((size[1], size[0], deep.pixels.shape[2]), np.float32)
    for channel in range(deep.pixels.shape[2]):
        plane = np.ascontiguousarray(deep.pixels[..., channel])
        image = scaled(Image.fromarray(plane), size, filter_name=filter_name, region=region)
        made[..., channel] = np.asarray(image)
        _limit(made[..., channel], plane, deep)
    return _with(deep, made)


def _limit(made: npt.NDArray[np.float32], plane: npt.NDArray[np.float32], deep: Deep) -> None:
    """Take back, in place, what a filter has overshot: below black, and above white where white is the end."""
    np.clip(made, min(0.0, float(plane.min())), None if deep.is_light else 1.0, out=made)


def _turned(
    plane: npt.NDArray[np.float32], size: Size, angle: float, resampling: Resampling
) -> npt.NDArray[np.float32]:
    image = Image.fromarray(plane)
    return np.asarray(image.transform(size, Transform.AFFINE, turned_back(image.size, size, angle), resampling))


def _laid(deep: Deep, *, on: Colour, size: Size, at: tuple[int, int]) -> Deep:
    """Put the picture on a larger canvas; only the area around it takes the colour."""
    deep = _holding(deep, on)
    made = np.empty((size[1], size[0], deep.pixels.shape[2]), np.float32)
    made[:] = _ink(deep, on)
    (left, top), (width, height) = at, deep.size
    made[top : top + height, left : left + width] = deep.pixels
    return _with(deep, made)


def _holding(deep: Deep, colour: Colour) -> Deep:
    """The picture with the channels that are needed to hold the colour, too."""
    pixels = deep.pixels
    if not (deep.has_alpha or colour.is_opaque):
        pixels = np.concatenate((pixels, np.ones_like(pixels[..., :1])), axis=2)
    is_grey = colour.is_transparent or colour.red == colour.green == colour.blue
    return _with(deep, pixels) if is_grey else in_colour(_with(deep, pixels))


def _ink(deep: Deep, colour: Colour) -> list[float]:
    """The colour as a pixel of the picture, which can hold it."""
    opaque = np.array(colour[:3], np.float32) / np.float32(255)
    alpha = 0.0 if colour.is_transparent else colour.alpha / 255
    values = [float(value) * alpha for value in (to_light(opaque) if deep.is_light else opaque)]
    channels = deep.pixels.shape[2]
    return [*values[: 3 if channels > 2 else 1], *([alpha] if deep.has_alpha else [])]


def _farther_than(deep: Deep, tolerance: float) -> npt.NDArray[np.bool_]:
    """Where a pixel differs from the top left one. Pixels that cannot be seen are equal, whatever their colour."""
    corner = Deep(pixels=deep.pixels[:1, :1], is_light=deep.is_light)
    far = np.zeros(deep.pixels.shape[:2], np.bool_)
    for rows, block in deep.blocks():
        difference = np.abs(_shown_colours(block) - _shown_colours(corner)).max(axis=2)
        if deep.has_alpha:
            alpha, its = block.pixels[..., -1], float(corner.pixels[0, 0, -1])
            difference = np.where((alpha == 0) | (its == 0), 0, difference)
            difference = np.maximum(difference, np.abs(alpha - its))
        far[rows] = difference > tolerance
    return far


def _shown_colours(deep: Deep) -> Pixels:
    return to_srgb(deep.colours()) if deep.is_light else deep.colours()
