"""The books of a volume with limits: what is used, what is reserved, and that both together never pass a limit.

No I/O and no waiting: all calls come from one Trio thread, and none is half done when another begins.
"""

from __future__ import annotations

from frontend.volumes.errors import VolumeFullError


class Room:
    """Bytes and entries of a volume; a limit of 0 is none."""

    def __init__(self, *, max_bytes: int, max_entries: int) -> None:
        if max_bytes < 0 or max_entries < 0:
            raise ValueError(f"negative limits: {max_bytes} bytes, {max_entries} entries")
        self.max_bytes = max_bytes
        self.max_entries = max_entries
        self.used_bytes = 0
        self.used_entries = 0
        self.reserved_bytes = 0
        self.reserved_entries = 0

    def count(self, *, before_bytes: int | None, after_bytes: int | None) -> None:
        """Book the change of one entry, None for its not being there."""
        self.used_bytes += (after_bytes or 0) - (before_bytes or 0)
        self.used_entries += (after_bytes is not None) - (before_bytes is not None)

    def reserve(self) -> Reservation:
        """Keep room for one entry, of no bytes as yet. Raises VolumeFullError."""
        if self.max_entries and self.used_entries + self.reserved_entries >= self.max_entries:
            raise VolumeFullError(f"{self.used_entries} entries, limit is {self.max_entries}")
        self.reserved_entries += 1
        return Reservation(self)


class Reservation:
    """Room that nobody else can take until it is released."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._size_bytes = 0
        self.is_held = True

    def grow(self, size_bytes: int) -> None:
        """Keep room for so many bytes more. Raises VolumeFullError, and then keeps what it had."""
        room = self._room
        taken_bytes = room.used_bytes + room.reserved_bytes
        if room.max_bytes and taken_bytes + size_bytes > room.max_bytes:
            raise VolumeFullError(f"{taken_bytes} bytes are taken, limit is {room.max_bytes}")
        self._size_bytes += size_bytes
        room.reserved_bytes += size_bytes

    def release(self) -> None:
        """Give all of it back; again is harmless."""
        if self.is_held:
            self.is_held = False
            self._room.reserved_bytes -= self._size_bytes
            self._room.reserved_entries -= 1
