"""The memory volume: what it gives out, for how long, and what it tells of itself."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from frontend.volumes.memory import MemoryStatistics, MemoryVolume


@dataclass
class HandClock:
    """A clock that stands until somebody moves it."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        """Return the time, as ``trio.current_time`` does."""
        return self.now_s


@pytest.fixture
def clock() -> HandClock:
    """The clock of the volume under test."""
    return HandClock()


@pytest.fixture
def volume(clock: HandClock) -> MemoryVolume[bytes]:
    """A volume for a hundred objects and a kilobyte, a minute each."""
    return MemoryVolume(capacity_bytes=1000, capacity_entries=100, ttl_s=60, clock=clock)


def test_object_is_given_out_until_it_expires(volume: MemoryVolume[bytes], clock: HandClock) -> None:
    """An object is served for its time to live, to the second."""
    volume.put("x", b"bytes", size_bytes=5)
    clock.now_s += 59.9
    assert volume.get("x") == b"bytes"
    clock.now_s += 0.1
    assert volume.get("x") is None


def test_expired_object_is_removed_when_met(volume: MemoryVolume[bytes], clock: HandClock) -> None:
    """Meeting an expired object frees its bytes and counts an expiration and a miss, no eviction."""
    volume.put("x", b"bytes", size_bytes=5)
    clock.now_s += 60
    assert volume.statistics().bytes == 5
    volume.get("x")
    statistics = volume.statistics()
    assert (statistics.entries, statistics.bytes) == (0, 0)
    assert (statistics.hits, statistics.misses) == (0, 1)
    assert (statistics.expirations, statistics.evictions) == (1, 0)


def test_getting_does_not_prolong_life(volume: MemoryVolume[bytes], clock: HandClock) -> None:
    """An object asked for all the time still expires: it may be outdated."""
    volume.put("x", b"bytes", size_bytes=5)
    for _ in range(6):
        assert volume.get("x") == b"bytes"
        clock.now_s += 10
    assert volume.get("x") is None


def test_putting_again_begins_a_new_life(volume: MemoryVolume[bytes], clock: HandClock) -> None:
    """A renewed object is served for a full time to live from then on."""
    volume.put("x", b"old", size_bytes=3)
    clock.now_s += 59
    volume.put("x", b"new", size_bytes=3)
    clock.now_s += 59
    assert volume.get("x") == b"new"


def test_ttl_of_zero_never_expires(clock: HandClock) -> None:
    """Without a time to live an object stays until evicted or deleted."""
    volume: MemoryVolume[bytes] = MemoryVolume(capacity_bytes=1000, capacity_entries=100, ttl_s=0, clock=clock)
    volume.put("x", b"bytes", size_bytes=5)
    clock.now_s += 1e12
    assert volume.get("x") == b"bytes"
    assert volume.delete("x")


def test_negative_ttl_is_a_mistake(clock: HandClock) -> None:
    """A time to live below zero is refused when the volume is made."""
    with pytest.raises(ValueError, match="negative time to live"):
        MemoryVolume(capacity_bytes=1000, capacity_entries=100, ttl_s=-1, clock=clock)


def test_peek_is_not_counted(volume: MemoryVolume[bytes]) -> None:
    """Peeking gives the object and leaves hits and misses alone."""
    volume.put("x", b"bytes", size_bytes=5)
    assert (volume.peek("x"), volume.peek("y")) == (b"bytes", None)
    statistics = volume.statistics()
    assert (statistics.hits, statistics.misses) == (0, 0)


def test_peek_does_not_promote(volume: MemoryVolume[bytes]) -> None:
    """An object only peeked at leaves with the scan; one that was got stays."""
    for number in range(100):
        volume.put(f"filling {number}", b"", size_bytes=1)
    volume.put("peeked at", b"bytes", size_bytes=1)
    volume.put("got", b"bytes", size_bytes=1)
    for _ in range(5):
        volume.peek("peeked at")
        volume.get("got")
    for number in range(20):
        volume.put(f"scan {number}", b"", size_bytes=1)
    assert (volume.peek("peeked at"), volume.peek("got")) == (None, b"bytes")


def test_peek_meets_the_expired_too(volume: MemoryVolume[bytes], clock: HandClock) -> None:
    """A peek never shows an expired object, and removes it."""
    volume.put("x", b"bytes", size_bytes=5)
    clock.now_s += 60
    assert volume.peek("x") is None
    statistics = volume.statistics()
    assert (statistics.entries, statistics.expirations, statistics.misses) == (0, 1, 0)


def test_delete_says_whether_there_was_something(volume: MemoryVolume[bytes]) -> None:
    """Deleting a held object is True, once, and nothing is left of it."""
    volume.put("x", b"bytes", size_bytes=5)
    assert volume.delete("x")
    assert not volume.delete("x")
    assert volume.get("x") is None
    assert volume.statistics().bytes == 0


def test_deleting_the_expired_is_an_expiration(volume: MemoryVolume[bytes], clock: HandClock) -> None:
    """An expired object counts as gone already when it is deleted, and is removed."""
    volume.put("x", b"bytes", size_bytes=5)
    clock.now_s += 60
    assert not volume.delete("x")
    statistics = volume.statistics()
    assert (statistics.entries, statistics.expirations) == (0, 1)


def test_deleted_key_is_not_remembered(volume: MemoryVolume[bytes]) -> None:
    """A key deleted after its eviction returns as a stranger, and leaves with the scan."""
    for number in range(200):
        volume.put(f"filling {number}", b"", size_bytes=1)
    assert volume.peek("filling 150") is None
    volume.delete("filling 150")
    volume.put("filling 150", b"", size_bytes=1)
    for number in range(10):
        volume.put(f"scan {number}", b"", size_bytes=1)
    assert volume.peek("filling 150") is None


def test_object_too_large_is_refused(volume: MemoryVolume[bytes]) -> None:
    """An object of a tenth of the volume is not held, and the answer says so."""
    assert not volume.put("large", b"bytes", size_bytes=100)
    assert volume.get("large") is None
    assert volume.put("fitting", b"bytes", size_bytes=99)


def test_clear_drops_objects_and_keeps_counts(volume: MemoryVolume[bytes]) -> None:
    """After a clear nothing is held, and the history of hits is still there."""
    volume.put("x", b"bytes", size_bytes=5)
    volume.get("x")
    volume.clear()
    statistics = volume.statistics()
    assert (statistics.entries, statistics.bytes, statistics.hits) == (0, 0, 1)
    assert volume.peek("x") is None


def test_statistics_tell_the_whole_story(volume: MemoryVolume[bytes]) -> None:
    """Hits, misses, contents, limits and evictions are those of what was done."""
    assert volume.statistics().hit_rate == 0
    for number in range(102):
        volume.put(f"object {number}", b"", size_bytes=2)
    for _ in range(3):
        volume.get("object 101")
    volume.get("never put")
    assert volume.statistics() == MemoryStatistics(
        hits=3,
        misses=1,
        hit_rate=0.75,
        entries=100,
        bytes=200,
        capacity_bytes=1000,
        capacity_entries=100,
        evictions=2,
        expirations=0,
    )
