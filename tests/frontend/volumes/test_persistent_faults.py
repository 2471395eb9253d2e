"""The persistent volume on a disk that fails: nothing half-written, true books, and no restart to recover."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio.testing

from frontend.volumes.disk_state import RETRY_AFTER_S
from frontend.volumes.errors import VolumeError, VolumeFullError
from frontend.volumes.persistent import PersistentVolume
from tests.frontend.volumes.disks import FaultyCalls, files_below, is_folder_sync, longest_file, small_disk
from tests.frontend.volumes.test_persistent import ANY_SIZE, BYTES, HASH, assert_books_are_true, store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the volume lies."""
    return tmp_path / "pvol"


@pytest.fixture
async def volume(folder: Path) -> AsyncIterator[PersistentVolume]:
    """A volume without limits of its own."""
    async with PersistentVolume.open(folder, max_bytes=0, max_entries=0) as volume:
        yield volume


async def test_original_is_durable_before_it_is_acknowledged(
    volume: PersistentVolume, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders, then the bytes, then the name, then the folder of the name: power may fail between any two."""
    async with volume.receive(max_bytes=ANY_SIZE) as incoming:
        await incoming.write(BYTES)
        calls = FaultyCalls(monkeypatch)
        await incoming.commit()
    assert calls.seen == [
        f"mkdir folder {HASH[:2]}",
        "fsync folder pvol",
        f"mkdir folder {HASH[2:4]}",
        f"fsync folder {HASH[:2]}",
        f"fsync file {incoming.path.name}",
        f"rename file {HASH}",
        f"fsync folder {HASH[2:4]}",
    ]


async def test_bytes_that_were_there_are_made_durable_too(
    volume: PersistentVolume, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who stored them first may have been killed before they were safe: they are synced before we say so again."""
    await store(volume, BYTES)
    calls = FaultyCalls(monkeypatch)
    await store(volume, BYTES)
    assert calls.seen[:2] == [f"fsync file {HASH}", f"fsync folder {HASH[2:4]}"]


async def test_deletion_is_durable(volume: PersistentVolume, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture that somebody wanted gone does not come back after a power loss."""
    await store(volume, BYTES)
    calls = FaultyCalls(monkeypatch)
    await volume.delete(HASH)
    assert calls.seen[-1] == f"fsync folder {HASH[2:4]}"


@pytest.mark.parametrize("failing", ["fsync", "rename", "mkdir"])
async def test_failed_commit_leaves_nothing(
    volume: PersistentVolume, folder: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """At whichever step the disk fails, the volume is as it was, and the next commit finds nothing in its way."""
    calls = FaultyCalls(monkeypatch)
    calls.fail(lambda call, _path: call == failing)
    with pytest.raises(VolumeError, match="Input/output error"):
        await store(volume, BYTES)
    assert files_below(folder) == {}
    assert_books_are_true(volume, folder)
    assert volume.statistics().reason == "Input/output error"
    calls.work()
    await store(volume, BYTES)
    assert volume.statistics().reason is None
    assert_books_are_true(volume, folder)


async def test_name_that_is_not_durable_is_taken_back(
    volume: PersistentVolume, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When only the last step fails, the file that has its name already goes again."""
    await store(volume, BYTES)
    await volume.delete(HASH)  # its folders are known to be durable from here on
    calls = FaultyCalls(monkeypatch)
    calls.fail(is_folder_sync)
    with pytest.raises(VolumeError):
        await store(volume, BYTES)
    assert files_below(folder) == {}
    assert_books_are_true(volume, folder)


async def test_file_that_cannot_be_taken_back_is_booked(
    volume: PersistentVolume, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client hears of a failure; the books say what lies there all the same."""
    await store(volume, BYTES)
    await volume.delete(HASH)
    calls = FaultyCalls(monkeypatch)
    calls.fail(lambda call, path: call == "unlink" or is_folder_sync(call, path))
    with pytest.raises(VolumeError):
        await store(volume, BYTES)
    assert list(files_below(folder).values()) == [len(BYTES)]
    assert_books_are_true(volume, folder)


async def test_unfinished_file_that_cannot_be_removed_keeps_its_room(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies on the disk is not given away twice; once it can be removed, the next upload has the room."""
    async with PersistentVolume.open(folder, max_bytes=30, max_entries=1) as volume:
        calls = FaultyCalls(monkeypatch)
        calls.fail(lambda call, _path: call == "unlink")
        async with volume.receive(max_bytes=ANY_SIZE) as incoming:
            await incoming.write(BYTES)
        assert list(files_below(folder).values()) == [len(BYTES)]
        assert volume.statistics().reserved_bytes == len(BYTES)
        with pytest.raises(VolumeFullError):
            await store(volume, b"some other bytes")
        calls.work()
        await store(volume, b"some other bytes")
        assert_books_are_true(volume, folder)


async def test_failed_deletion_keeps_the_original(
    volume: PersistentVolume, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be deleted is there and counted."""
    await store(volume, BYTES)
    calls = FaultyCalls(monkeypatch)
    calls.fail(lambda call, _path: call == "unlink")
    with pytest.raises(VolumeError):
        await volume.delete(HASH)
    assert await volume.exists(HASH)
    assert_books_are_true(volume, folder)


async def test_original_of_the_wrong_length_is_replaced(volume: PersistentVolume, folder: Path) -> None:
    """Uploading the bytes again mends a file that something has cut short."""
    await store(volume, BYTES)
    volume.path(HASH).write_bytes(BYTES[:7])
    async with PersistentVolume.open(folder, max_bytes=0, max_entries=0) as again:
        assert again.statistics().bytes == 7
        await store(again, BYTES)
        assert volume.path(HASH).read_bytes() == BYTES
        assert_books_are_true(again, folder)


async def test_folder_that_vanished_is_made_anew(volume: PersistentVolume, folder: Path) -> None:
    """Somebody who cleans up empty folders stops nothing."""
    stored = await store(volume, BYTES)
    await volume.delete(stored.hash)
    for empty in (folder / HASH[:2] / HASH[2:4], folder / HASH[:2], folder / "incoming"):
        empty.rmdir()
    await store(volume, BYTES)
    assert_books_are_true(volume, folder)


async def test_something_in_the_way_is_an_error_of_the_storage(volume: PersistentVolume, folder: Path) -> None:
    """A file where a folder should be fails what needs it, and only that."""
    (folder / HASH[:2]).touch()
    with pytest.raises(VolumeError):
        await store(volume, BYTES)
    assert not await volume.exists(HASH)
    (folder / HASH[:2]).unlink()
    await store(volume, BYTES)
    assert_books_are_true(volume, folder)


async def test_folder_that_cannot_be_used_fails_the_start(tmp_path: Path) -> None:
    """A volume that cannot be counted is not opened."""
    (tmp_path / "file").touch()
    with pytest.raises(VolumeError):
        async with PersistentVolume.open(tmp_path / "file" / "pvol", max_bytes=0, max_entries=0):
            raise AssertionError("it was opened")


async def test_quota_of_the_system_is_a_full_volume(volume: PersistentVolume, folder: Path) -> None:
    """Bytes that the system refuses are a full storage for the client; others are stored at once."""
    with longest_file(1 << 20):
        with pytest.raises(VolumeFullError):
            await store(volume, bytes(1 << 20), b"one more")
        assert files_below(folder) == {}
        await store(volume, bytes(1 << 20))
        assert_books_are_true(volume, folder)


async def test_nothing_can_be_committed_after_a_refused_write(volume: PersistentVolume, folder: Path) -> None:
    """A file with a hole is never accepted, also if the error was caught and the rest fits."""
    with longest_file(1 << 20):
        async with volume.receive(max_bytes=ANY_SIZE) as incoming:
            with pytest.raises(VolumeFullError):
                await incoming.write(bytes(3 << 19))
            with pytest.raises(ValueError, match="could not be written"):
                await incoming.write(b"rest")
            with pytest.raises(ValueError, match="could not be written"):
                await incoming.commit()
    assert files_below(folder) == {}


async def test_full_disk_is_a_full_volume(tmp_path: Path) -> None:
    """On a real disk without room the upload is refused and leaves nothing; with room, the next is stored."""
    with small_disk(tmp_path / "small", options="size=256k") as disk:
        folder = disk.folder / "pvol"
        async with PersistentVolume.open(folder, max_bytes=0, max_entries=0) as volume:
            first = await store(volume, b"a" * 100_000)
            with pytest.raises(VolumeFullError, match="No space left"):
                await store(volume, *[b"b" * 10_000] * 20)
            assert volume.statistics().reason == "No space left on device"
            assert_books_are_true(volume, folder)
            await volume.delete(first.hash)
            await store(volume, *[b"b" * 10_000] * 20)
            assert_books_are_true(volume, folder)


async def test_disk_without_inodes_is_a_full_volume(tmp_path: Path) -> None:
    """When there are bytes left and no folder can be made, the commit fails and leaves nothing."""
    with small_disk(tmp_path / "small", options="nr_inodes=5") as disk:
        folder = disk.folder / "pvol"
        async with PersistentVolume.open(folder, max_bytes=0, max_entries=0) as volume:
            # The root, pvol, incoming, the file: one inode is left, and two folders are needed.
            with pytest.raises(VolumeFullError):
                await store(volume, BYTES)
            assert_books_are_true(volume, folder)
            assert disk.mount("remount,nr_inodes=50")
            await store(volume, BYTES)
            assert_books_are_true(volume, folder)


async def test_read_only_disk_serves_and_stores_nothing(tmp_path: Path) -> None:
    """Originals are found on a disk that has become read-only; it is told apart from a full one, and recovers."""
    with small_disk(tmp_path / "small", options="size=1m") as disk:
        folder = disk.folder / "pvol"
        async with PersistentVolume.open(folder, max_bytes=0, max_entries=0) as volume:
            await store(volume, BYTES)
            assert disk.mount("remount,ro")
            for attempt in (store(volume, b"more"), volume.delete(HASH)):
                with pytest.raises(VolumeError, match="Read-only") as caught:
                    await attempt
                assert type(caught.value) is VolumeError
            assert await volume.exists(HASH)
            assert disk.mount("remount,rw")
            await store(volume, b"more")
            assert_books_are_true(volume, folder)


async def test_reason_is_told_for_a_while(
    volume: PersistentVolume, monkeypatch: pytest.MonkeyPatch, mock_clock: trio.testing.MockClock
) -> None:
    """A failure that nobody has met again for half a minute is no longer the state of the disk."""
    calls = FaultyCalls(monkeypatch)
    calls.fail(lambda call, _path: call == "fsync")
    with pytest.raises(VolumeError):
        await store(volume, BYTES)
    assert volume.statistics().reason is not None
    mock_clock.jump(RETRY_AFTER_S)
    assert volume.statistics().reason is None


def test_hash_is_that_of_the_bytes() -> None:
    """What these tests call the hash is the SHA-256."""
    assert hashlib.sha256(BYTES).hexdigest() == HASH
