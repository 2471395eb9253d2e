"""An original while it is received: hashed, counted and held to its limits, not yet part of the volume.

``frontend/volumes/persistent.py`` makes these, accepts what is committed and removes what is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import trio

from frontend.volumes.disk_state import DiskState
from frontend.volumes.durable_files import UnfinishedFile
from frontend.volumes.room import Reservation
from shared.errors import TooLargeError
from shared.image_address import ImageAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOriginal:
    """What the persistent volume says of an original that it has accepted; ``is_new`` unless it had it before."""

    address: ImageAddress
    hash: str
    size_bytes: int
    is_new: bool


class Incoming:
    """One original on its way in. Used by one task, inside the block of ``PersistentVolume.receive``."""

    def __init__(
        self,
        file: UnfinishedFile,
        *,
        max_bytes: int,
        reservation: Reservation,
        disk: DiskState,
        threads: trio.CapacityLimiter,
        accept: Callable[[Incoming], Awaitable[StoredOriginal]],
    ) -> None:
        self.file = file
        self.reservation = reservation
        self.size_bytes = 0
        self._max_bytes = max_bytes
        self._disk = disk
        self._threads = threads
        self._accept = accept
        self._digest = hashlib.sha256()
        self._is_open = True

    @property
    def path(self) -> Path:
        """Where the bytes lie until the commit. They can be read; to change them is to break the hash."""
        return self.file.path

    @property
    def hash(self) -> str:
        """The SHA-256 of what was written so far, in hexadecimal digits."""
        return self._digest.hexdigest()

    async def write(self, chunk: bytes) -> None:
        """Append. Raises TooLargeError, VolumeFullError or VolumeError, and then nothing can be committed."""
        self._check_open()
        # Open again once the chunk is in: no commit of a file with a hole in it.
        self._is_open = False
        self._reserve(len(chunk))
        with self._disk.watch():
            await trio.to_thread.run_sync(self._append, chunk, limiter=self._threads)
        self.size_bytes += len(chunk)
        self._is_open = True

    async def commit(self) -> StoredOriginal:
        """Make it durable and part of the volume, once it is: power may fail after this, and it stays.

        Raises VolumeFullError or VolumeError, and then the volume is as it was. A commit that is cancelled while
        the disk works is carried through.
        """
        self._check_open()
        self._is_open = False
        return await self._accept(self)

    def _check_open(self) -> None:
        if not self._is_open:
            raise ValueError("the original is committed, or could not be written")

    def _reserve(self, more_bytes: int) -> None:
        size_bytes = self.size_bytes + more_bytes
        if size_bytes > self._max_bytes:
            raise TooLargeError(f"the image has more than {self._max_bytes} bytes")
        self.reservation.grow(more_bytes)

    def _append(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self.file.append(chunk)
