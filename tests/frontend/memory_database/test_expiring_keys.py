"""Which keys go when there are too many, and how much work that is."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers, lists, tuples

from frontend.memory_database.expiring_keys import LOOKS_WHEN_FULL, ExpiringKeys


def made(capacity: int) -> ExpiringKeys:
    """Make an empty table with dice that fall the same each time."""
    return ExpiringKeys(capacity=capacity, dice=Random(5))


def test_key_is_over_when_told() -> None:
    """The last time that was set counts; an unknown key has the one that the caller thinks best."""
    keys = made(10)
    keys.set("a", 5, now_ns=0)
    keys.set("a", 9, now_ns=0)
    assert (keys.end_ns("a", default=0), keys.end_ns("b", default=7), len(keys)) == (9, 7, 1)


def test_what_is_over_goes_before_what_is_not() -> None:
    """A full table lets go of keys that mean nothing any more, and of no other."""
    keys = made(4)
    for name, end_ns in (("a", 100), ("b", 10), ("c", 90), ("d", 20)):
        keys.set(name, end_ns, now_ns=0)
    assert sorted(keys.set("e", 100, now_ns=50)) == ["b", "d"]
    assert len(keys) == 3


def test_soonest_to_be_over_goes_where_none_is() -> None:
    """Of the keys that still mean something the one goes that would do so for the shortest time."""
    keys = made(LOOKS_WHEN_FULL)
    for number in range(LOOKS_WHEN_FULL):
        keys.set(f"key {number}", 100 + (number - 3) ** 2, now_ns=0)
    assert keys.set("newcomer", 200, now_ns=50) == ["key 3"]
    assert len(keys) == LOOKS_WHEN_FULL


def test_newcomers_push_each_other_out() -> None:
    """A flood of keys that are over soon leaves those alone that last for long."""
    keys = made(1000)
    lasting = [f"lasting {number}" for number in range(100)]
    for name in lasting:
        keys.set(name, 10**9, now_ns=0)
    for number in range(10_000):
        keys.set(f"flood {number}", 1000 + number, now_ns=0)
    assert all(keys.end_ns(name, default=0) == 10**9 for name in lasting)


def test_what_is_over_goes_in_passing() -> None:
    """Long before the table is full, keys that are over go while others come."""
    keys = made(1_000_000)
    for number in range(50_000):
        keys.set(f"key {number}", number + 100, now_ns=number)
    assert len(keys) < 500


def test_one_call_drops_few_however_many_are_over() -> None:
    """A full table all of which is over is cleared a few keys at a time, not in one call."""
    keys = made(10_000)
    for number in range(10_000):
        keys.set(f"key {number}", 1, now_ns=0)
    assert 1 <= len(keys.set("late", 100, now_ns=50)) <= LOOKS_WHEN_FULL


def test_ended_key_goes_next() -> None:
    """A key that was ended makes room before any other."""
    keys = made(3)
    for name in ("a", "b", "c"):
        keys.set(name, 100, now_ns=0)
    keys.end("b", now_ns=1)
    keys.end("unknown", now_ns=1)
    assert keys.set("d", 100, now_ns=1) == ["b"]


@settings(deadline=None, derandomize=True)
@given(
    capacity=integers(1, 12),
    steps=lists(tuples(integers(0, 20), integers(0, 30), integers(0, 3)), max_size=200),
)
def test_keys_are_there_unless_they_were_said_to_go(capacity: int, steps: list[tuple[int, int, int]]) -> None:
    """There is never more than fits, no key goes untold, and one that is not over only from a full table."""
    keys, known, now_ns = made(capacity), dict[str, int](), 0
    for number, lasts_ns, passes_ns in steps:
        now_ns += passes_ns
        was_full, name = len(known) == capacity, f"key {number}"
        gone = [(each, known.pop(each)) for each in keys.set(name, now_ns + lasts_ns, now_ns=now_ns)]
        known[name] = now_ns + lasts_ns
        alive = [each for each, end_ns in gone if end_ns > now_ns]
        assert not alive or (was_full and len(gone) == 1)
        assert len(keys) == len(known) <= capacity
        assert all(keys.end_ns(each, default=-1) == end_ns for each, end_ns in known.items())


def test_table_without_room_is_an_error() -> None:
    """A table that can hold nothing is a mistake of whoever made it."""
    with pytest.raises(ValueError, match="capacity 0"):
        made(0)
