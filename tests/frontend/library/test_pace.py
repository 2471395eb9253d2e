"""Patience with a slow sender: what uses it up, and what restores it."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from frontend.library.pace import Pace


async def wait(pace: Pace, seconds: float, *, size_bytes: int = 0) -> None:
    """Wait so long for so many bytes."""
    with pace.waiting():
        await trio.sleep(seconds)
    pace.credit(size_bytes)


async def test_silence_ends_with_the_slack(autojump_clock: MockClock) -> None:
    """A sender may say nothing for the slack, and not longer."""
    with pytest.raises(trio.TooSlowError):
        await wait(Pace(least_bytes_per_s=100, slack_s=10), 11)
    assert trio.current_time() == 10


async def test_least_speed_may_go_on_for_ever(autojump_clock: MockClock) -> None:
    """Whoever keeps up the least speed is waited for, in whatever portions."""
    pace = Pace(least_bytes_per_s=100, slack_s=10)
    for _ in range(100):
        await wait(pace, 9, size_bytes=900)


async def test_less_than_the_least_speed_ends_sooner_or_later(autojump_clock: MockClock) -> None:
    """At half the least speed the slack lasts for about twice its time."""
    pace = Pace(least_bytes_per_s=100, slack_s=10.25)
    for _ in range(19):
        await wait(pace, 1, size_bytes=50)
    with pytest.raises(trio.TooSlowError):
        await wait(pace, 1, size_bytes=50)


async def test_haste_is_not_saved_up(autojump_clock: MockClock) -> None:
    """Many bytes at first buy no longer silence than the slack."""
    pace = Pace(least_bytes_per_s=100, slack_s=10)
    await wait(pace, 0, size_bytes=10**9)
    with pytest.raises(trio.TooSlowError):
        await wait(pace, 11)


async def test_only_waiting_counts(autojump_clock: MockClock) -> None:
    """Time between the waits is ours, not the sender's."""
    pace = Pace(least_bytes_per_s=100, slack_s=10)
    for _ in range(10):
        await wait(pace, 0.5)
        await trio.sleep(1000)


async def test_what_comes_too_late_is_too_late(autojump_clock: MockClock) -> None:
    """Bytes that come in spite of a missed deadline do not make up for it."""
    pace = Pace(least_bytes_per_s=100, slack_s=10)
    with pytest.raises(trio.TooSlowError), pace.waiting(), trio.CancelScope(shield=True):
        await trio.sleep(11)
