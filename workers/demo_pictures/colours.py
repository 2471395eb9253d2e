"""Colours as numbers, and the ways from one to another. Knows no image."""

from collections.abc import Sequence
from itertools import pairwise

Colour = tuple[float, float, float]
Stops = Sequence[tuple[float, Colour]]


def rgb(digits: str) -> Colour:
    """The colour of six hexadecimal digits."""
    red, green, blue = bytes.fromhex(digits)
    return (red, green, blue)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """``first`` at a ``share`` of 0, ``second`` at 1, and no further either way."""
    share = min(1.0, max(0.0, share))
    return (
        first[0] + (second[0] - first[0]) * share,
        first[1] + (second[1] - first[1]) * share,
        first[2] + (second[2] - first[2]) * share,
    )


def ramp(stops: Stops, position: float) -> Colour:
    """The colour at ``position`` of the gradient through ``stops``, which ascend."""
    for (low, below), (high, above) in pairwise(stops):
        if position <= high:
            return mix(below, above, (position - low) / (high - low))
    return stops[-1][1]


def solid(colour: Colour) -> tuple[int, int, int]:
    """The nearest colour that a pixel can have."""
    return (round(colour[0]), round(colour[1]), round(colour[2]))
