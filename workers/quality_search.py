"""Finds the quality at which something that grows with it passes a bound, in few measurements.

Files of one encoder grow alike whatever they show: the logarithm of their size over quality is one curve, moved up
or down by the picture and bent a little. ``QualityScale`` holds that curve, and the search draws straight lines on
it, so that the second guess is near and the third mostly right. What is measured, size or likeness, is the
business of ``workers/size_bound.py`` and ``workers/auto_quality.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

LOWEST, HIGHEST = 1, 100
_LEAST_GROWTH = 0.125
"""Of what is expected: encoders step back at times, and lines that fall, or hardly rise, lead nowhere."""
_CAUTION = 0.2
_LAST_GUESS = 2


@dataclass(frozen=True, slots=True)
class QualityScale:
    """How an encoder's files grow with quality: the logarithm of their size at every quality from 0 to 100."""

    heights: tuple[float, ...]

    @classmethod
    def through(cls, *points: tuple[int, float]) -> QualityScale:
        """Draw straight lines through points of quality and height, the first at 0 and the last at 100."""
        heights = [points[0][1]]
        for (left, low), (right, high) in pairwise(points):
            heights += [low + (high - low) * step / (right - left) for step in range(1, right - left + 1)]
        return cls(tuple(heights))

    def quality_below(self, height: float) -> int:
        """Return the last quality whose height is no more than this; the lowest one where none is."""
        below = (quality for quality in range(LOWEST, HIGHEST + 1) if self.heights[quality] <= height)
        return max(below, default=LOWEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Where to look: from ``start``, within ``low`` to ``high``, with so many measurements at most.

    ``growth`` is by how much what is measured grows where the scale grows by one, as far as is known beforehand.
    """

    scale: QualityScale
    start: int
    low: int = LOWEST
    high: int = HIGHEST
    most_measurements: int = 6
    growth: float = 1.0

    def crossing(self, measure: Callable[[int], float], *, bound: float) -> tuple[int | None, int | None]:
        """Return the best quality found to measure no more than the bound, and the next one found to pass it.

        They are neighbours unless measurements ran out; one is None where nothing lies on its side. The lowest
        quality is the last to be measured, if nothing else was within the bound.
        """
        found: dict[int, float] = {}
        quality: int | None = min(max(self.start, self.low), self.high)
        while quality is not None:
            found[quality] = measure(quality)
            quality = self._next(found, bound)
        return _neighbours(found, bound)

    def _next(self, found: dict[int, float], bound: float) -> int | None:
        """Choose what to measure next; None when the crossing is found, or has to be."""
        within, beyond = _neighbours(found, bound)
        left = self.most_measurements - len(found)
        least = self.low if within is None else within + 1
        most = self.high if beyond is None else beyond - 1
        if least > most or left <= 0:
            return None
        if within is None and left == 1:
            return self.low
        # The last guess before that has to be right: it aims lower, the more so the farther away all others were.
        aim = bound - _CAUTION * (min(found.values()) - bound) if within is None and left == _LAST_GUESS else bound
        guess = self.scale.quality_below(self._height(found, aim))
        return min(max(guess, least), most)

    def _height(self, found: dict[int, float], bound: float) -> float:
        """Say at which height of the scale the bound is met, by the two measurements nearest to it."""
        latest_first = list(reversed(found))  # of equals the latest leads on
        nearest = sorted(latest_first, key=lambda quality: abs(found[quality] - bound))[:2]
        growth = self._growth_between(nearest, found)
        return self.scale.heights[nearest[0]] + (bound - found[nearest[0]]) / growth

    def _growth_between(self, qualities: Sequence[int], found: dict[int, float]) -> float:
        first, last = qualities[0], qualities[-1]
        run = self.scale.heights[last] - self.scale.heights[first]
        growth = (found[last] - found[first]) / run if run else self.growth
        return growth if growth > self.growth * _LEAST_GROWTH else self.growth


def _neighbours(found: dict[int, float], bound: float) -> tuple[int | None, int | None]:
    beyond = min((quality for quality, value in found.items() if value > bound), default=None)
    within = max(
        (quality for quality, value in found.items() if value <= bound and (beyond is None or quality < beyond)),
        default=None,
    )
    return within, beyond
