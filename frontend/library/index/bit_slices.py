"""One number for each slot of a segment, kept as bit planes: a bound is checked for all slots at once.

The bit-sliced index of O'Neil and Quass (1997): plane ``n`` is the set of slots whose number has bit ``n``. To
compare with a bound takes a few operations on sets for each bit, however many slots there are.
"""

from __future__ import annotations

from collections.abc import Sequence

from frontend.library.image_filter import Bounds
from frontend.library.index import bits


class BitSlices:
    """The numbers of a segment's slots, by offset. A slot's number is given once; nobody changes it."""

    def __init__(self, values: Sequence[int] = ()) -> None:
        self._planes = bits.planes_of(values)

    @property
    def bit_length(self) -> int:
        """How many bits the greatest number has."""
        return len(self._planes)

    def plane(self, bit: int) -> int:
        """Return which slots have the bit in their number."""
        return self._planes[bit] if bit < len(self._planes) else 0

    def set(self, offset: int, value: int) -> None:
        """Give the slot its number."""
        self._planes += [0] * (value.bit_length() - len(self._planes))
        for bit in range(value.bit_length()):
            if value >> bit & 1:
                self._planes[bit] |= 1 << offset

    def within(self, bounds: Bounds, among: int) -> int:
        """Return those of the slots ``among`` whose number is within the bounds."""
        if bounds.most is not None:
            among = self._up_to(bounds.most, among)
        if bounds.least:
            among ^= self._up_to(bounds.least - 1, among)
        return among

    def beyond(self, value: int, among: int, *, edge: int, greatest: bool) -> int:
        """Return those of the slots ``among`` that come after ``value``, read from the smallest or the greatest.

        Of the slots with just this value, those from ``edge`` on do; before it, when read from the greatest. The
        edge may lie outside of the segment.
        """
        smaller = among ^ self.within(Bounds(value, None), among)
        greater = among ^ self.within(Bounds(None, value), among)
        equal = among ^ smaller ^ greater
        before_edge = (1 << min(max(edge, 0), bits.SEGMENT_SLOTS)) - 1
        return smaller | equal & before_edge if greatest else greater | equal & ~before_edge

    def _up_to(self, most: int, among: int) -> int:
        if most.bit_length() > len(self._planes):
            return among
        less, equal = 0, among
        for bit in reversed(range(len(self._planes))):
            ones = equal & self._planes[bit]
            if most >> bit & 1:
                less |= equal ^ ones
                equal = ones
            else:
                equal ^= ones
        return less | equal
