"""The richest part of a picture: the window whose pixels' lightness takes the most bits to tell.

That is Shannon's entropy of the histogram, as in thumbor and libvips. These cut slices off until the window is
left; here all of its places are compared, which finds the best one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from shared.parameters import Point
from workers.focus.sliding import Numbers, best_centre, window_sums

_LEVELS = 64
"""A glance has few pixels: with all 256 levels most would be in a bin of their own, wherever the window lies."""
_NOISE = 0.01
"""What the entropy of an even texture varies by; of a photograph it varies by a few percent."""


def find(picture: Image.Image, share: Point) -> Point:
    """Say where the centre of the richest window is, which is so large a share of the picture's sides."""
    levels = np.asarray(picture.convert("L"), np.intp) * _LEVELS // 256
    return Point(_along(levels.T, share.x), _along(levels, share.y))


def _along(lines: npt.NDArray[np.intp], share: float) -> float:
    """Where the best window's centre is along the first axis."""
    count = len(lines)
    bins = np.arange(count)[:, np.newaxis] * _LEVELS + lines
    histograms = np.bincount(bins.ravel(), minlength=count * _LEVELS).reshape(count, _LEVELS)
    return best_centre(_entropy_bits(window_sums(histograms.astype(np.float64), share)), share, noise=_NOISE)


def _entropy_bits(histograms: Numbers) -> Numbers:
    """The entropy of each row."""
    shares = np.maximum(histograms, 0.0) / histograms.sum(axis=1, keepdims=True)
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    bits: Numbers = np.maximum(-(shares * logs).sum(axis=1), 0.0)
    return bits
