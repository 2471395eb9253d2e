"""Whether the catalogue and the persistent volume say the same, and what can be done where they do not.

Both are read in the order of hashes, side by side, so that a library of any size takes the same memory. Nobody
else may use the data folder meanwhile.

What is mended is what nobody can have any more: bytes without a record, and records without bytes. Bytes that are
not the ones they were may be the last of their image, and stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

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

    @property
    def is_mendable(self) -> bool:
        """Say whether ``mend`` puts it right."""
        return self in (Flaw.MISSING, Flaw.ORPHAN)


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


@dataclass(frozen=True, slots=True)
class Examined:
    """An original that was looked at; ``flaw`` is None of one that is as it should be."""

    entry: Entry
    flaw: Flaw | None


async def examine(database: Database, originals: PersistentVolume, *, deep: bool) -> AsyncIterator[Examined]:
    """Yield every original there is or should be; ``deep`` reads all of its bytes.

    What was yielded may be mended before the next is asked for. Raises CatalogueUnavailableError, VolumeError.
    """
    async for entry in side_by_side(database, originals):
        flaw = _flaw_at_first_sight(entry)
        if flaw is None and deep:
            flaw = await trio.to_thread.run_sync(_flaw_of_bytes, originals.path(entry.hash), entry.hash)
        yield Examined(entry, flaw)


async def mend(examined: Examined, *, database: Database, originals: PersistentVolume) -> bool:
    """Remove an orphan, or a record without bytes; say whether it was one of these.

    Raises CatalogueUnavailableError, VolumeError.
    """
    entry = examined.entry
    if examined.flaw is Flaw.ORPHAN:
        await originals.delete(entry.hash)
        return True
    if examined.flaw is Flaw.MISSING and entry.record is not None:
        await database.write(image_rows.delete, entry.record.filename)
        return True
    return False


async def side_by_side(database: Database, originals: PersistentVolume) -> AsyncIterator[Entry]:
    """Yield what the catalogue and the volume have, each hash once, sorted."""
    records, files = _records(database), originals.iterate()
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


async def _records(database: Database) -> AsyncIterator[KnownOriginal]:
    last = ""
    while some := await database.read(hash_rows.originals_after, last, limit=_READ_AT_ONCE):
        for record in some:
            yield record
        last = some[-1].hash


def _flaw_at_first_sight(entry: Entry) -> Flaw | None:
    if entry.stamp is None:
        return Flaw.MISSING
    if entry.record is None:
        return Flaw.ORPHAN
    return Flaw.WRONG_SIZE if entry.stamp.size_bytes != entry.record.size_bytes else None


def _flaw_of_bytes(path: Path, sha256: str) -> Flaw | None:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    except OSError:  # a bad sector; what is wrong with the whole disk shows in other ways
        return Flaw.UNREADABLE
    return Flaw.WRONG_HASH if digest.hexdigest() != sha256 else None
