"""Slides a window along one side of a picture: what it holds at each place, and which place is the best.

The window of a crop that covers its box is as wide or as high as the picture, so that it moves along one side
only. Pixels are summed over the other side first; whole windows are then differences of running sums.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

_PLACES = 201
"""How many places are compared: an odd number, for the middle to be one of them."""


def window_sums(lines: Numbers, share: float) -> Numbers:
    """Sum the lines, along the first axis, that a window of so large a share of them holds at each of its places.

    The window's edges may lie within lines, which then count in part.
    """
    running = np.concatenate((np.zeros((1, lines.shape[1])), np.cumsum(lines, axis=0)))
    starts = window_starts(share) * len(lines)
    return _between(running, starts + share * len(lines)) - _between(running, starts)


def window_starts(share: float) -> Numbers:
    """Where the window starts at each of its places, as a share of the side."""
    return np.linspace(0.0, 1.0 - share, _PLACES)


def best_centre(scores: Numbers, share: float, *, noise: float) -> float:
    """Say where the centre of the best window is, as a share of the side. Scores are not negative.

    Places whose score is below the best by no more than ``noise``, a share of it, are as good. They lie in
    stretches; it is the middle of that stretch which comes nearest to the centre: what is looked for then has room
    on both sides, and a picture that is the same all over is cut in its middle.
    """
    are_good = scores >= scores.max() * (1.0 - noise)
    good = np.flatnonzero(are_good)
    nearest = good[np.argmin(np.abs(good - _PLACES // 2))]
    bad = np.flatnonzero(~are_good)
    before, after = bad[bad < nearest], bad[bad > nearest]
    first = before[-1] + 1 if len(before) else 0
    last = after[0] - 1 if len(after) else _PLACES - 1
    return float((first + last) / 2 / (_PLACES - 1) * (1.0 - share) + share / 2)


def _between(running: Numbers, at: Numbers) -> Numbers:
    """Read running sums at places between lines."""
    line = np.minimum(at.astype(np.intp), len(running) - 2)
    part = (at - line)[:, np.newaxis]
    read: Numbers = running[line] * (1.0 - part) + running[line + 1] * part
    return read
