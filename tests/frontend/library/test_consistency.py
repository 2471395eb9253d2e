"""The check of the library, and the removing of what is left over: every flaw is found, and only that."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from frontend.library import consistency, hash_rows, image_rows, variant_rows
from frontend.library.catalogue import FILE_NAME
from frontend.library.consistency import Entry, Flaw, flaw_of, mend, side_by_side
from frontend.library.database import Database
from frontend.library.garbage import Removed, remove_orphans, remove_variant_files, remove_variant_records
from frontend.library.records import NewImage, NewVariant
from frontend.volumes.persistent import PersistentVolume
from frontend.volumes.variant_folder import VariantFolder

NOW = datetime(2026, 5, 1, tzinfo=UTC)
PLAN = "0" * 32


class Library(NamedTuple):
    """What is compared."""

    database: Database
    originals: PersistentVolume
    variants: VariantFolder

    async def store(self, number: int) -> str:
        """Store the bytes of a number; return their hash."""
        async with self.originals.receive(max_bytes=100) as incoming:
            await incoming.write(b"%d" % number)
            return (await incoming.commit()).hash

    async def record(self, number: int) -> int:
        """Add a record for the bytes of a number; return its id."""
        data = b"%d" % number
        image = NewImage(
            filename=f"{number}.png",
            hash=hashlib.sha256(data).hexdigest(),
            format="png",
            width=1,
            height=1,
            size_bytes=len(data),
        )
        return (await self.database.write(image_rows.insert, image, tags=["a"], now=NOW)).id

    async def add(self, numbers: Iterable[int]) -> list[str]:
        """Do both, as ingest does."""
        hashes = []
        for number in numbers:
            hashes.append(await self.store(number))
            await self.record(number)
        return hashes

    async def entries(self) -> list[Entry]:
        """Return what the two sides have."""
        async with side_by_side(self.database, self.originals) as entries:
            return [entry async for entry in entries]

    async def flaws(self, *, deep: bool = False) -> dict[str, Flaw]:
        """Check, and return what is wrong by hash."""
        flaws = {entry.hash: await flaw_of(entry, self.originals, deep=deep) for entry in await self.entries()}
        return {sha256: flaw for sha256, flaw in flaws.items() if flaw}

    async def mend(self) -> list[bool]:
        """Check and mend, one after the other; return of each flaw whether it was mended."""
        mended = []
        async with side_by_side(self.database, self.originals) as entries:
            async for entry in entries:
                if flaw := await flaw_of(entry, self.originals, deep=True):
                    mended += [await mend(entry, flaw, database=self.database, originals=self.originals)]
        return mended

    async def make_variant(self, image: str, original_id: int, *, is_recorded: bool = True) -> Path:
        """Lay down a variant's file, and record it."""
        key = f"{image}/{PLAN}"
        path = self.variants.path(key)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"variant")
        variant = NewVariant(
            key=key, original_id=original_id, processing_params="", format="png", size_bytes=7, width=1, height=1
        )
        if is_recorded:
            await self.database.write(variant_rows.put, [(variant, NOW)])
        return path


@asynccontextmanager
async def library(folder: Path) -> AsyncIterator[Library]:
    """Open an empty one."""
    async with (
        Database.open(folder / FILE_NAME, threads=1) as database,
        PersistentVolume.open(folder / "pvol", max_bytes=0, max_entries=0) as originals,
    ):
        yield Library(database, originals, VariantFolder(folder / "evol"))


async def test_library_as_it_should_be_has_no_flaw(tmp_path: Path) -> None:
    """Every original with its record is examined, and nothing is found."""
    async with library(tmp_path) as lib:
        hashes = await lib.add(range(20))
        assert [entry.hash for entry in await lib.entries()] == sorted(hashes)
        assert await lib.flaws(deep=True) == {}


async def test_records_and_bytes_meet_across_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few are read at once, each hash comes once, with both sides of it."""
    monkeypatch.setattr(consistency, "_READ_AT_ONCE", 3)
    async with library(tmp_path) as lib:
        await lib.add(range(10))
        for number in range(10, 20):
            await (lib.store(number) if number % 2 else lib.record(number))
        entries = await lib.entries()
        assert [entry.hash for entry in entries] == sorted({entry.hash for entry in entries})
        sides = [(entry.record is not None, entry.stamp is not None) for entry in entries]
        assert (sides.count((True, True)), sides.count((True, False)), sides.count((False, True))) == (10, 5, 5)


async def test_orphan_and_record_without_bytes_are_found_and_mended(tmp_path: Path) -> None:
    """What has only one side is told, and mending takes that away, and nothing else."""
    async with library(tmp_path) as lib:
        kept, gone = await lib.add([1, 2])
        orphan = await lib.store(3)
        lib.originals.path(gone).unlink()
        assert await lib.flaws() == {orphan: Flaw.ORPHAN, gone: Flaw.MISSING}
        assert await lib.mend() == [True, True]
        assert await lib.flaws() == {}
        assert [entry.hash for entry in await lib.entries()] == [kept]


async def test_size_is_compared_at_first_sight(tmp_path: Path) -> None:
    """A file that was cut off is found without reading it; it may be all there is, so it stays."""
    async with library(tmp_path) as lib:
        (cut,) = await lib.add([12345])
        lib.originals.path(cut).write_bytes(b"123")
        assert await lib.flaws() == {cut: Flaw.WRONG_SIZE}
        assert await lib.mend() == [False]
        assert lib.originals.path(cut).read_bytes() == b"123"
        assert await lib.flaws() == {cut: Flaw.WRONG_SIZE}


async def test_other_bytes_of_the_same_size_are_found_by_reading(tmp_path: Path) -> None:
    """Only a deep check finds a flipped bit; that, too, is told and left alone."""
    async with library(tmp_path) as lib:
        flipped, _ = await lib.add([12345, 6])
        lib.originals.path(flipped).write_bytes(b"12344")
        assert await lib.flaws() == {}
        assert await lib.flaws(deep=True) == {flipped: Flaw.WRONG_HASH}
        assert await lib.mend() == [False]
        assert lib.originals.path(flipped).exists()


async def test_only_old_orphans_are_garbage(tmp_path: Path) -> None:
    """An orphan goes once it has the age, a younger one stays, and an original with a record stays at any age."""
    async with library(tmp_path) as lib:
        (kept,) = await lib.add([1])
        old, young = await lib.store(22), await lib.store(333)
        for sha256, mtime_s in ((kept, 100), (old, 900), (young, 901)):
            os.utime(lib.originals.path(sha256), (mtime_s, mtime_s))
        removed = await remove_orphans(lib.database, lib.originals, older_than_s=100, now_s=1000)
        assert removed == Removed(count=1, size_bytes=2)
        assert await lib.flaws() == {young: Flaw.ORPHAN}


async def test_record_of_an_evicted_variant_is_garbage(tmp_path: Path) -> None:
    """Records without a file go, those with one stay."""
    async with library(tmp_path) as lib:
        files = [await lib.make_variant(await lib.store(number), await lib.record(number)) for number in (1, 2)]
        files[0].unlink()
        assert await remove_variant_records(lib.database, lib.variants) == Removed(count=1)
        left = await lib.database.read(hash_rows.variant_keys_after, "", limit=10)
        assert left == [f"{files[1].parent.name}/{PLAN}"]


async def test_variants_of_deleted_images_are_garbage(tmp_path: Path) -> None:
    """Files go whose library image is gone; those of drop-in files, and those not recorded yet, stay."""
    async with library(tmp_path) as lib:
        gone = await lib.make_variant("f" * 64, 1, is_recorded=False)
        drop_in = await lib.make_variant("d" * 32, 1, is_recorded=False)
        fresh = await lib.make_variant(await lib.store(1), await lib.record(1), is_recorded=False)
        assert await remove_variant_files(lib.database, lib.variants) == Removed(count=1, size_bytes=7)
        assert [path.exists() for path in (gone, drop_in, fresh)] == [False, True, True]


async def test_library_without_variants_has_no_garbage(tmp_path: Path) -> None:
    """A folder of variants that was never made is none to clean."""
    async with library(tmp_path) as lib:
        assert await remove_variant_files(lib.database, lib.variants) == Removed(count=0)
