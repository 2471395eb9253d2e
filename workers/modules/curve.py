"""Sends channels through a curve: a table of 256 values, the same for all colours. Alpha is left alone.

Which curve is the business of ``tone.py`` and ``levels.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image

from workers.modules.canvas import has_alpha

IDENTITY = list(range(256))


def table(curve: Callable[[int], float]) -> list[int]:
    """The curve's value for each of 0 to 255, rounded half up and kept within 0 to 255."""
    return [min(255, max(0, math.floor(curve(value) + 0.5))) for value in range(256)]


def mapped(frame: Image.Image, values: list[int]) -> Image.Image:
    """Send every channel but alpha through a table."""
    if has_alpha(frame.mode):
        return frame.point(values * (len(frame.getbands()) - 1) + IDENTITY)
    return frame.point(values * len(frame.getbands()))
