"""Finds how much of each pixel lies inside an outline: the antialiased mask of a shape.

Along a line through the pixels coverage is exact; there are 32 such lines to a row of pixels. Only where the
outline crosses a line is anything computed, the rest is a running sum: no larger canvas is needed, and of a large
mask one band at a time is held in numbers. Takes 15 ms for 2 megapixels, 0.4 s for 67; numpy does the sums.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from workers.geometry import Size

_LINES = 32
_BAND_PX = 1 << 19
"""How many pixels' sums are held at a time, eight bytes each."""

_Floats = npt.NDArray[np.float64]
_Integers = npt.NDArray[np.int64]


def coverage(outline: Sequence[tuple[float, float]], size: Size) -> Image.Image:
    """Return a frame of mode L: 255 where pixels lie wholly inside the outline, 0 where outside.

    The outline is closed, does not cross itself, and lies in the frame from its left to its right edge.
    """
    width, height = size
    corners = np.array(outline, dtype=np.float64)
    mask = Image.new("L", size)
    rows = max(1, _BAND_PX // width)
    for top in range(0, height, rows):
        band = _band(corners, width, top, min(top + rows, height))
        mask.paste(Image.fromarray(band), (0, top))
    return mask


def _band(corners: _Floats, width: int, top: int, bottom: int) -> npt.NDArray[np.uint8]:
    """Coverage of the rows from ``top`` to ``bottom``."""
    line, x, direction = _crossings(corners, top * _LINES, bottom * _LINES)
    x = x.clip(0, width)
    column = x.astype(np.int64)
    share = x - column
    # One column more for what begins at the right edge, and one for its remainder: these are cut off again.
    stride = width + 2
    cell = (line // _LINES - top) * stride + column
    # From a crossing on all to the right is inside, or no longer: of its own pixel only what is right of it.
    changes = np.bincount(
        np.concatenate((cell, cell + 1)),
        np.concatenate((direction * (1 - share), direction * share)),
        minlength=(bottom - top) * stride,
    )
    sums: _Floats = changes.reshape(-1, stride).cumsum(axis=1)[:, :width]
    # Negative throughout where the outline runs the other way round.
    band: npt.NDArray[np.uint8] = (np.abs(sums) * (255 / _LINES) + 0.5).astype(np.uint8)
    return band


def _crossings(corners: _Floats, first_line: int, end_line: int) -> tuple[_Integers, _Floats, _Floats]:
    """Where the outline crosses which lines, and in which direction: 1 for downwards, -1 for upwards."""
    x, y = corners.T
    width, height = np.roll(x, -1) - x, np.roll(y, -1) - y
    # A line runs through the middle of its 32nd: line n at (n + 0.5) / 32.
    first = np.ceil(np.minimum(y, y + height) * _LINES - 0.5).astype(np.int64).clip(first_line, end_line)
    end = np.ceil(np.maximum(y, y + height) * _LINES - 0.5).astype(np.int64).clip(first_line, end_line)
    counts = np.maximum(end - first, 0)
    edge = np.repeat(np.arange(len(corners)), counts)
    line = np.arange(len(edge)) + np.repeat(first - (counts.cumsum() - counts), counts)
    along = ((line + 0.5) / _LINES - y[edge]) / height[edge]
    return line, x[edge] + along * width[edge], np.sign(height[edge])
