"""Modes, colours and blank canvases: what a frame has to become before it can lie on a colour.

The modules that uncover or add area (``pad``, ``resize``, ``turn``, ``background``) share it.
"""

from __future__ import annotations

from PIL import Image

from shared.colours import Colour
from workers.geometry import Size

PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}
"""The modes with alpha, and those that hold the same with colours multiplied by it.

Whatever mixes neighbouring pixels does so in the latter: there a transparent pixel has no colour that could show.
"""


def has_alpha(mode: str) -> bool:
    """Whether frames of this mode can let something shine through."""
    return mode in PREMULTIPLIED


def mode_beside(mode: str, colour: Colour) -> str:
    """Name the smallest mode that holds both a frame of ``mode`` and areas of ``colour``, without loss."""
    is_grey = colour.red == colour.green == colour.blue or colour.is_transparent
    base = "L" if is_grey and mode in ("L", "LA") else "RGB"
    return base + "A" if has_alpha(mode) or not colour.is_opaque else base


def in_mode(frame: Image.Image, mode: str) -> Image.Image:
    """The frame in that mode: itself where it is already."""
    return frame if frame.mode == mode else frame.convert(mode)


def blank(mode: str, size: Size, colour: Colour) -> Image.Image:
    """Make a canvas of one colour, in a mode that ``mode_beside`` named."""
    ink = Colour(0, 0, 0, 0) if colour.is_transparent else colour
    values = {"L": ink[:1], "LA": (ink.red, ink.alpha), "RGB": ink[:3], "RGBA": tuple(ink)}
    return Image.new(mode, size, values[mode])


def lay(frame: Image.Image, *, on: Colour, size: Size, at: tuple[int, int]) -> Image.Image:
    """Put a frame on a larger canvas. Only the area around it takes the colour: its own alpha stays."""
    mode = mode_beside(frame.mode, on)
    canvas = blank(mode, size, on)
    canvas.paste(in_mode(frame, mode), at)
    return canvas
