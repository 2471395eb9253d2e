"""What S3-FIFO keeps and lets go, seen from outside, one rule a test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from frontend.volumes.s3_fifo import S3Fifo

SMALL_ENTRIES = 10
MAIN_ENTRIES = 90


@pytest.fixture
def strangers() -> Iterator[str]:
    """Keys that nobody asked for before."""
    return (f"stranger {number}" for number in itertools.count())


@pytest.fixture
def cache(strangers: Iterator[str]) -> S3Fifo[str]:
    """A cache of a hundred objects of any size, full of objects asked for once."""
    cache: S3Fifo[str] = S3Fifo(capacity_bytes=1_000_000, capacity_entries=SMALL_ENTRIES + MAIN_ENTRIES)
    scan(cache, strangers, count=SMALL_ENTRIES + MAIN_ENTRIES)
    return cache


def scan(cache: S3Fifo[str], keys: Iterator[str], *, count: int) -> None:
    """Put objects that nobody will ask for."""
    for key in itertools.islice(keys, count):
        assert cache.put(key, key, size_bytes=1)


def put_and_evict(cache: S3Fifo[str], key: str, strangers: Iterator[str]) -> None:
    """Leave the key in the ghost, as its newest but nine."""
    assert cache.put(key, key, size_bytes=1)
    scan(cache, strangers, count=SMALL_ENTRIES)
    assert key not in cache


def put_into_main(cache: S3Fifo[str], key: str, strangers: Iterator[str]) -> None:
    """Put the object twice, so that the ghost knows it the second time."""
    put_and_evict(cache, key, strangers)
    assert cache.put(key, key, size_bytes=1)


def test_get_returns_what_was_put(cache: S3Fifo[str]) -> None:
    """A held object comes back; of an unknown key there is nothing."""
    cache.put("known", "value", size_bytes=1)
    assert cache.get("known") == "value"
    assert cache.get("unknown") is None


def test_full_cache_evicts_one_object_for_one(cache: S3Fifo[str], strangers: Iterator[str]) -> None:
    """Nothing is evicted before the cache is full, and then no more than has to be."""
    assert (len(cache), cache.evictions) == (100, 0)
    scan(cache, strangers, count=5)
    assert (len(cache), cache.evictions) == (100, 5)


def test_object_asked_for_once_leaves_with_the_scan(cache: S3Fifo[str], strangers: Iterator[str]) -> None:
    """One access on probation does not earn a place in main."""
    cache.put("x", "value", size_bytes=1)
    cache.get("x")
    scan(cache, strangers, count=SMALL_ENTRIES)
    assert "x" not in cache


def test_object_asked_for_twice_survives_the_scan(cache: S3Fifo[str], strangers: Iterator[str]) -> None:
    """Two accesses on probation move an object to main, where a scan does not reach it."""
    cache.put("x", "value", size_bytes=1)
    cache.get("x")
    cache.get("x")
    scan(cache, strangers, count=1000)
    assert "x" in cache


def test_peek_is_no_access(cache: S3Fifo[str], strangers: Iterator[str]) -> None:
    """An object only peeked at is evicted like one nobody asked for."""
    cache.put("x", "value", size_bytes=1)
    assert [cache.peek("x") for _ in range(5)] == ["value"] * 5
    scan(cache, strangers, count=SMALL_ENTRIES)
    assert cache.peek("x") is None


def test_scan_leaves_the_working_set(strangers: Iterator[str]) -> None:
    """A scan ten times the cache's size takes no more of a warm working set than small's share."""
    cache: S3Fifo[str] = S3Fifo(capacity_bytes=1_000_000, capacity_entries=SMALL_ENTRIES + MAIN_ENTRIES)
    warm = [f"warm {number}" for number in range(SMALL_ENTRIES + MAIN_ENTRIES)]
    for key in warm:
        cache.put(key, key, size_bytes=1)
    for key in warm * 2:
        assert cache.get(key) == key
    scan(cache, strangers, count=1000)
    assert sum(key in cache for key in warm) == MAIN_ENTRIES


def test_returning_object_joins_main(cache: S3Fifo[str], strangers: Iterator[str]) -> None:
    """An object put again while the ghost knows its key survives a scan at once."""
    put_and_evict(cache, "x", strangers)
    cache.put("x", "value", size_bytes=1)
    scan(cache, strangers, count=1000)
    assert "x" in cache


@pytest.mark.parametrize(("evicted_since", "is_known"), [(MAIN_ENTRIES - 1, True), (MAIN_ENTRIES, False)])
def test_ghost_is_as_long_as_main(
    cache: S3Fifo[str], strangers: Iterator[str], evicted_since: int, is_known: bool
) -> None:
    """The ghost forgets a key once as many others were evicted since as main has entries."""
    cache.put("x", "value", size_bytes=1)
    scan(cache, strangers, count=SMALL_ENTRIES + evicted_since)
    cache.put("x", "value", size_bytes=1)
    scan(cache, strangers, count=1000)
    assert ("x" in cache) is is_known


def test_main_gives_one_more_pass_for_an_access(cache: S3Fifo[str], strangers: Iterator[str]) -> None:
    """Of two objects that joined main together, the one asked for outlives the other."""
    put_into_main(cache, "asked for", strangers)
    put_into_main(cache, "left alone", strangers)
    cache.get("asked for")
    for number in range(MAIN_ENTRIES + 1):
        put_into_main(cache, f"newcomer {number}", strangers)
    assert ("asked for" in cache, "left alone" in cache) == (True, False)


def test_promotion_uses_up_the_accesses_so_far(cache: S3Fifo[str], strangers: Iterator[str]) -> None:
    """The accesses that earned a place in main do not count a second time there."""
    cache.put("x", "value", size_bytes=1)
    for _ in range(3):
        cache.get("x")
    scan(cache, strangers, count=SMALL_ENTRIES)
    for number in range(MAIN_ENTRIES + 1):
        put_into_main(cache, f"newcomer {number}", strangers)
    assert "x" not in cache


@pytest.mark.parametrize("accesses", [3, 1000])
def test_frequency_counts_to_three(cache: S3Fifo[str], strangers: Iterator[str], accesses: int) -> None:
    """However often an object was asked for, three passes through main use up its fame."""
    put_into_main(cache, "star", strangers)
    for _ in range(accesses):
        cache.get("star")
    passes_survived = 0
    for number in range(MAIN_ENTRIES * 6):
        put_into_main(cache, f"newcomer {number}", strangers)
        if "star" not in cache:
            break
        passes_survived = number // MAIN_ENTRIES
    assert passes_survived == 3


def test_object_that_would_fill_small_is_refused() -> None:
    """Even an empty cache refuses an object of a tenth of its bytes, and takes a smaller one."""
    cache: S3Fifo[str] = S3Fifo(capacity_bytes=1000, capacity_entries=100)
    assert not cache.put("large", "value", size_bytes=100)
    assert not cache.put("larger than all", "value", size_bytes=1001)
    assert (len(cache), cache.used_bytes) == (0, 0)
    assert cache.put("fitting", "value", size_bytes=99)


def test_refused_replacement_takes_the_old_object_along() -> None:
    """When the new object is too large, the old one is not given out in its stead."""
    cache: S3Fifo[str] = S3Fifo(capacity_bytes=1000, capacity_entries=100)
    cache.put("x", "old", size_bytes=10)
    assert not cache.put("x", "new", size_bytes=500)
    assert cache.get("x") is None
    assert (len(cache), cache.used_bytes) == (0, 0)


def test_replacement_counts_its_own_bytes() -> None:
    """An object put again under its key weighs what the new one weighs, once."""
    cache: S3Fifo[str] = S3Fifo(capacity_bytes=1000, capacity_entries=100)
    cache.put("x", "old", size_bytes=10)
    cache.put("x", "new", size_bytes=30)
    assert (cache.get("x"), len(cache), cache.used_bytes, cache.evictions) == ("new", 1, 30, 0)


def test_replacement_keeps_what_the_key_has_earned(cache: S3Fifo[str], strangers: Iterator[str]) -> None:
    """Accesses counted before a replacement still promote after it."""
    cache.put("x", "old", size_bytes=1)
    cache.get("x")
    cache.put("x", "new", size_bytes=1)
    cache.get("x")
    scan(cache, strangers, count=1000)
    assert cache.get("x") == "new"


def test_replacement_stays_in_main(cache: S3Fifo[str], strangers: Iterator[str]) -> None:
    """An object of main that is replaced need not prove itself again."""
    put_into_main(cache, "x", strangers)
    cache.put("x", "new", size_bytes=1)
    scan(cache, strangers, count=1000)
    assert cache.get("x") == "new"


def test_byte_limit_makes_room_for_several() -> None:
    """One heavy object displaces as many light ones as it weighs, and no more."""
    cache: S3Fifo[str] = S3Fifo(capacity_bytes=1000, capacity_entries=10_000)
    for number in range(1000):
        cache.put(f"light {number}", "value", size_bytes=1)
    cache.put("heavy", "value", size_bytes=50)
    assert (cache.used_bytes, len(cache), cache.evictions) == (1000, 951, 50)


def test_deleted_object_leaves_no_trace(cache: S3Fifo[str], strangers: Iterator[str]) -> None:
    """A deleted object returns as a stranger, for the ghost does not know it."""
    cache.put("x", "value", size_bytes=1)
    assert cache.delete("x")
    assert not cache.delete("x")
    cache.put("x", "value", size_bytes=1)
    scan(cache, strangers, count=SMALL_ENTRIES)
    assert "x" not in cache


def test_delete_reaches_the_ghost(cache: S3Fifo[str], strangers: Iterator[str]) -> None:
    """Deleting an evicted key finds no object, but makes the ghost forget it."""
    put_and_evict(cache, "x", strangers)
    assert not cache.delete("x")
    cache.put("x", "value", size_bytes=1)
    scan(cache, strangers, count=SMALL_ENTRIES)
    assert "x" not in cache


def test_delete_makes_room(cache: S3Fifo[str]) -> None:
    """The place of a deleted object is free: the next one displaces nobody."""
    cache.put("x", "value", size_bytes=1)
    evictions = cache.evictions
    cache.delete("x")
    cache.put("y", "value", size_bytes=1)
    assert cache.evictions == evictions


def test_clear_starts_afresh(cache: S3Fifo[str], strangers: Iterator[str]) -> None:
    """A cleared cache is empty, remembers nothing, and lets the next objects fill main."""
    put_and_evict(cache, "x", strangers)
    evictions = cache.evictions
    cache.clear()
    assert (len(cache), cache.used_bytes, len(cache._ghost)) == (0, 0, 0)
    first = [f"first {number}" for number in range(SMALL_ENTRIES + MAIN_ENTRIES)]
    for key in first:
        cache.put(key, key, size_bytes=1)
    assert cache.evictions == evictions
    scan(cache, strangers, count=1000)
    assert sum(key in cache for key in first) == MAIN_ENTRIES


@pytest.mark.parametrize(("capacity_bytes", "capacity_entries"), [(0, 10), (1000, 0), (0, 0)])
def test_capacity_of_zero_turns_the_cache_off(capacity_bytes: int, capacity_entries: int) -> None:
    """Without bytes or without entries, nothing is held, not even nothing."""
    cache: S3Fifo[str] = S3Fifo(capacity_bytes=capacity_bytes, capacity_entries=capacity_entries)
    assert not cache.put("x", "value", size_bytes=0)
    assert len(cache) == 0


def test_cache_of_one_entry_holds_the_newest() -> None:
    """The smallest cache works: whatever was asked for before, the last object put is held."""
    cache: S3Fifo[str] = S3Fifo(capacity_bytes=1000, capacity_entries=1)
    for key in ("a", "b", "a"):
        cache.put(key, key, size_bytes=1)
        assert [cache.get(key) for _ in range(5)] == [key] * 5
    assert (len(cache), cache.evictions) == (1, 2)


@pytest.mark.parametrize(("capacity_bytes", "capacity_entries"), [(-1, 10), (10, -1)])
def test_negative_capacity_is_a_mistake(capacity_bytes: int, capacity_entries: int) -> None:
    """A capacity below zero is refused when the cache is made."""
    with pytest.raises(ValueError, match="negative capacity"):
        S3Fifo(capacity_bytes=capacity_bytes, capacity_entries=capacity_entries)


def test_negative_size_is_a_mistake(cache: S3Fifo[str]) -> None:
    """A size below zero, which would unbalance the accounts, is refused and changes nothing."""
    cache.put("x", "value", size_bytes=1)
    with pytest.raises(ValueError, match="negative size"):
        cache.put("x", "other", size_bytes=-1)
    assert cache.get("x") == "value"
