"""Cuts shapes out of frames: round corners, circles, stars. What is cut off is transparent and has no colour.

Which pixels belong to a shape depends on the size alone: that is found once for all frames of an animation. For 2
megapixels it takes 15 ms, and less for round corners; to cut it out takes 15 ms a frame.
"""

from __future__ import annotations

import math

from PIL import Image, ImageChops
from PIL.Image import Transpose

from shared.operations import Mask, Round
from shared.parameters import Length
from workers.geometry import Size
from workers.modules.canvas import has_alpha
from workers.modules.coverage import coverage
from workers.modules.outlines import cut_off_corner, outline
from workers.registry import module
from workers.scene import Scene


@module(Round)
def round_corners(frame: Image.Image, step: Round, scene: Scene) -> Image.Image:
    """Cut the corners to quarters of circles, as ``border-radius`` does; at most half the shorter side is cut.

    The edges are antialiased, and the frame gains alpha; an alpha of its own is multiplied.
    """
    radius_px = _radius_px(step.radius, min(frame.size))
    if not radius_px:
        return frame
    return _cut_out(frame, scene.once(step, lambda: _rounded_rectangle(frame.size, radius_px)))


@module(Mask)
def mask(frame: Image.Image, step: Mask, scene: Scene) -> Image.Image:
    """Cut out the shape. It is as large as the frame; only a circle stays one, in the middle.

    The edges are antialiased, and the frame gains alpha; an alpha of its own is multiplied.
    """
    if not step.shape:
        return frame
    return _cut_out(frame, scene.once(step, lambda: coverage(outline(step.shape, frame.size), frame.size)))


def _radius_px(radius: Length | None, shorter_px: int) -> float:
    return 0 if radius is None else min(radius.of(shorter_px), shorter_px / 2)


def _rounded_rectangle(size: Size, radius_px: float) -> Image.Image:
    """All of it but four times what one corner loses.

    Taken away one after the other: in small frames the corners share pixels.
    """
    side = math.ceil(radius_px)
    corner = coverage(cut_off_corner(radius_px), (side, side))
    kept = Image.new("L", size, 255)
    right, bottom = size[0] - side, size[1] - side
    for cut_off, left, top in (
        (corner, 0, 0),
        (corner.transpose(Transpose.FLIP_LEFT_RIGHT), right, 0),
        (corner.transpose(Transpose.FLIP_TOP_BOTTOM), 0, bottom),
        (corner.transpose(Transpose.ROTATE_180), right, bottom),
    ):
        box = (left, top, left + side, top + side)
        kept.paste(ImageChops.subtract(kept.crop(box), cut_off), box)
    return kept


def _cut_out(frame: Image.Image, kept: Image.Image) -> Image.Image:
    """Multiply the alpha. What is not kept at all loses its colour too: it would only make files larger."""
    alpha, mode = kept, frame.mode + "A"
    if has_alpha(frame.mode):
        alpha, mode = ImageChops.multiply(frame.getchannel("A"), kept), frame.mode
    result = frame.convert(mode)
    result.putalpha(alpha)
    result.paste((0,) * len(mode), mask=kept.point([255] + [0] * 255))
    return result
