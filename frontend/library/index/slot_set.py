"""The slots of one tag: a sorted list while they are few, sets of bits by segment when they are many.

A list takes 4 bytes a slot, a set 8 KiB a segment. Asked for bits, a list has to make them, at 80 ns a slot: that
bounds how long it may become.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence

from frontend.library.index.bits import SEGMENT_SHIFT, SEGMENT_SLOTS, from_offsets

MAX_LISTED_SLOTS = 512
"""For each segment that the list reaches over."""

_OFFSET = SEGMENT_SLOTS - 1


class SlotSet:
    """A set of slots that knows its size and gives its bits by segment."""

    def __init__(self, slots: Sequence[int] = ()) -> None:
        """Take slots in ascending order."""
        self._size = len(slots)
        self._list = array("I", slots)
        # Not empty: these hold the slots, and the list none, from then on.
        self._segments: dict[int, int] = {}
        self._leave_list()

    def __len__(self) -> int:
        return self._size

    def bits(self, segment: int) -> int:
        """Return which slots of the segment are in the set."""
        if self._segments:
            return self._segments.get(segment, 0)
        first = bisect_left(self._list, segment << SEGMENT_SHIFT)
        end = bisect_left(self._list, (segment + 1) << SEGMENT_SHIFT, first)
        return from_offsets(slot & _OFFSET for slot in self._list[first:end]) if first < end else 0

    def add(self, slot: int) -> None:
        """Put the slot in; it may be there."""
        if self._segments:
            self._set_bit(slot, present=True)
            return
        place = bisect_left(self._list, slot)
        if place == len(self._list) or self._list[place] != slot:
            self._list.insert(place, slot)
            self._size += 1
            self._leave_list()

    def discard(self, slot: int) -> None:
        """Take the slot out; it may be absent."""
        if self._segments:
            self._set_bit(slot, present=False)
            return
        place = bisect_left(self._list, slot)
        if place < len(self._list) and self._list[place] == slot:
            del self._list[place]
            self._size -= 1

    def _set_bit(self, slot: int, *, present: bool) -> None:
        number, bit = slot >> SEGMENT_SHIFT, 1 << (slot & _OFFSET)
        held = self._segments.get(number, 0)
        if bool(held & bit) != present:
            self._segments[number] = held ^ bit
            self._size += 1 if present else -1

    def _leave_list(self) -> None:
        """Become sets of bits, and never a list again, if there are too many for a list."""
        if not self._list:
            return
        first, last = self._list[0] >> SEGMENT_SHIFT, self._list[-1] >> SEGMENT_SHIFT
        if len(self._list) > MAX_LISTED_SLOTS * (last - first + 1):
            self._segments = {number: self.bits(number) for number in range(first, last + 1)}
            self._list = array("I")
