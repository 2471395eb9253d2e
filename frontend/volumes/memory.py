"""The memory volume (mVol): the hottest variants, in RAM, for a while.

This file owns time to live and the figures that ``/_stats`` shows. Which objects stay is decided
by ``frontend/volumes/s3_fifo.py``. Nothing here waits or locks: all calls come from one Trio thread,
and no call is ever half done when another begins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from frontend.volumes.s3_fifo import S3Fifo

if TYPE_CHECKING:
    from collections.abc import Callable

V = TypeVar("V")

NEVER_S = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryStatistics:
    """What the memory volume holds now, and what it did since it was opened.

    ``hit_rate`` is the part of all gets that were hits, from 0 to 1, and 0 before the first.
    ``entries`` and ``bytes`` include what has expired and was not met since.
    """

    hits: int
    misses: int
    hit_rate: float
    entries: int
    bytes: int
    capacity_bytes: int
    capacity_entries: int
    evictions: int
    expirations: int


class MemoryVolume(Generic[V]):
    """Objects by key, in bounded memory, each for at most ``ttl_s`` seconds (0: no such limit).

    ``clock`` gives seconds and never goes backwards, as ``trio.current_time`` does.
    """

    def __init__(
        self,
        *,
        capacity_bytes: int,
        capacity_entries: int,
        ttl_s: float,
        clock: Callable[[], float],
    ) -> None:
        if ttl_s < 0:
            raise ValueError(f"negative time to live: {ttl_s} s")
        # Each value lies beside the time from which it must not be given out any more.
        self._objects: S3Fifo[tuple[float, V]] = S3Fifo(
            capacity_bytes=capacity_bytes, capacity_entries=capacity_entries
        )
        self._ttl_s = ttl_s
        self._clock = clock
        self._hits = 0
        self._misses = 0
        self._expirations = 0

    def get(self, key: str) -> V | None:
        """Return the object and count a hit, or None and count a miss."""
        held = self._objects.get(key)
        if held is None or self._has_expired(key, held[0]):
            self._misses += 1
            return None
        self._hits += 1
        return held[1]

    def peek(self, key: str) -> V | None:
        """Return the object, or None, counting neither an access nor a hit or miss."""
        held = self._objects.peek(key)
        if held is None or self._has_expired(key, held[0]):
            return None
        return held[1]

    def put(self, key: str, value: V, *, size_bytes: int) -> bool:
        """Hold the object from now on, in place of an earlier one; False if it is too large.

        ``size_bytes`` is what the object counts for: its bytes and whatever is kept with them.
        """
        expires_s = self._clock() + self._ttl_s if self._ttl_s else NEVER_S
        return self._objects.put(key, (expires_s, value), size_bytes=size_bytes)

    def delete(self, key: str) -> bool:
        """Drop the object; say whether there was one that could still be given out."""
        is_servable = self.peek(key) is not None
        # Also when it is not held: its key may still be remembered.
        self._objects.delete(key)
        return is_servable

    def delete_where(self, is_unwanted: Callable[[str], bool]) -> int:
        """Drop every object whose key is unwanted; say how many there were. Looks at every key."""
        unwanted = [key for key in self._objects if is_unwanted(key)]
        for key in unwanted:
            self._objects.delete(key)
        return len(unwanted)

    def clear(self) -> None:
        """Drop everything; the counts go on."""
        self._objects.clear()

    def statistics(self) -> MemoryStatistics:
        """Return the figures of this moment."""
        gets = self._hits + self._misses
        return MemoryStatistics(
            hits=self._hits,
            misses=self._misses,
            hit_rate=self._hits / gets if gets else 0.0,
            entries=len(self._objects),
            bytes=self._objects.used_bytes,
            capacity_bytes=self._objects.capacity_bytes,
            capacity_entries=self._objects.capacity_entries,
            evictions=self._objects.evictions,
            expirations=self._expirations,
        )

    def _has_expired(self, key: str, expires_s: float) -> bool:
        """Say whether the object's time is over, and if so drop and count it."""
        # Every hit comes by here: do not read the clock for what cannot expire.
        if expires_s == NEVER_S or self._clock() < expires_s:
            return False
        self._objects.delete(key)
        self._expirations += 1
        return True
