"""A small rendition of a picture, to look at: finding where to crop must cost little beside the crop itself."""

from __future__ import annotations

import math

from PIL import Image
from PIL.Image import Resampling

from workers import colour
from workers.geometry import Region, Size

_LONGEST_PX = 2048
"""A picture that is one pixel wide may be a million high."""
_GAP = 2.0
"""By how much blocks that are averaged first, which is fast, leave the picture larger than it is to be."""


def glance(frame: Image.Image, region: Region, *, pixels: int) -> Image.Image:
    """Show the region of the frame in about so many pixels, or in as many as it has, as L or RGB.

    What cannot be seen becomes black. Frames come in all modes that ``resize`` takes. A profile is ignored: where
    something is does not depend on it.
    """
    width, height = region.right - region.left, region.bottom - region.top
    # By area and not by side: of a panorama enough rows have to remain.
    shrink = max(1.0, math.sqrt(width * height / pixels))
    size = _side(width / shrink), _side(height / shrink)
    return colour.to_srgb(colour.expanded(_averaged(frame, size, region)), profile=None)


def _side(side: float) -> int:
    return min(max(1, round(side)), _LONGEST_PX)


def _averaged(frame: Image.Image, size: Size, region: Region) -> Image.Image:
    if frame.mode in ("LA", "RGBA"):
        # Colours that are multiplied by alpha are those of the picture on black.
        *colours, _ = frame.convert(frame.mode[:-1] + "a").resize(size, Resampling.BOX, region, _GAP).split()
        return Image.merge(frame.mode[:-1], colours)
    gap = None if frame.mode.startswith("I;16") else _GAP  # no blocks are averaged in these modes
    return frame.resize(size, Resampling.BOX, region, gap)
