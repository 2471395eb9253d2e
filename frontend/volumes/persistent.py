"""The persistent volume (pVol): originals on disk, each under the SHA-256 of its bytes, removed only on request.

An original lies in ``<folder>/ab/cd/abcd…``; what is still being received, in ``<folder>/incoming``. One process
at a time uses the folder: see ``frontend/data_folder.py``. Which images exist is the catalogue's business: bytes
that it does not know are an orphan, and nothing here looks into a file once it is accepted.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog
import trio

from frontend.volumes.disk_state import CLEANING_TIMEOUT_S, DiskState
from frontend.volumes.durable_files import (
    FOLDER_MODE,
    DurableFolders,
    UnfinishedFile,
    empty_folder,
    size_if_there,
    sync_path,
)
from frontend.volumes.fans import list_fans
from frontend.volumes.incoming import Incoming, StoredOriginal
from frontend.volumes.key_locks import KeyLocks
from frontend.volumes.original_files import fans_of, is_hash, list_originals, stamp_of
from frontend.volumes.room import Reservation, Room
from shared.image_address import ImageAddress, VolumeKind
from shared.messages import FileStamp

INCOMING = "incoming"
_THREADS = 8

_Found = TypeVar("_Found")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersistentStatistics:
    """What the volume holds; ``reserved_bytes`` is what is being received. A capacity of 0 is no limit.

    ``reason`` says why the disk did not do what it was asked, for half a minute from then on.
    """

    entries: int
    bytes: int
    reserved_bytes: int
    capacity_bytes: int
    capacity_entries: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """One file's size before and after, None for its not being there, and what went wrong, if anything did."""

    before_bytes: int | None
    after_bytes: int | None
    error: OSError | None


class PersistentVolume:
    """Stores originals durably, within limits that hold however many are received at once."""

    def __init__(self, folder: Path, *, max_bytes: int, max_entries: int) -> None:
        self._folder = Path(os.path.abspath(folder))
        self._room = Room(max_bytes=max_bytes, max_entries=max_entries)
        self._folders = DurableFolders(self._folder)
        self._disk = DiskState(VolumeKind.PERSISTENT, clock=trio.current_time)
        self._changing = KeyLocks()
        self._discarded: list[tuple[UnfinishedFile, Reservation]] = []
        # Two limiters: many slow uploads must not keep anyone from reading.
        self._readers = trio.CapacityLimiter(_THREADS)
        self._writers = trio.CapacityLimiter(_THREADS)

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, *, max_bytes: int, max_entries: int) -> AsyncIterator[PersistentVolume]:
        """Remove what a crash left unfinished, and count what is there. Raises VolumeError."""
        volume = cls(folder, max_bytes=max_bytes, max_entries=max_entries)
        with volume._disk.watch():
            await trio.to_thread.run_sync(volume._prepare, limiter=volume._writers)
        async for _, stamp in volume.iterate():
            volume._room.count(before_bytes=None, after_bytes=stamp.size_bytes)
        yield volume

    @asynccontextmanager
    async def receive(self, *, max_bytes: int) -> AsyncIterator[Incoming]:
        """Take in one original of at most ``max_bytes``; to leave the block without a commit leaves nothing.

        Raises VolumeFullError or VolumeError.
        """
        await self._clean_up()
        reservation = self._room.reserve()
        try:
            with self._disk.watch():
                file = await trio.to_thread.run_sync(
                    UnfinishedFile.create, self._folder / INCOMING, limiter=self._writers
                )
        except BaseException:
            reservation.release()
            raise
        try:
            yield Incoming(
                file,
                max_bytes=max_bytes,
                reservation=reservation,
                disk=self._disk,
                threads=self._writers,
                accept=self._accept,
            )
        finally:
            if reservation.is_held:
                self._discarded.append((file, reservation))
                await self._clean_up()

    def path(self, sha256: str) -> Path:
        """Return where the original of this hash lies, if it does. Raises ValueError for what is no hash."""
        if not is_hash(sha256):
            raise ValueError(f"{sha256[:80]!r} is no SHA-256 in hexadecimal digits")
        return self._folder.joinpath(*fans_of(sha256), sha256)

    async def stat(self, sha256: str) -> FileStamp | None:
        """Return the size and version of the original, or None. Raises VolumeError."""
        return await self._read(partial(stamp_of, self.path(sha256)))

    async def exists(self, sha256: str) -> bool:
        """Say whether the original is there. Raises VolumeError."""
        return await self.stat(sha256) is not None

    async def delete(self, sha256: str) -> bool:
        """Remove the original for good; say whether it was there. Raises VolumeError."""
        change = await self._change(sha256, partial(_remove, self.path(sha256)))
        return change.before_bytes is not None

    async def iterate(self) -> AsyncIterator[tuple[str, FileStamp]]:
        """Yield the hash and version of every original, sorted; one that comes meanwhile may be missed.

        Raises VolumeError.
        """
        for fan in await self._read(partial(list_fans, self._folder)):
            for found in await self._read(partial(list_originals, self._folder, fan)):
                yield found

    def statistics(self) -> PersistentStatistics:
        """Return the figures of this moment."""
        room = self._room
        return PersistentStatistics(
            entries=room.used_entries,
            bytes=room.used_bytes,
            reserved_bytes=room.reserved_bytes,
            capacity_bytes=room.max_bytes,
            capacity_entries=room.max_entries,
            reason=self._disk.reason if self._disk.is_resting else None,
        )

    def _prepare(self) -> None:
        os.makedirs(self._folder, FOLDER_MODE, exist_ok=True)
        # By this name, since the data folder itself may be a link to where there is room.
        sync_path(self._folder / os.pardir)
        removed = empty_folder(self._folder / INCOMING)
        if removed:
            log.info("volume.unfinished_removed", volume=VolumeKind.PERSISTENT, files=removed)

    async def _accept(self, incoming: Incoming) -> StoredOriginal:
        sha256, size_bytes = incoming.hash, incoming.size_bytes
        change = await self._change(sha256, partial(self._store, incoming.file, sha256, size_bytes))
        is_new = change.before_bytes is None
        if change.before_bytes != size_bytes:
            # It is booked by now. Bytes that were here already are not: they go when the block is left.
            incoming.reservation.release()
        return StoredOriginal(
            address=ImageAddress(VolumeKind.PERSISTENT, sha256), hash=sha256, size_bytes=size_bytes, is_new=is_new
        )

    def _store(self, file: UnfinishedFile, sha256: str, size_bytes: int, before_bytes: int | None) -> None:
        folder = self._folders.make(*fans_of(sha256))
        if before_bytes == size_bytes:
            # The same bytes. Whoever stored them may have been killed before they were safe.
            sync_path(folder / sha256)
        else:
            file.sync()
            file.rename(folder / sha256)
        try:
            sync_path(folder)
        except OSError:
            if before_bytes is None:
                # Nobody will be told that it is here.
                os.unlink(folder / sha256)
            raise

    async def _change(self, sha256: str, work: Callable[[int | None], None]) -> _Change:
        """Have a thread change one file, and book what the disk says came of it, also if only half of it did."""
        path = self.path(sha256)
        async with self._changing.hold(sha256):
            change = await trio.to_thread.run_sync(_changed, path, work, limiter=self._writers)
            self._room.count(before_bytes=change.before_bytes, after_bytes=change.after_bytes)
        with self._disk.watch():
            if change.error is not None:
                raise change.error
        self._disk.worked()
        return change

    async def _read(self, work: Callable[[], _Found]) -> _Found:
        with self._disk.watch():
            return await trio.to_thread.run_sync(work, limiter=self._readers)

    async def _clean_up(self) -> None:
        """Remove what was not committed, now or earlier in vain; until it is gone its room stays taken."""
        mine, self._discarded = self._discarded, []
        with trio.move_on_after(CLEANING_TIMEOUT_S, shield=True):
            for file, reservation in mine:
                try:
                    await trio.to_thread.run_sync(file.discard, limiter=self._writers)
                except OSError as error:
                    self._disk.failed(error)
                else:
                    reservation.release()
        self._discarded += [discarded for discarded in mine if discarded[1].is_held]


def _changed(path: Path, work: Callable[[int | None], None]) -> _Change:
    before_bytes = after_bytes = error = None
    try:
        before_bytes = after_bytes = size_if_there(path)
        try:
            work(before_bytes)
        finally:
            after_bytes = size_if_there(path)
    except OSError as caught:
        error = caught
    return _Change(before_bytes=before_bytes, after_bytes=after_bytes, error=error)


def _remove(path: Path, before_bytes: int | None) -> None:
    if before_bytes is not None:
        os.unlink(path)
        sync_path(path.parent)
