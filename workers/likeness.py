"""A picture in small, as it is seen: what is enough to compute hashes and dominant colours from."""

from __future__ import annotations

from PIL import Image
from PIL.Image import Resampling

from workers import colour
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
    scale = min(1.0, side_px / max(frame.size))
    size = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    reducing_gap = None if frame.mode == "I;16" else _REDUCING_GAP  # Pillow averages no blocks of those
    return frame.resize(size, Resampling.BILINEAR, reducing_gap=reducing_gap)
