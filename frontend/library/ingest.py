"""Takes new images in: bytes to the persistent volume, a look by a worker, then the catalogue.

The order is that of durability. What was acknowledged survives a crash; what was not leaves at most bytes that no
record knows, which the consistency check finds.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
import trio

from frontend.jobs import InspectionWork
from frontend.library.catalogue import Catalogue
from frontend.library.errors import DuplicateImageError, NameTakenError
from frontend.library.names import check_given_name, generated_name
from frontend.library.records import ImageRecord, NewImage
from frontend.library.tag_names import clean_tags
from frontend.reserved import RESERVED_SEGMENTS
from frontend.volumes.errors import VolumeError
from frontend.volumes.incoming import Incoming, StoredOriginal
from frontend.volumes.key_locks import KeyLocks
from frontend.volumes.persistent import PersistentVolume
from frontend.worker_pool import WorkerPool
from shared.errors import BadParameterError
from shared.limits import Limits
from shared.messages import Inspection, Source

UNDO_TIMEOUT_S = 10.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is to be said of a new image: its tags, a name unless one is to be made, and who may see it."""

    tags: tuple[str, ...] = ()
    name: str | None = None
    private: bool = False


class Ingest:
    """One way in for bytes from anywhere. ``locks`` are by hash, and shared with whoever deletes originals."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        originals: PersistentVolume,
        pool: WorkerPool,
        limits: Limits,
        locks: KeyLocks,
        needs_tags: bool,
    ) -> None:
        self._catalogue = catalogue
        self._originals = originals
        self._pool = pool
        self._limits = limits
        self._locks = locks
        self._needs_tags = needs_tags

    def checked(self, wishes: Wishes) -> Wishes:
        """Return the wishes in their one form, before any byte is read. Raises BadParameterError."""
        tags = clean_tags(wishes.tags)
        if self._needs_tags and not tags:
            raise BadParameterError.of("tags", "", "at least one tag")
        if wishes.name is not None:
            check_given_name(wishes.name, reserved=RESERVED_SEGMENTS)
        return Wishes(tags=tags, name=wishes.name, private=wishes.private)

    @asynccontextmanager
    async def receive(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[Incoming]:
        """Take bytes in and hold them for the block; without ``accept`` in it nothing is left of them.

        Raises TooLargeError, VolumeFullError, VolumeError, and what ``chunks`` raises.
        """
        async with self._originals.receive(max_bytes=self._limits.max_bytes) as incoming:
            async for chunk in chunks:
                await incoming.write(chunk)
            yield incoming

    async def accept(self, incoming: Incoming, wishes: Wishes, *, extension: str) -> ImageRecord:
        """Have the image looked at and, if it is whole, make it part of the library.

        Raises the ImageError of one that cannot be decoded, DuplicateImageError, NameTakenError, and what
        the volume, the workers and the catalogue raise; then nothing of it is left.
        """
        wishes = self.checked(wishes)
        work = InspectionWork(
            image=f"sha256\0{incoming.hash}",
            source=Source(path=str(incoming.path), extension=extension),
            limits=self._limits,
        )
        inspection = await self._pool.inspect(work)
        # Nobody deletes these bytes between their commit and their record.
        async with self._locks.hold(incoming.hash):
            stored = await incoming.commit()
            try:
                return await self._record(stored, inspection, wishes)
            except DuplicateImageError:
                # The record that is there has these bytes: if they were lost, they are back now.
                raise
            except BaseException:
                if stored.is_new:
                    await self._undo(stored)
                raise

    async def _record(self, stored: StoredOriginal, inspection: Inspection, wishes: Wishes) -> ImageRecord:
        if wishes.name is not None:
            return await self._catalogue.add(_new_image(stored, inspection, wishes, wishes.name), tags=wishes.tags)
        try:
            name = generated_name(stored.hash, inspection.format)
            return await self._catalogue.add(_new_image(stored, inspection, wishes, name), tags=wishes.tags)
        except NameTakenError:
            # Someone was given this name. All of the hash is longer, and nobody else's.
            name = generated_name(stored.hash, inspection.format, digits=len(stored.hash))
            return await self._catalogue.add(_new_image(stored, inspection, wishes, name), tags=wishes.tags)

    async def _undo(self, stored: StoredOriginal) -> None:
        with trio.move_on_after(UNDO_TIMEOUT_S, shield=True):
            try:
                await self._originals.delete(stored.hash)
            except VolumeError as error:
                log.warning("ingest.orphan_left", hash=stored.hash, reason=str(error))


def _new_image(stored: StoredOriginal, found: Inspection, wishes: Wishes, filename: str) -> NewImage:
    return NewImage(
        filename=filename,
        hash=stored.hash,
        format=found.format,
        width=found.width,
        height=found.height,
        size_bytes=stored.size_bytes,
        frames=found.frames,
        has_alpha=found.has_alpha,
        private=wishes.private,
        mode=found.mode,
        blurhash=found.blurhash,
        thumbhash=found.thumbhash,
        dominant_color=found.colors[0] if found.colors else None,
        exif=found.exif,
    )
