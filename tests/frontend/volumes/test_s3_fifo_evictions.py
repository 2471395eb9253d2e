"""What S3-FIFO tells of the objects that have to go, and which it would not even take."""

from __future__ import annotations

import random

import pytest

from frontend.volumes.s3_fifo import S3Fifo


def test_every_eviction_is_told_once() -> None:
    """Following what is told, one always knows what is held, whatever was asked for in between."""
    dice = random.Random(17)
    held: set[str] = set()
    told: list[str] = []

    def on_evict(key: str) -> None:
        held.remove(key)
        told.append(key)

    cache: S3Fifo[int] = S3Fifo(capacity_bytes=2000, capacity_entries=60, on_evict=on_evict)
    for number in range(3000):
        key = str(dice.randrange(200))
        cache.get(str(dice.randrange(100)))
        held.discard(key)  # a put replaces, which is no eviction
        if cache.put(key, number, size_bytes=dice.randrange(1, 250)):
            held.add(key)
        assert held == {str(number) for number in range(200) if str(number) in cache}
    assert len(told) == cache.evictions > 1000


def test_what_is_taken_out_is_not_evicted() -> None:
    """Replacing, deleting and clearing are the caller's own doing."""
    told: list[str] = []
    cache: S3Fifo[int] = S3Fifo(capacity_bytes=1000, capacity_entries=10, on_evict=told.append)
    for key in ("replaced", "deleted", "cleared"):
        cache.put(key, 1, size_bytes=1)
    cache.put("replaced", 2, size_bytes=1)
    cache.delete("deleted")
    cache.clear()
    assert (told, cache.evictions) == ([], 0)


@pytest.mark.parametrize(
    ("capacity_bytes", "capacity_entries", "largest_bytes"), [(1000, 10, 99), (0, 10, -1), (1000, 0, -1)]
)
def test_admission_is_known_beforehand(capacity_bytes: int, capacity_entries: int, largest_bytes: int) -> None:
    """Whether an object would be held can be asked before its bytes are written anywhere."""
    cache: S3Fifo[int] = S3Fifo(capacity_bytes=capacity_bytes, capacity_entries=capacity_entries)
    for size_bytes in (0, 99, 100):
        admits = cache.admits(size_bytes)
        assert admits is (size_bytes <= largest_bytes)
        assert cache.put(str(size_bytes), 1, size_bytes=size_bytes) is admits
