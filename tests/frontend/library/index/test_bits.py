"""Whole numbers as sets, held against Python's own sets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from frontend.library.index.bits import SEGMENT_SLOTS, from_offsets, members, outermost, planes_of, select

OFFSETS = st.sets(st.integers(0, SEGMENT_SLOTS - 1), max_size=40)
VALUES = st.lists(st.integers(0, (1 << 64) - 1) | st.integers(0, 3), max_size=40)


@given(OFFSETS)
def test_set_has_its_members(offsets: set[int]) -> None:
    """They come out as they went in, ascending."""
    assert list(members(from_offsets(offsets))) == sorted(offsets)


@given(OFFSETS)
def test_every_rank_finds_its_member(offsets: set[int]) -> None:
    """The member of rank n is the one with n smaller ones: each is found once."""
    bits = from_offsets(offsets)
    assert [select(bits, rank) for rank in range(len(offsets))] == sorted(offsets)


@given(OFFSETS, st.integers(1, 45))
def test_outermost_members_are_kept(offsets: set[int], limit: int) -> None:
    """Those at either end, or all if there are no more."""
    bits, ascending = from_offsets(offsets), sorted(offsets)
    assert list(members(outermost(bits, limit, greatest=False))) == ascending[:limit]
    assert list(members(outermost(bits, limit, greatest=True))) == ascending[max(len(ascending) - limit, 0) :]


@given(VALUES)
def test_planes_hold_the_bits_of_the_numbers(values: list[int]) -> None:
    """Put together again, the planes give the numbers, and there are no more of them than needed."""
    planes = planes_of(values)
    assert [
        sum((plane >> place & 1) << bit for bit, plane in enumerate(planes)) for place in range(len(values))
    ] == values
    assert len(planes) == max(values, default=0).bit_length()
