"""A picture in small, as it is seen: what is enough to compute hashes and dominant colours from."""

from __future__ import annotations

from PIL import Image
from PIL.Image import Resampling

from workers import colour
from workers.geometry import Size
from workers.modules.canvas import PREMULTIPLIED
from workers.orientation import upright

_REDUCING_GAP = 2.0
"""Blocks are averaged until twice the size is left: 4 ms for six megapixels, where every pixel takes 31."""


def likeness(frame: Image.Image, *, side_px: int, orientation: int, profile: bytes | None) -> Image.Image:
    """Return a frame that ``colour.expanded`` made, within a square, upright, in RGBA and in sRGB."""
    small = upright(shrunk(frame, side_px=side_px), orientation)
    return colour.to_srgb(small, profile=profile).convert("RGBA")


def shrunk(frame: Image.Image, *, side_px: int) -> Image.Image:
    """Return a copy within a square, never larger than the frame.

    The filter does not ring: areas of one colour keep it to their edges.
    """
    size = _within(frame.size, side_px)
    if size == frame.size:
        return frame.copy()
    if frame.mode in PREMULTIPLIED:
        return _mixed(frame.convert(PREMULTIPLIED[frame.mode]), size).convert(frame.mode)
    return _mixed(frame, size)


def _mixed(frame: Image.Image, size: Size) -> Image.Image:
    reducing_gap = None if frame.mode.startswith("I;16") else _REDUCING_GAP  # Pillow averages no blocks of these
    return frame.resize(size, Resampling.BILINEAR, reducing_gap=reducing_gap)


def _within(size: Size, side_px: int) -> Size:
    scale = min(1.0, side_px / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
