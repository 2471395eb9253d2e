"""Bounds and orders on bit planes, held against plain lists of numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from frontend.library.image_filter import Bounds
from frontend.library.index.bit_slices import BitSlices
from frontend.library.index.bits import from_offsets, members

NUMBER = st.integers(0, 9) | st.integers(0, (1 << 63) - 1)
NUMBERS = st.lists(NUMBER, max_size=30)
AMONG = st.sets(st.integers(0, 29))
BOUND = st.none() | NUMBER


@given(NUMBERS, AMONG, BOUND, BOUND)
def test_slots_within_bounds_are_found(
    numbers: list[int], among: set[int], least: int | None, most: int | None
) -> None:
    """Exactly those among the given slots whose number is neither too small nor too large."""
    among &= set(range(len(numbers)))
    found = BitSlices(numbers).within(Bounds(least, most), from_offsets(among))
    assert set(members(found)) == {
        slot
        for slot in among
        if (least is None or numbers[slot] >= least) and (most is None or numbers[slot] <= most)
    }


@given(NUMBERS, AMONG, NUMBER, st.integers(-100_000, 100_000) | st.integers(0, 30), st.booleans())
def test_slots_beyond_a_place_are_those_after_it_in_order(
    numbers: list[int], among: set[int], value: int, edge: int, greatest: bool
) -> None:
    """Of the slots with just that number those beyond the edge count as after it."""
    among &= set(range(len(numbers)))
    found = BitSlices(numbers).beyond(value, from_offsets(among), edge=edge, greatest=greatest)
    assert set(members(found)) == {
        slot
        for slot in among
        if ((numbers[slot], slot) < (value, edge) if greatest else (numbers[slot], slot) >= (value, edge))
    }


@given(NUMBERS)
def test_numbers_given_one_by_one_are_the_same(numbers: list[int]) -> None:
    """It makes no difference whether an index was loaded or grew."""
    grown = BitSlices()
    for offset, number in enumerate(numbers):
        grown.set(offset, number)
    assert grown._planes == BitSlices(numbers)._planes
