"""Whole numbers as sets: bit ``n`` of a number says whether ``n`` is in the set.

Python's own whole numbers do it: two sets of 65 536 are intersected in a third of a microsecond, and counted in
three, on one core of a small server. Larger sets are cut at that size into *segments*, so that adding a member
copies 8 KiB and no more.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence

SEGMENT_SHIFT = 16
SEGMENT_SLOTS = 1 << SEGMENT_SHIFT

# By bit of an octet: what turns every octet into the digit 1 or 0, whether it has the bit or not.
_DIGITS = tuple(bytes(ord("0") + (octet >> bit & 1) for octet in range(256)) for bit in range(8))


def from_offsets(offsets: Iterable[int]) -> int:
    """Make the set of these numbers, all of them smaller than ``SEGMENT_SLOTS``."""
    octets = bytearray(SEGMENT_SLOTS >> 3)
    for offset in offsets:
        octets[offset >> 3] |= 1 << (offset & 7)
    return int.from_bytes(octets, "little")


def planes_of(values: Sequence[int]) -> list[int]:
    """Turn numbers into one set for each of their bits: which of the numbers, by place, have it.

    Octets become binary digits and those a number, all of it in C: there are 65 536 values at a time.
    """
    lanes = array("Q", values)
    if sys.byteorder == "big":
        lanes.byteswap()
    # The first digit of a number is its highest: the last value comes first.
    octets = lanes.tobytes()[::-1]
    bits = max(values, default=0).bit_length()
    return [int(octets[7 - (bit >> 3) :: 8].translate(_DIGITS[bit & 7]), 2) for bit in range(bits)]


def select(bits: int, rank: int) -> int:
    """Return the member that has ``rank`` smaller ones, found by halving. There must be one."""
    base, half = 0, SEGMENT_SLOTS >> 1
    while half:
        low = bits & ((1 << half) - 1)
        count = low.bit_count()
        if rank < count:
            bits = low
        else:
            rank -= count
            bits >>= half
            base += half
        half >>= 1
    return base


def outermost(bits: int, limit: int, *, greatest: bool) -> int:
    """Return the ``limit`` smallest or greatest members, at least one, or all if they are fewer."""
    surplus = bits.bit_count() - limit
    if surplus <= 0:
        return bits
    below = (1 << select(bits, surplus if greatest else limit)) - 1
    return bits & ~below if greatest else bits & below


def members(bits: int) -> Iterator[int]:
    """Yield the members, ascending. For sets of few members: each takes as long as three intersections."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
