"""The slots of a tag, as a list and as bits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontend.library.index import slot_set
from frontend.library.index.bits import SEGMENT_SLOTS, members
from frontend.library.index.slot_set import MAX_LISTED_SLOTS, SlotSet

SLOTS = st.integers(0, 20) | st.integers(0, 3 * SEGMENT_SLOTS)
STEPS = st.lists(st.tuples(st.booleans(), SLOTS), max_size=60)


def all_of(slots: SlotSet) -> list[int]:
    """Collect the set's slots from all segments."""
    return [segment * SEGMENT_SLOTS + offset for segment in range(4) for offset in members(slots.bits(segment))]


@pytest.mark.parametrize("longest_list", [0, 3, 500])
@given(first=st.sets(SLOTS, max_size=20), steps=STEPS)
def test_slots_are_added_and_discarded(longest_list: int, first: set[int], steps: list[tuple[bool, int]]) -> None:
    """In either form, and while it changes from one to the other, it is the set it should be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slot_set, "MAX_LISTED_SLOTS", longest_list)
        slots, expected = SlotSet(sorted(first)), set(first)
        for is_added, slot in steps:
            (slots.add if is_added else slots.discard)(slot)
            (expected.add if is_added else expected.discard)(slot)
            assert len(slots) == len(expected)
        assert all_of(slots) == sorted(expected)


def test_common_tag_is_held_as_bits() -> None:
    """A list that grows too long for being turned into bits at each question is given up."""
    slots = SlotSet(range(MAX_LISTED_SLOTS))
    assert not slots._segments
    slots.add(MAX_LISTED_SLOTS)
    assert slots._segments
    assert not slots._list
    assert all_of(slots) == list(range(MAX_LISTED_SLOTS + 1))
