"""Cosine waves across and down a picture, and how much of each is in it: what both kinds of hash are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from operator import mul

Wave = tuple[float, ...]


@lru_cache(256)
def waves(length: int, count: int, *, shift: float = 0.0) -> tuple[Wave, ...]:
    """Sample the first ``count`` waves at ``length`` points; wave n goes through n half periods.

    A ``shift`` of a half samples in the middle of each pixel, as the discrete cosine transform does.
    """
    return tuple(
        tuple(math.cos(math.pi * number * (at + shift) / length) for at in range(length))
        for number in range(count)
    )


def weights(channel: Sequence[float], across: Sequence[Wave], down: Sequence[Wave]) -> list[list[float]]:
    """Return the mean of the channel times each pair of waves: for each wave down a row, with one for each across.

    The channel comes row after row. A wave down times a wave across is summed along rows first, which takes a few
    thousand multiplications where summing over all pixels for each pair takes tens of thousands.
    """
    width, height = len(across[0]), len(down[0])
    rows = [channel[start : start + width] for start in range(0, width * height, width)]
    columns = [[sum(map(mul, row, wave)) for row in rows] for wave in across]
    return [[sum(map(mul, column, wave)) / (width * height) for column in columns] for wave in down]
