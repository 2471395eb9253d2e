"""The generic cell rate algorithm, against the definition of what it is for."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis.strategies import floats, integers, lists, sampled_from

from frontend.memory_database import Decision, Rate
from frontend.memory_database.gcra import TOLERANCE_NS, interval_ns, spend, to_ns

PROPERTY = settings(deadline=None, derandomize=True, max_examples=200)


class Limit:
    """One limit, and what became of it."""

    def __init__(self, rate: Rate, *, now_ns: int = 0) -> None:
        self.rate = rate
        self._tat_ns = now_ns

    def take(self, now_ns: int) -> Decision:
        """Ask for one request."""
        decision, self._tat_ns = spend(self._tat_ns, self.rate, now_ns=now_ns)
        return decision


def fits(passed_ns: list[int], now_ns: int, rate: Rate) -> bool:
    """The definition: with this request no interval that ends now holds more than its burst and its rate allow."""
    return all(
        len(passed_ns) - first + 1 <= rate.burst + Fraction(now_ns - began_ns + TOLERANCE_NS, interval_ns(rate))
        for first, began_ns in enumerate(passed_ns)
    )


@PROPERTY
@given(
    per_s=sampled_from([0.5, 1, 2, 3, 7, 1000]),
    burst=integers(1, 6),
    # In tenths of the interval, so that many come at the very edge.
    gaps=lists(integers(0, 25) | sampled_from([0, 9, 10, 11, 100]), max_size=60),
    jitters_ns=lists(integers(-3, 3), min_size=60, max_size=60),
)
def test_passes_just_what_fits_into_every_interval(
    per_s: float, burst: int, gaps: list[int], jitters_ns: list[int]
) -> None:
    """In no interval one request more than burst and rate, and none refused that would have fitted."""
    rate = Rate(per_s=per_s, burst=burst)
    limit, passed_ns = Limit(rate), list[int]()
    for tenths, jitter_ns in zip(accumulate(gaps), jitters_ns, strict=False):
        now_ns = max(tenths * interval_ns(rate) // 10 + jitter_ns, *passed_ns[-1:], 0)
        expected = fits(passed_ns, now_ns, rate)
        assert limit.take(now_ns).is_allowed is expected
        if expected:
            passed_ns.append(now_ns)


@PROPERTY
@given(
    per_s=floats(0.001, 1000),
    burst=integers(1, 20),
    gaps_ns=lists(integers(0, 3_000_000_000), min_size=1, max_size=100),
)
def test_no_interval_holds_more_than_burst_and_rate(per_s: float, burst: int, gaps_ns: list[int]) -> None:
    """Between any two requests that pass there is time for those between them, but for the burst."""
    limit = Limit(Rate(per_s=per_s, burst=burst))
    passed_ns = [now_ns for now_ns in accumulate(gaps_ns) if limit.take(now_ns).is_allowed]
    for first, began_ns in enumerate(passed_ns):
        for last in range(first, len(passed_ns)):
            interval_s = (passed_ns[last] - began_ns) / 1e9
            # A millionth for the interval that is rounded down to a nanosecond.
            assert last - first + 1 <= burst + per_s * interval_s * (1 + 1e-6)


@PROPERTY
@given(burst=integers(1, 50), per_s=floats(0.001, 1_000_000), now_ns=integers(0, 10**15))
def test_burst_passes_at_once_and_not_one_more(burst: int, per_s: float, now_ns: int) -> None:
    """A limit that was never used lets a whole burst through, counts down, and then refuses."""
    limit = Limit(Rate(per_s=per_s, burst=burst), now_ns=now_ns)
    assert [limit.take(now_ns).remaining for _ in range(burst)] == list(range(burst - 1, -1, -1))
    assert not limit.take(now_ns).is_allowed


@pytest.mark.parametrize("per_s", [0.1, 1 / 3, 0.7, 1, 2, 3, 6, 7, 10, 60, 99.9, 1000, 12_345, 999_983])
@pytest.mark.parametrize("began_s", [0.0, 1234.0, 500_000.125, 123_456.7890123455])
def test_steady_client_is_never_refused(per_s: float, began_s: float) -> None:
    """Whoever asks at the very rate, by a clock of floats, is on time with each of ten thousand requests."""
    limit = Limit(Rate(per_s=per_s, burst=1), now_ns=to_ns(began_s))
    assert all(limit.take(to_ns(began_s + count / per_s)).is_allowed for count in range(10_000))


@PROPERTY
@given(began_s=floats(0, 1_000_000), per_s=floats(0.01, 1000), burst=integers(1, 3), count=integers(1, 50))
def test_request_at_its_very_time_passes(began_s: float, per_s: float, burst: int, count: int) -> None:
    """Whatever the clock says when a limit is spent, ``count / per_s`` later ``count`` requests pass."""
    limit = Limit(Rate(per_s=per_s, burst=burst), now_ns=to_ns(began_s))
    for _ in range(burst):
        limit.take(to_ns(began_s))
    assert all(limit.take(to_ns(began_s + number / per_s)).is_allowed for number in range(1, count + 1))


@pytest.mark.parametrize("per_s", [0.5, 2, 10, 1000])
def test_request_too_early_is_refused(per_s: float) -> None:
    """After the burst the next request passes when its time has come, not more than the tolerance before."""
    limit = Limit(Rate(per_s=per_s, burst=3))
    for _ in range(3):
        limit.take(0)
    due_ns = interval_ns(limit.rate)
    assert not limit.take(due_ns - 2).is_allowed
    assert limit.take(due_ns - 1).is_allowed
    assert not limit.take(2 * due_ns - 2).is_allowed


@PROPERTY
@given(
    per_s=sampled_from([0.01, 1, 3, 1000]),
    burst=integers(1, 5),
    gaps_ns=lists(integers(0, 10**9), min_size=1, max_size=30),
)
def test_refusal_names_the_very_moment(per_s: float, burst: int, gaps_ns: list[int]) -> None:
    """Whoever waits as long as told passes; less by more than the tolerance is not enough."""
    limit = Limit(Rate(per_s=per_s, burst=burst))
    for now_ns in accumulate(gaps_ns):
        decision = limit.take(now_ns)
        if not decision.is_allowed:
            due_ns = now_ns + to_ns(decision.retry_after_s)
            assert not limit.take(due_ns - 2).is_allowed
            assert limit.take(due_ns).is_allowed
            return


def test_decision_says_what_is_left_and_until_when() -> None:
    """Limit, remainder, time to a full limit and time to the next request, on each of the ways."""
    limit = Limit(Rate(per_s=2, burst=2))
    assert limit.take(0) == Decision(is_allowed=True, limit=2, remaining=1, reset_s=0.5, retry_after_s=0)
    assert limit.take(0) == Decision(is_allowed=True, limit=2, remaining=0, reset_s=1, retry_after_s=0.5)
    assert limit.take(0) == Decision(is_allowed=False, limit=2, remaining=0, reset_s=1, retry_after_s=0.5)
    assert limit.take(to_ns(10)).remaining == 1


def test_refusals_cost_nothing() -> None:
    """Asking again and again while refused does not put off the time at which one may."""
    limit = Limit(Rate(per_s=1, burst=1))
    limit.take(0)
    assert not any(limit.take(now_ns).is_allowed for now_ns in range(0, 10**9, 10**6))
    assert limit.take(10**9).is_allowed


def test_changed_rate_holds_at_once() -> None:
    """What was owed at one request a day is not waited for at a hundred a second."""
    daily = Limit(Rate(per_s=1 / 86_400, burst=1))
    daily.take(0)
    daily.rate = Rate(per_s=100, burst=1)
    refused = daily.take(0)
    assert not refused.is_allowed
    assert refused.retry_after_s == 0.01
    assert daily.take(to_ns(0.01)).is_allowed


def test_clock_that_goes_back_shuts_nobody_out() -> None:
    """After a clock has jumped back by a day, the wait is that of a spent burst."""
    limit = Limit(Rate(per_s=1, burst=5))
    limit.take(to_ns(86_400))
    assert limit.take(0).retry_after_s == 1


@pytest.mark.parametrize("seconds", [0.0, 0.1 + 0.2, 2.01, 2.03, 1000.57])
def test_time_is_rounded_to_the_nearest(seconds: float) -> None:
    """A float that is a hair below what was written is what was written."""
    assert to_ns(seconds) == round(seconds * 100) * 10_000_000


@pytest.mark.parametrize("per_s", [0.0, -1.0, float("inf"), float("nan")])
def test_rate_that_is_none_is_an_error(per_s: float) -> None:
    """No rate lets nothing through, or everything: that is no limit and is said elsewhere."""
    with pytest.raises(ValueError, match="not a rate"):
        Rate(per_s=per_s, burst=1)


def test_burst_that_is_none_is_an_error() -> None:
    """Without a burst of one nothing would ever pass."""
    with pytest.raises(ValueError, match="burst"):
        Rate(per_s=1, burst=0)
