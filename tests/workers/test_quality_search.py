"""The search for a quality: neighbours around the bound, in few measurements, whatever the curve is like."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from workers.lossy_coding import AVIF_CODING, JPEG_CODING, WEBP_CODING, LossyCoding
from workers.quality_search import QualityScale, Search

_CODINGS = [JPEG_CODING, WEBP_CODING, AVIF_CODING]
_STRAIGHT = QualityScale.through((0, 0.0), (100, 4.0))


class _Measure:
    """A curve that remembers where it was looked at."""

    def __init__(self, curve: Callable[[int], float]) -> None:
        self._curve = curve
        self.asked: list[int] = []

    def __call__(self, quality: int) -> float:
        self.asked.append(quality)
        return self._curve(quality)


def _bent(coding: LossyCoding) -> Callable[[int], float]:
    """Like the encoder's own curve, for another picture: moved, steeper, and wavy."""
    heights = coding.scale.heights
    return lambda quality: 11 + 1.2 * heights[quality] + 0.04 * math.sin(quality / 9)


@pytest.mark.parametrize("coding", _CODINGS)
def test_neighbours_are_found_in_few_measurements(coding: LossyCoding) -> None:
    """On both sides of the bound, four measurements on average and six at most."""
    counts = []
    curve = _bent(coding)
    for quality in range(2, 100):
        bound = (curve(quality) + curve(quality + 1)) / 2
        measure = _Measure(curve)
        search = Search(scale=coding.scale, start=coding.default)
        assert search.crossing(measure, bound=bound) == (quality, quality + 1)
        assert len(set(measure.asked)) == len(measure.asked) <= 6
        counts.append(len(measure.asked))
    assert sum(counts) / len(counts) < 4.2


def test_nothing_is_found_where_there_is_nothing() -> None:
    """Below the lowest quality, and above the highest, one side is empty."""
    search = Search(scale=_STRAIGHT, start=80, low=10, high=90)
    assert search.crossing(lambda quality: quality / 25, bound=0.1) == (None, 10)
    assert search.crossing(lambda quality: quality / 25, bound=5) == (90, None)


def test_the_last_measurement_is_of_the_lowest() -> None:
    """When nothing was within the bound so far, the lowest quality alone can tell whether anything is."""
    measure = _Measure(lambda quality: 10 + max(0, quality - 40) / 25 if quality > 1 else 0)
    search = Search(scale=_STRAIGHT, start=90, most_measurements=3)
    assert search.crossing(measure, bound=9.9)[0] == 1
    assert (measure.asked[-1], len(measure.asked)) == (1, 3)


def test_a_flat_curve_leads_on() -> None:
    """Two measurements that are equal say nothing about where a third would be."""
    search = Search(scale=_STRAIGHT, start=50, high=95)
    assert search.crossing(lambda quality: 0.0, bound=1) == (95, None)
    assert search.crossing(lambda quality: 2.0, bound=1) == (None, 1)


@pytest.mark.parametrize("coding", _CODINGS)
def test_three_measurements_find_something_near(coding: LossyCoding) -> None:
    """Where only three are affordable, the second leaves room for being wrong, rather than all to the lowest."""
    heights = coding.scale.heights

    def curve(quality: int) -> float:
        return 11 + 0.85 * heights[quality]

    lowest_used = 1.0
    for quality in range(20, coding.default):
        bound = curve(quality)
        within, _ = Search(scale=coding.scale, start=coding.default, most_measurements=3).crossing(
            curve, bound=bound
        )
        assert within is not None
        lowest_used = min(lowest_used, math.exp(curve(within) - bound))
    assert lowest_used > 0.6


@pytest.mark.parametrize("most", [1, 2, 3, 6])
def test_measurements_are_bounded(most: int) -> None:
    """A curve of steps, on which lines lead astray, costs no more than allowed."""
    measure = _Measure(lambda quality: float(quality // 30))
    search = Search(scale=_STRAIGHT, start=50, most_measurements=most)
    within, beyond = search.crossing(measure, bound=1.5)
    assert len(measure.asked) <= most
    assert within is None or within < 60
    assert beyond is None or beyond >= 60


def test_the_start_lies_within_the_range() -> None:
    """A default beyond the highest quality that is wanted is not tried."""
    measure = _Measure(lambda quality: quality / 25)
    Search(scale=_STRAIGHT, start=80, high=40).crossing(measure, bound=9)
    assert measure.asked == [40]


def test_a_scale_goes_through_its_points() -> None:
    """In straight lines, and back again."""
    scale = QualityScale.through((0, -1.0), (50, 0.0), (100, 2.0))
    assert len(scale.heights) == 101
    assert (scale.heights[25], scale.heights[75]) == (-0.5, 1.0)
    assert (scale.quality_below(0.0), scale.quality_below(0.05), scale.quality_below(-9)) == (50, 51, 1)
    assert scale.quality_below(99) == 100


def test_slow_encoders_get_fewer_tries() -> None:
    """By pixels, so that the same job has the same result on any day."""
    assert JPEG_CODING.affordable_encodes(1_000_000) == 6
    assert AVIF_CODING.affordable_encodes(8_000_000) == 4
    assert AVIF_CODING.affordable_encodes(500_000_000) == 3
