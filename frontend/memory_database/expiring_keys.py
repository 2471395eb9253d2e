"""Keys that each mean something until a certain time, no more than so many of them, and which of them go first.

A hand goes round the keys. Whenever one is added, the hand looks at a few: those whose time is over go, and where
there is no room and none of them is over, the one that would be over soonest goes. So every call does a bounded
amount of work however full the table is, nothing is ever scanned whole, and no order has to be kept up to date
when a key's time changes, which is what happens most. (Keeping the order exact would take a heap, and either a
logarithm of Python steps on each change or, if put off, now and then one call that repairs it all.)

New keys take their places by dice: neighbours are then a fair sample of all, whatever order they came in. In that
order, a hundred long-lasting keys in a row would lose some whenever the hand passed.
"""

from __future__ import annotations

from random import Random

LOOKS = 2
"""So many keys are looked at for one that is added: with more than one the hand outruns what comes in."""

LOOKS_WHEN_FULL = 8
"""So many are compared before one goes whose time is not over."""


class ExpiringKeys:
    """The times at which keys are over, in whole nanoseconds; at most ``capacity`` of them."""

    def __init__(self, *, capacity: int, dice: Random) -> None:
        if capacity < 1:
            raise ValueError(f"no room for anything: capacity {capacity}")
        self._capacity = capacity
        self._ends_ns: dict[str, int] = {}
        self._dice = dice
        self._ring: list[str] = []  # every key once, shuffled
        self._hand = 0

    def __len__(self) -> int:
        return len(self._ring)

    def end_ns(self, key: str, *, default: int) -> int:
        """When the key is over; of a key that is not there, ``default``."""
        return self._ends_ns.get(key, default)

    def set(self, key: str, end_ns: int, *, now_ns: int) -> list[str]:
        """Let the key be over at this time, and return the keys that have gone for it."""
        gone: list[str] = []
        if key not in self._ends_ns:
            gone = self._make_room(now_ns)
            self._place(key)
        self._ends_ns[key] = end_ns
        return gone

    def end(self, key: str, *, now_ns: int) -> None:
        """Let the key be over now: the hand takes it when it comes by."""
        if key in self._ends_ns:
            self._ends_ns[key] = now_ns

    def _make_room(self, now_ns: int) -> list[str]:
        ring, ends_ns = self._ring, self._ends_ns
        is_full = len(ring) >= self._capacity
        gone: list[str] = []
        soonest_ns, soonest_place = 0, -1
        for _ in range(min(LOOKS_WHEN_FULL if is_full else LOOKS, len(ring))):
            place = self._hand if self._hand < len(ring) else 0
            end_ns = ends_ns[ring[place]]
            if end_ns <= now_ns:
                # The ring's last key takes the place, and is the next to be looked at.
                gone.append(self._drop(place))
                self._hand = place
                continue
            if soonest_place < 0 or end_ns < soonest_ns:
                soonest_ns, soonest_place = end_ns, place
            self._hand = place + 1
        if is_full and not gone:
            gone.append(self._drop(soonest_place))
        return gone

    def _place(self, key: str) -> None:
        """Put the key in any place of the ring; whatever was there becomes the last."""
        self._ring.append(key)
        place = int(self._dice.random() * len(self._ring))
        self._ring[place], self._ring[-1] = key, self._ring[place]

    def _drop(self, place: int) -> str:
        """Remove the key at this place of the ring; the ring's last key takes the place."""
        key, last = self._ring[place], self._ring.pop()
        if place < len(self._ring):
            self._ring[place] = last
        del self._ends_ns[key]
        return key
