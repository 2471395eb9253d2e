"""The images that a filter means: how many they are, and any of them by its number in the order of ids."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from frontend.library.index.bits import SEGMENT_SHIFT, SEGMENT_SLOTS, select


class Matches:
    """The ids of the images, ascending; none is written down before it is asked for."""

    def __init__(self, ids: array[int], segments: Sequence[int]) -> None:
        """Take the ids by slot, and the slots that match by segment."""
        self._ids = ids
        self._segments = segments
        self._starts = [0, *accumulate(slots.bit_count() for slots in segments)]

    def __len__(self) -> int:
        return self._starts[-1]

    def id_at(self, rank: int) -> int:
        """Return the id of the match before which there are ``rank`` others."""
        number = bisect_right(self._starts, rank) - 1
        offset = select(self._segments[number], rank - self._starts[number])
        return self._ids[(number << SEGMENT_SHIFT) + offset]

    def rank_of(self, image_id: int) -> int:
        """Return how many matches have smaller ids than this one, be it a match or not."""
        slot = bisect_left(self._ids, image_id)
        number = slot >> SEGMENT_SHIFT
        if number >= len(self._segments):
            return len(self)
        below = (1 << (slot & (SEGMENT_SLOTS - 1))) - 1
        return self._starts[number] + (self._segments[number] & below).bit_count()
