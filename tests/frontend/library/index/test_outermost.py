"""The smallest and the greatest numbers of several segments, held against sorting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from frontend.library.index.bit_slices import BitSlices
from frontend.library.index.bits import from_offsets, members
from frontend.library.index.outermost import outermost

NUMBER = st.integers(0, 5) | st.integers(0, (1 << 63) - 1)
SEGMENTS = st.lists(st.lists(st.tuples(NUMBER, st.booleans()), max_size=10), max_size=4)


@given(SEGMENTS, st.integers(1, 12), st.booleans())
def test_outermost_slots_are_those_that_sorting_gives(
    segments: list[list[tuple[int, bool]]], limit: int, greatest: bool
) -> None:
    """Among the given slots; where numbers are equal, segments and slots decide in the same direction."""
    numbers = [BitSlices([value for value, _ in segment]) for segment in segments]
    among = [
        from_offsets(offset for offset, (_, is_given) in enumerate(segment) if is_given) for segment in segments
    ]
    found = outermost(numbers, among, limit, greatest=greatest)
    in_order = sorted(
        (
            (value, number, offset)
            for number, segment in enumerate(segments)
            for offset, (value, is_given) in enumerate(segment)
            if is_given
        ),
        reverse=greatest,
    )
    assert {(number, offset) for number, slots in enumerate(found) for offset in members(slots)} == {
        (number, offset) for _, number, offset in in_order[:limit]
    }
