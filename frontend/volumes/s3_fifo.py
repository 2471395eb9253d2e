"""S3-FIFO: which objects a cache of bounded bytes and entries keeps, and which it lets go.

This file owns the queues and their accounting. It never looks at a clock, does I/O or counts
hits: ``frontend/volumes/memory.py`` adds time to live and statistics.

After Yang, Zhang, Qiu, Yue and Rashmi, "FIFO queues are all you need for cache eviction", SOSP 2023:

* A new object joins the *small* queue, a tenth of the cache. Most objects are asked for once, and
  leave by its other end without having displaced anything of worth.
* One that was asked for again meanwhile moves on to the *main* queue, nine tenths.
* The key of one that was not goes to the *ghost*: an object that returns while its key is
  remembered there joins main at once.
* Main gives second chances: another pass costs an object one of the accesses counted since the
  last, of which at most three count, so nothing lives on old fame.

The shares hold for bytes and for entries alike, so that they hold whichever limit is met first.

Where the paper leaves room, this does what its authors' simulator, libCacheSim, does, because its
miss ratio is the yardstick:

* "Again" means twice more.
* While the cache has never been full, what overflows small fills main.
* The ghost is as long as main. Where sizes differ that is said in bytes: the remembered keys stand
  for no more bytes than main may hold. With objects of one size this is main's number of entries;
  with mixed sizes a flood of large objects is forgotten after as much traffic as main would bear.
  The keys never outnumber the entries main may hold.
* An object that would fill small by itself is not admitted. It would push out everything on
  probation there for the sake of one, and the disk behind this cache serves large objects well.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")

SMALL_SHARE_DIVISOR = 10
PROMOTION_FREQUENCY = 2
MAX_FREQUENCY = 3


@dataclass(slots=True)
class _Entry(Generic[V]):
    """One object held, and how often it was asked for since it was queued."""

    value: V
    size_bytes: int
    frequency: int


class _Queue(Generic[V]):
    """Objects in the order of their arrival, their bytes counted, and the share meant for them."""

    __slots__ = ("entries", "share_bytes", "share_entries", "used_bytes")

    def __init__(self, *, share_bytes: int, share_entries: int) -> None:
        self.entries: OrderedDict[str, _Entry[V]] = OrderedDict()
        self.used_bytes = 0
        self.share_bytes = share_bytes
        self.share_entries = share_entries

    def push(self, key: str, entry: _Entry[V]) -> None:
        """Add an object that is not in the queue, as the newest."""
        self.entries[key] = entry
        self.used_bytes += entry.size_bytes

    def pop_oldest(self) -> tuple[str, _Entry[V]]:
        """Take out the object that came first."""
        key, entry = self.entries.popitem(last=False)
        self.used_bytes -= entry.size_bytes
        return key, entry

    def remove(self, key: str) -> _Entry[V] | None:
        """Take out one object, wherever it stands."""
        entry = self.entries.pop(key, None)
        if entry is not None:
            self.used_bytes -= entry.size_bytes
        return entry

    def clear(self) -> None:
        """Take out everything."""
        self.entries.clear()
        self.used_bytes = 0


class S3Fifo(Generic[V]):
    """A cache of at most ``capacity_bytes`` in at most ``capacity_entries`` objects.

    Get, peek and delete take constant time; put does so on average: it may pass over many objects
    of main, but each pass spends an access that a get has paid in. A capacity of zero turns the
    cache off: nothing is admitted. ``None`` as a value cannot be told from a miss.

    ``on_evict`` is told the key of every object that has to go, in the middle of the put that it makes room
    for: it takes note, and leaves the cache alone. What is replaced, deleted or cleared is not evicted.
    """

    def __init__(
        self, *, capacity_bytes: int, capacity_entries: int, on_evict: Callable[[str], object] | None = None
    ) -> None:
        if capacity_bytes < 0 or capacity_entries < 0:
            raise ValueError(f"negative capacity: {capacity_bytes} bytes, {capacity_entries} entries")
        self.capacity_bytes = capacity_bytes
        self.capacity_entries = capacity_entries
        self.evictions = 0
        self._on_evict = on_evict
        small_bytes = capacity_bytes // SMALL_SHARE_DIVISOR
        small_entries = max(1, capacity_entries // SMALL_SHARE_DIVISOR)
        self._small: _Queue[V] = _Queue(share_bytes=small_bytes, share_entries=small_entries)
        self._main: _Queue[V] = _Queue(
            share_bytes=capacity_bytes - small_bytes, share_entries=capacity_entries - small_entries
        )
        self._ghost: OrderedDict[str, int] = OrderedDict()  # key → the bytes it stands for
        self._ghost_bytes = 0
        self._has_been_full = False

    @property
    def used_bytes(self) -> int:
        """The sizes of all objects held, added up."""
        return self._small.used_bytes + self._main.used_bytes

    def __len__(self) -> int:
        return len(self._small.entries) + len(self._main.entries)

    def __iter__(self) -> Iterator[str]:
        """Yield the keys held, in no order that means anything."""
        return itertools.chain(self._main.entries, self._small.entries)

    def __contains__(self, key: str) -> bool:
        return key in self._main.entries or key in self._small.entries

    def get(self, key: str) -> V | None:
        """Return the object and count the access, or None."""
        # Main first: most of what is asked for lies there.
        entry = self._main.entries.get(key) or self._small.entries.get(key)
        if entry is None:
            return None
        if entry.frequency < MAX_FREQUENCY:
            entry.frequency += 1
        return entry.value

    def peek(self, key: str) -> V | None:
        """Return the object without counting an access, or None."""
        entry = self._main.entries.get(key) or self._small.entries.get(key)
        return None if entry is None else entry.value

    def admits(self, size_bytes: int) -> bool:
        """Say whether an object of this size would be held."""
        return size_bytes < self._small.share_bytes and self.capacity_entries > 0

    def put(self, key: str, value: V, *, size_bytes: int) -> bool:
        """Hold the object, evicting what must go; False if it is too large to be admitted.

        An object already held under the key is replaced: the new one joins the queue of the old
        and inherits its frequency. The old one goes also when the new one is not admitted, since
        a stale answer is worse than none.
        """
        if size_bytes < 0:
            raise ValueError(f"negative size: {size_bytes} bytes")
        joins_main = key in self._main.entries or key in self._ghost
        earlier = self._remove(key)
        if not self.admits(size_bytes):
            return False
        self._make_room(size_bytes)
        queue = self._main if joins_main or self._is_warming_up() else self._small
        queue.push(key, _Entry(value, size_bytes, earlier.frequency if earlier else 0))
        return True

    def delete(self, key: str) -> bool:
        """Drop the object and all memory of its key; say whether it was held."""
        return self._remove(key) is not None

    def clear(self) -> None:
        """Drop everything, as if newly made; ``evictions`` counts on."""
        self._small.clear()
        self._main.clear()
        self._ghost.clear()
        self._ghost_bytes = 0
        self._has_been_full = False

    def _remove(self, key: str) -> _Entry[V] | None:
        # A key is in one place at most: main, small or the ghost.
        self._ghost_bytes -= self._ghost.pop(key, 0)
        return self._main.remove(key) or self._small.remove(key)

    def _is_warming_up(self) -> bool:
        small = self._small
        return not self._has_been_full and (
            small.used_bytes >= small.share_bytes or len(small.entries) >= small.share_entries
        )

    def _make_room(self, size_bytes: int) -> None:
        main = self._main
        while self.used_bytes + size_bytes > self.capacity_bytes or len(self) >= self.capacity_entries:
            self._has_been_full = True
            is_main_over = main.used_bytes > main.share_bytes or len(main.entries) > main.share_entries
            if is_main_over or not self._small.entries:
                self._evict_from_main()
            else:
                self._evict_from_small()

    def _evict_from_small(self) -> None:
        """Move the proven to main, up to the first that is not; without one, evict nothing."""
        while self._small.entries:
            key, entry = self._small.pop_oldest()
            if entry.frequency < PROMOTION_FREQUENCY:
                self._remember(key, entry.size_bytes)
                self._count_eviction(key)
                return
            entry.frequency = 0
            self._main.push(key, entry)

    def _evict_from_main(self) -> None:
        """Give those asked for another pass, and evict the first that was not."""
        entries = self._main.entries
        oldest = next(iter(entries))
        while entries[oldest].frequency > 0:
            entries[oldest].frequency -= 1
            entries.move_to_end(oldest)
            oldest = next(iter(entries))
        self._main.pop_oldest()
        self._count_eviction(oldest)

    def _count_eviction(self, key: str) -> None:
        self.evictions += 1
        if self._on_evict is not None:
            self._on_evict(key)

    def _remember(self, key: str, size_bytes: int) -> None:
        self._ghost[key] = size_bytes
        self._ghost_bytes += size_bytes
        while self._ghost_bytes > self._main.share_bytes or len(self._ghost) > self._main.share_entries:
            _, forgotten_bytes = self._ghost.popitem(last=False)
            self._ghost_bytes -= forgotten_bytes
