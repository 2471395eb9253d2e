"""Whether the catalogue and the persistent volume say the same, and what can be done where they do not.

Both are read in the order of hashes, side by side, so that a library of any size takes the same memory. Nobody
else may use the data folder meanwhile.

What is mended is what nobody can have any more: bytes without a record, and records without bytes. Bytes that are
not the ones they were may be the last of their image, and stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast

import trio

from frontend.library import hash_rows, image_rows
from frontend.library.database import Database
from frontend.library.hash_rows import KnownOriginal
from frontend.volumes.persistent import PersistentVolume
from shared.messages import FileStamp

_READ_AT_ONCE = 1000


class Flaw(StrEnum):
    """What is wrong with an original."""

    MISSING = "missing"
    ORPHAN = "orphan"
    WRONG_SIZE = "wrong_size"
    WRONG_HASH = "wrong_hash"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One original: what the catalogue says of it, what lies on disk, or both."""

    hash: str
    record: KnownOriginal | None
    stamp: FileStamp | None

    @property
    def size_bytes(self) -> int:
        """The bytes on disk."""
        return 0 if self.stamp is None else self.stamp.size_bytes


@asynccontextmanager
async def side_by_side(database: Database, originals: PersistentVolume) -> AsyncIterator[AsyncIterator[Entry]]:
    """Iterate over what the catalogue and the volume have: each hash once, sorted.

    Who gets an entry may mend it before the next one. Raises CatalogueUnavailableError, VolumeError.
    """
    # Its type does not say so, but it is one that has to be closed.
    listing = cast("AsyncGenerator[tuple[str, FileStamp], None]", originals.iterate())
    async with (
        aclosing(_records(database)) as records,
        aclosing(listing) as files,
        aclosing(_merged(records, files)) as entries,
    ):
        yield entries


async def flaw_of(entry: Entry, originals: PersistentVolume, *, deep: bool) -> Flaw | None:
    """Say what is wrong, if anything is; ``deep`` reads all bytes of what looks right."""
    if entry.stamp is None:
        return Flaw.MISSING
    if entry.record is None:
        return Flaw.ORPHAN
    if entry.stamp.size_bytes != entry.record.size_bytes:
        return Flaw.WRONG_SIZE
    return await trio.to_thread.run_sync(_flaw_of_bytes, originals.path(entry.hash), entry.hash) if deep else None


async def mend(entry: Entry, flaw: Flaw, *, database: Database, originals: PersistentVolume) -> bool:
    """Remove an orphan, or a record without bytes; say whether it was one of these.

    Raises CatalogueUnavailableError, VolumeError.
    """
    if flaw is Flaw.ORPHAN:
        await originals.delete(entry.hash)
        return True
    if flaw is Flaw.MISSING and entry.record is not None:
        await database.write(image_rows.delete, entry.record.filename)
        return True
    return False


async def _merged(
    records: AsyncIterator[KnownOriginal], files: AsyncIterator[tuple[str, FileStamp]]
) -> AsyncGenerator[Entry, None]:
    record, file = await anext(records, None), await anext(files, None)
    while record is not None or file is not None:
        sha256 = min(found[0] for found in (record, file) if found is not None)
        here = record if record is not None and record.hash == sha256 else None
        there = file if file is not None and file[0] == sha256 else None
        yield Entry(hash=sha256, record=here, stamp=there[1] if there else None)
        if here is not None:
            record = await anext(records, None)
        if there is not None:
            file = await anext(files, None)


async def _records(database: Database) -> AsyncGenerator[KnownOriginal, None]:
    last = ""
    while some := await database.read(hash_rows.originals_after, last, limit=_READ_AT_ONCE):
        for record in some:
            yield record
        last = some[-1].hash


def _flaw_of_bytes(path: Path, sha256: str) -> Flaw | None:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    except OSError:  # a bad sector; what is wrong with the whole disk shows in other ways
        return Flaw.UNREADABLE
    return Flaw.WRONG_HASH if digest.hexdigest() != sha256 else None
