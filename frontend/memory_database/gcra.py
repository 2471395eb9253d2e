"""The generic cell rate algorithm: when the next request of a steady flow is due says all about a limit.

Source: ITU-T I.371 (2004), annex A.1, virtual scheduling; the ATM Forum's traffic management 4.0 has the same.
Requests stand for cells. What is kept is the theoretical arrival time (TAT): when the next request would come, had
all come evenly. A request may come before its time, but by no more than a burst takes at the rate.

All times are whole nanoseconds since whatever the caller's clock counts from. Sums of them are exact, so that
neither the thousandth request nor the millionth is early or late; floats would drift.
"""

from __future__ import annotations

from frontend.memory_database import Decision, Rate

NS_PER_S = 1_000_000_000

TOLERANCE_NS = 1
"""A request may be early by this: two readings of a float clock, both rounded, may lie so much too close."""


def to_ns(seconds: float) -> int:
    """Round to the nearest nanosecond: a sum such as 0.1 + 0.2 is then what it was meant to be.

    A float tells nanoseconds apart up to some four million seconds (fifty days): give it no time since 1970.
    """
    return round(seconds * NS_PER_S)


def interval_ns(rate: Rate) -> int:
    """The time that one request takes at this rate, in whole nanoseconds.

    Rounded down, so that clients who keep exactly to a third of a second are never refused. For that the rate let
    through exceeds the one asked for, by one part in a thousand at a million a second and less below.
    """
    return max(2 * TOLERANCE_NS, int(NS_PER_S / rate.per_s))


def spend(tat_ns: int, rate: Rate, *, now_ns: int) -> tuple[Decision, int]:
    """Decide on a request that comes now; return the new theoretical arrival time beside the decision.

    Of an unknown limit the theoretical arrival time is now or any time before. In every interval of ``t``
    nanoseconds at most ``burst + (t + 1) / interval_ns(rate)`` requests pass, and none is refused that would fit.
    """
    step_ns = interval_ns(rate)
    burst_ns = step_ns * rate.burst
    most_ns = burst_ns + TOLERANCE_NS
    # Nobody owes more than that, except to a rate that was lower, or to a clock that has gone back.
    owed_ns = min(max(tat_ns - now_ns, 0), most_ns)
    is_allowed = owed_ns + step_ns <= most_ns
    if is_allowed:
        owed_ns += step_ns
    remaining = (most_ns - owed_ns) // step_ns
    # The tolerance is not told of: rounded up to seconds, one nanosecond would cost a client a second.
    told_ns = min(owed_ns, burst_ns)
    decision = Decision(
        is_allowed=is_allowed,
        limit=rate.burst,
        remaining=remaining,
        reset_s=told_ns / NS_PER_S,
        retry_after_s=0.0 if remaining else (told_ns + step_ns - burst_ns) / NS_PER_S,
    )
    return decision, now_ns + owed_ns
