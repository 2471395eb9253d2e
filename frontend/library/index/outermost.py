"""Those of many slots that have the smallest or greatest numbers, over all segments, found bit by bit."""

from __future__ import annotations

from collections.abc import Sequence

from frontend.library.index import bits
from frontend.library.index.bit_slices import BitSlices


def outermost(numbers: Sequence[BitSlices], among: Sequence[int], limit: int, *, greatest: bool) -> list[int]:
    """Return, by segment, which ``limit`` of the slots ``among`` have the smallest or the greatest numbers.

    Where numbers are equal, slots decide in the same direction. All of them, if they are no more than ``limit``.
    """
    sure = [0] * len(among)
    for bit in reversed(range(max((part.bit_length for part in numbers), default=0))):
        ones = [slots & part.plane(bit) for slots, part in zip(among, numbers, strict=True)]
        outer = ones if greatest else _without(among, ones)
        count = sum(slots.bit_count() for slots in outer)
        if count >= limit:
            among = outer
        else:
            limit -= count
            sure = [slots | more for slots, more in zip(sure, outer, strict=True)]
            among = _without(among, outer)
    # The numbers of those that are left are equal.
    for number in reversed(range(len(among))) if greatest else range(len(among)):
        if limit:
            taken = bits.outermost(among[number], limit, greatest=greatest)
            sure[number] |= taken
            limit -= taken.bit_count()
    return sure


def _without(these: Sequence[int], those: Sequence[int]) -> list[int]:
    """Take from each set a part of it."""
    return [slots ^ part for slots, part in zip(these, those, strict=True)]
