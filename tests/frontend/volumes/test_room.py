"""The books of a volume with limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontend.volumes.errors import VolumeFullError
from frontend.volumes.room import Reservation, Room
from tests.shared.strategies import PROPERTY


def test_reservations_share_the_room() -> None:
    """What one has reserved, another cannot have, to the byte."""
    room = Room(max_bytes=100, max_entries=0)
    first, second = room.reserve(), room.reserve()
    first.grow(60)
    with pytest.raises(VolumeFullError, match="60 bytes are taken, limit is 100"):
        second.grow(41)
    second.grow(40)
    first.release()
    second.grow(60)


def test_entries_are_reserved_too() -> None:
    """An entry on its way in takes the place of one that is stored."""
    room = Room(max_bytes=0, max_entries=2)
    room.count(before_bytes=None, after_bytes=10)
    reservation = room.reserve()
    with pytest.raises(VolumeFullError, match="limit is 2"):
        room.reserve()
    reservation.release()
    room.reserve()


def test_limit_of_zero_is_none() -> None:
    """Without limits everything fits."""
    room = Room(max_bytes=0, max_entries=0)
    for _ in range(1000):
        room.reserve().grow(1 << 60)


def test_negative_limit_is_a_mistake() -> None:
    """A limit below zero is refused when the books are opened."""
    with pytest.raises(ValueError, match="negative limits"):
        Room(max_bytes=-1, max_entries=0)


def test_releasing_twice_gives_back_once() -> None:
    """A second release changes nothing."""
    room = Room(max_bytes=0, max_entries=0)
    reservation, _other = room.reserve(), room.reserve()
    reservation.grow(5)
    reservation.release()
    reservation.release()
    assert (room.reserved_bytes, room.reserved_entries) == (0, 1)


def test_changes_are_booked_by_what_the_disk_says() -> None:
    """An entry may come, grow, shrink, stay away and go."""
    room = Room(max_bytes=0, max_entries=0)
    changes = [(None, 10), (10, 25), (None, None), (None, 0), (25, 5), (5, None), (0, None)]
    books = []
    for before_bytes, after_bytes in changes:
        room.count(before_bytes=before_bytes, after_bytes=after_bytes)
        books.append((room.used_entries, room.used_bytes))
    assert books == [(1, 10), (1, 25), (1, 25), (2, 25), (2, 5), (1, 0), (0, 0)]


@PROPERTY
@given(sizes=st.lists(st.integers(min_value=0, max_value=60), max_size=30))
def test_limits_hold_for_any_sequence(sizes: list[int]) -> None:
    """Used and reserved together never pass a limit, whoever grows, stores and gives up in whatever order."""
    room = Room(max_bytes=100, max_entries=4)
    held: list[tuple[Reservation, int]] = []
    for size_bytes in sizes:
        try:
            reservation = room.reserve()
            reservation.grow(size_bytes)
        except VolumeFullError:
            pass
        else:
            held.append((reservation, size_bytes))
        if held and size_bytes % 2:
            reservation, stored_bytes = held.pop(0)
            reservation.release()
            if size_bytes % 3:
                room.count(before_bytes=None, after_bytes=stored_bytes)
        assert room.used_bytes + room.reserved_bytes <= 100
        assert room.used_entries + room.reserved_entries <= 4
