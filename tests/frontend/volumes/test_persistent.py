"""The persistent volume: what it accepts, what it keeps, and that its books are true."""

from __future__ import annotations

import hashlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trio
import trio.testing

from frontend.volumes.errors import VolumeFullError
from frontend.volumes.incoming import StoredOriginal
from frontend.volumes.persistent import PersistentVolume
from shared.errors import TooLargeError
from shared.image_address import ImageAddress, VolumeKind
from tests.frontend.volumes.disks import files_below

ANY_SIZE = 1 << 30
BYTES = b"the bytes of a picture"
HASH = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the volume lies."""
    return tmp_path / "data" / "pvol"


@pytest.fixture
async def volume(folder: Path) -> AsyncIterator[PersistentVolume]:
    """A volume without limits."""
    async with PersistentVolume.open(folder, max_bytes=0, max_entries=0) as volume:
        yield volume


@asynccontextmanager
async def limited(folder: Path, *, max_bytes: int = 0, max_entries: int = 0) -> AsyncIterator[PersistentVolume]:
    """A volume with limits."""
    async with PersistentVolume.open(folder, max_bytes=max_bytes, max_entries=max_entries) as volume:
        yield volume


async def store(volume: PersistentVolume, *chunks: bytes) -> StoredOriginal:
    """Receive and commit."""
    async with volume.receive(max_bytes=ANY_SIZE) as incoming:
        for chunk in chunks:
            await incoming.write(chunk)
        return await incoming.commit()


def assert_books_are_true(volume: PersistentVolume, folder: Path) -> None:
    """What the volume says it holds is what lies there, and nothing else does."""
    sizes = files_below(folder).values()
    statistics = volume.statistics()
    assert (statistics.entries, statistics.bytes, statistics.reserved_bytes) == (len(sizes), sum(sizes), 0)


async def test_original_lies_under_its_hash(volume: PersistentVolume, folder: Path) -> None:
    """Bytes written in pieces are hashed, counted and found again under the SHA-256 of all of them."""
    stored = await store(volume, BYTES[:5], b"", BYTES[5:])
    assert stored == StoredOriginal(
        address=ImageAddress(VolumeKind.PERSISTENT, HASH), hash=HASH, size_bytes=len(BYTES), is_new=True
    )
    assert volume.path(HASH) == folder / HASH[:2] / HASH[2:4] / HASH
    assert volume.path(HASH).read_bytes() == BYTES
    assert_books_are_true(volume, folder)


async def test_bytes_can_be_read_before_they_are_accepted(volume: PersistentVolume) -> None:
    """A worker can decode what has been written; until the commit nobody else finds it."""
    async with volume.receive(max_bytes=ANY_SIZE) as incoming:
        await incoming.write(BYTES)
        assert incoming.path.read_bytes() == BYTES
        assert (incoming.hash, incoming.size_bytes) == (HASH, len(BYTES))
        assert not await volume.exists(HASH)
        assert volume.statistics().reserved_bytes == len(BYTES)
        await incoming.commit()
        assert await volume.exists(HASH)


async def test_same_bytes_are_stored_once(volume: PersistentVolume, folder: Path) -> None:
    """The second time they are not new, and the file that was there is left as it is."""
    await store(volume, BYTES)
    first = await volume.stat(HASH)
    stored = await store(volume, BYTES)
    assert (stored.is_new, stored.hash) == (False, HASH)
    assert await volume.stat(HASH) == first
    assert_books_are_true(volume, folder)


async def test_same_bytes_at_the_same_time_are_stored_once(volume: PersistentVolume, folder: Path) -> None:
    """Of any number of receivers one stores, and the others hear that it is there."""
    outcomes: list[bool] = []

    async def receive() -> None:
        outcomes.append((await store(volume, BYTES)).is_new)

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(receive)
    assert sorted(outcomes) == [False] * 9 + [True]
    assert_books_are_true(volume, folder)


async def test_leaving_without_a_commit_leaves_nothing(volume: PersistentVolume, folder: Path) -> None:
    """An upload that is given up, that fails or that is cancelled takes no room afterwards."""
    async with volume.receive(max_bytes=ANY_SIZE) as incoming:
        await incoming.write(BYTES)
    with suppress(ZeroDivisionError):
        async with volume.receive(max_bytes=ANY_SIZE) as incoming:
            await incoming.write(BYTES)
            raise ZeroDivisionError
    with trio.CancelScope() as scope:
        async with volume.receive(max_bytes=ANY_SIZE) as incoming:
            await incoming.write(BYTES)
            scope.cancel()
            await incoming.commit()
    assert scope.cancelled_caught
    assert files_below(folder) == {}
    assert_books_are_true(volume, folder)


async def test_commit_that_the_disk_works_on_is_carried_through(volume: PersistentVolume, folder: Path) -> None:
    """Cancelled while a thread makes it durable, an original is stored and booked, not half of each."""
    with trio.CancelScope() as scope:
        async with volume.receive(max_bytes=ANY_SIZE) as incoming:
            await incoming.write(BYTES)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(incoming.commit)
                await trio.testing.wait_all_tasks_blocked(0)
                scope.cancel()
    assert await volume.exists(HASH)
    assert_books_are_true(volume, folder)


async def test_file_above_its_limit_is_refused(volume: PersistentVolume, folder: Path) -> None:
    """The byte that is one too many ends the upload; as many as are allowed do not."""
    async with volume.receive(max_bytes=len(BYTES)) as incoming:
        await incoming.write(BYTES)
        with pytest.raises(TooLargeError, match=f"more than {len(BYTES)} bytes"):
            await incoming.write(b"!")
        with pytest.raises(ValueError, match="could not be written"):
            await incoming.commit()
    assert files_below(folder) == {}
    assert_books_are_true(volume, folder)


async def test_nothing_follows_a_commit(volume: PersistentVolume) -> None:
    """An original is committed once, and is complete then."""
    async with volume.receive(max_bytes=ANY_SIZE) as incoming:
        await incoming.write(BYTES)
        await incoming.commit()
        with pytest.raises(ValueError, match="is committed"):
            await incoming.write(b"more")
        with pytest.raises(ValueError, match="is committed"):
            await incoming.commit()
    assert volume.path(HASH).read_bytes() == BYTES


async def test_volume_is_full_at_its_limit_of_bytes(folder: Path) -> None:
    """It can be filled to the last byte; one more is refused, and a deletion makes room again."""
    async with limited(folder, max_bytes=100) as volume:
        first = await store(volume, b"a" * 60)
        with pytest.raises(VolumeFullError, match="limit is 100"):
            await store(volume, b"b" * 41)
        await store(volume, b"b" * 40)
        assert volume.statistics().bytes == 100
        await volume.delete(first.hash)
        await store(volume, b"c" * 60)
        assert_books_are_true(volume, folder)


async def test_volume_is_full_at_its_limit_of_entries(folder: Path) -> None:
    """The entry that is one too many is refused before a byte of it is taken."""
    async with limited(folder, max_entries=2) as volume:
        await store(volume, b"a")
        async with volume.receive(max_bytes=ANY_SIZE):
            with pytest.raises(VolumeFullError, match="limit is 2"):
                await store(volume, b"b")
        await store(volume, b"b")
        assert_books_are_true(volume, folder)


async def test_concurrent_receivers_never_exceed_the_limits(folder: Path) -> None:
    """Whatever twenty receivers store, give up and delete at once, no more is ever held than is allowed."""
    dice = random.Random(5)
    refused = 0

    async def receive(volume: PersistentVolume, number: int) -> None:
        nonlocal refused
        for turn in range(6):
            chunks = [bytes([number, turn]) * dice.randrange(1, 300) for _ in range(4)]
            try:
                async with volume.receive(max_bytes=ANY_SIZE) as incoming:
                    for chunk in chunks:
                        await incoming.write(chunk)
                        statistics = volume.statistics()
                        assert statistics.bytes + statistics.reserved_bytes <= 10_000
                    if dice.random() < 0.3:
                        continue
                    stored = await incoming.commit()
                if dice.random() < 0.5:
                    await volume.delete(stored.hash)
            except VolumeFullError:
                refused += 1

    async with limited(folder, max_bytes=10_000, max_entries=12) as volume:
        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(receive, volume, number)
        assert refused
        assert_books_are_true(volume, folder)


async def test_deleted_original_is_gone(volume: PersistentVolume, folder: Path) -> None:
    """Deleting says whether there was something, once, and gives back its room."""
    await store(volume, BYTES)
    assert await volume.delete(HASH)
    assert not await volume.delete(HASH)
    assert not await volume.exists(HASH)
    assert_books_are_true(volume, folder)


async def test_stat_tells_the_version_of_the_file(volume: PersistentVolume) -> None:
    """Size, time and inode are those that a worker will find."""
    assert await volume.stat(HASH) is None
    await store(volume, BYTES)
    stamp, status = await volume.stat(HASH), volume.path(HASH).stat()
    assert stamp is not None
    assert (stamp.size_bytes, stamp.mtime_ns, stamp.inode) == (len(BYTES), status.st_mtime_ns, status.st_ino)


@pytest.mark.parametrize("name", ["", "a" * 63, "a" * 65, "A" * 64, "../" + "a" * 61, "a" * 63 + "\n", "é" * 64])
async def test_only_a_hash_names_an_original(volume: PersistentVolume, name: str) -> None:
    """No other text ever becomes a path."""
    with pytest.raises(ValueError, match="is no SHA-256"):
        volume.path(name)
    with pytest.raises(ValueError, match="is no SHA-256"):
        await volume.delete(name)


async def test_iterating_meets_every_original_once(volume: PersistentVolume, folder: Path) -> None:
    """All come, sorted by hash, each with its version; what only lies around among them does not."""
    stored = [await store(volume, bytes([number]) * 10) for number in range(50)]
    some = stored[0].hash
    (folder / "notes.txt").touch()
    (folder / some[:2] / some[2:4] / ("f" * 64)).touch()
    (folder / some[:2] / "zz").mkdir()
    async with volume.receive(max_bytes=ANY_SIZE):
        found = [original async for original in volume.iterate()]
    assert [sha256 for sha256, _ in found] == sorted(original.hash for original in stored)
    assert found[7][1] == await volume.stat(found[7][0])


async def test_opening_again_counts_what_is_there(folder: Path) -> None:
    """A restart keeps every original and knows their number and bytes; the limits hold on."""
    async with limited(folder) as volume:
        for number in range(20):
            await store(volume, bytes([number]) * (number + 1))
        before = volume.statistics()
    async with limited(folder, max_bytes=210) as volume:
        after = volume.statistics()
        assert (after.entries, after.bytes) == (before.entries, before.bytes) == (20, 210)
        with pytest.raises(VolumeFullError):
            await store(volume, b"!")


async def test_opening_again_removes_what_was_unfinished(folder: Path) -> None:
    """The torn files of a crash go; foreign ones are left alone and not counted."""
    async with limited(folder) as volume:
        await store(volume, BYTES)
    (folder / "incoming" / "torn").write_bytes(b"half of a pict")
    (folder / "notes.txt").write_bytes(b"of the administrator")
    async with limited(folder) as volume:
        statistics = volume.statistics()
    assert sorted(files_below(folder)) == [f"{HASH[:2]}/{HASH[2:4]}/{HASH}", "notes.txt"]
    assert (statistics.entries, statistics.bytes) == (1, len(BYTES))


async def test_data_folder_may_be_a_link(tmp_path: Path) -> None:
    """Who keeps the data on another disk links to it, and the volume opens there."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data").symlink_to("elsewhere")
    async with PersistentVolume.open(tmp_path / "data" / "pvol", max_bytes=0, max_entries=0) as volume:
        async with volume.receive(max_bytes=10) as incoming:
            await incoming.write(b"bytes")
            stored = await incoming.commit()
        assert await volume.exists(stored.hash)
