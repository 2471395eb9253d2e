"""The ephemeral volume on a disk that fails: it serves what it has, stores nothing, says so, and recovers."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
import trio.testing
from structlog.testing import capture_logs

from frontend.volumes.disk_state import RETRY_AFTER_S
from frontend.volumes.errors import VolumeError
from tests.frontend.volumes.disks import FaultyCalls, files_below, longest_file, small_disk
from tests.frontend.volumes.test_ephemeral import CAT, Volume, key, opened

MIB = 1 << 20


@pytest.fixture
async def volume(tmp_path: Path, mock_clock: trio.testing.MockClock) -> AsyncIterator[Volume]:
    """A volume that holds one variant already, in a time that stands still."""
    assert mock_clock.rate == 0
    async with opened(tmp_path / "evol") as volume:
        await volume.indexed()
        await volume.put(key(0), b"stored in better days")
        yield volume


async def assert_serves_and_stores_nothing(volume: Volume, *, reason: str) -> None:
    """What a degraded volume does, and what it says of itself."""
    assert await volume.body(key(0)) == b"stored in better days"
    assert not await volume.put(key(7), b"anything")
    statistics = volume.it.statistics()
    assert (statistics.is_degraded, statistics.reason) == (True, reason)
    volume.assert_books_are_true()


async def assert_recovers(volume: Volume, clock: trio.testing.MockClock) -> None:
    """After its rest it tries once more, and stores again."""
    assert not await volume.put(key(1))
    clock.jump(RETRY_AFTER_S)
    assert await volume.put(key(1), b"after")
    assert await volume.body(key(1)) == b"after"
    assert not volume.it.statistics().is_degraded
    volume.assert_books_are_true()


async def test_quota_of_the_system_degrades(volume: Volume, mock_clock: trio.testing.MockClock) -> None:
    """Bytes that the system refuses leave no file; gets go on."""
    with longest_file(MIB):
        assert not await volume.put(key(1), bytes(2 * MIB))
    await assert_serves_and_stores_nothing(volume, reason="File too large")
    await assert_recovers(volume, mock_clock)


async def test_full_disk_degrades(tmp_path: Path, mock_clock: trio.testing.MockClock) -> None:
    """On a real disk without room nothing more is stored until there is room again."""
    with small_disk(tmp_path / "small", options="size=256k") as disk:
        async with opened(disk.folder / "evol") as volume:
            await volume.indexed()
            await volume.put(key(0), b"stored in better days")
            (disk.folder / "somebody else's").write_bytes(bytes(220_000))
            assert not await volume.put(key(1), bytes(50_000))
            await assert_serves_and_stores_nothing(volume, reason="No space left on device")
            (disk.folder / "somebody else's").unlink()
            await assert_recovers(volume, mock_clock)


async def test_read_only_disk_degrades(tmp_path: Path, mock_clock: trio.testing.MockClock) -> None:
    """A disk that has become read-only is served from, and deletions on it fail loudly."""
    with small_disk(tmp_path / "small", options="size=1m") as disk:
        async with opened(disk.folder / "evol") as volume:
            await volume.indexed()
            await volume.put(key(0), b"stored in better days")
            assert disk.mount("remount,ro")
            assert not await volume.put(key(1))
            await assert_serves_and_stores_nothing(volume, reason="Read-only file system")
            with pytest.raises(VolumeError, match="Read-only"):
                await volume.it.delete_image(CAT)
            assert await volume.it.get(key(0)) is None
            assert disk.mount("remount,rw")
            mock_clock.jump(RETRY_AFTER_S)
            assert await volume.put(key(1))
            assert not volume.path(key(0)).exists()
            volume.assert_books_are_true()


@pytest.mark.parametrize("failing", ["rename", "mkdir"])
async def test_file_that_gets_no_name_is_removed(
    volume: Volume, monkeypatch: pytest.MonkeyPatch, mock_clock: trio.testing.MockClock, failing: str
) -> None:
    """A put that fails at its last step leaves nothing, and the earlier variant of that key as it was."""
    calls = FaultyCalls(monkeypatch)
    calls.fail(lambda call, _path: call == failing)
    # Another image: its folder is missing.
    assert not await volume.put(key(1, image="0" * 32))
    await assert_serves_and_stores_nothing(volume, reason="Input/output error")
    calls.work()
    await assert_recovers(volume, mock_clock)


async def test_evicted_file_that_stays_is_removed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mock_clock: trio.testing.MockClock
) -> None:
    """What cannot be removed is not given out, and is tried again with the next put."""
    async with opened(tmp_path / "evol", capacity_entries=10) as volume:
        await volume.indexed()
        for number in range(10):
            await volume.put(key(number))
        calls = FaultyCalls(monkeypatch)
        calls.fail(lambda call, _path: call == "unlink")
        assert await volume.put(key(10))
        assert volume.it.statistics().entries == 10
        assert len(files_below(volume.folder)) == 11
        assert volume.it.statistics().is_degraded
        calls.work()
        mock_clock.jump(RETRY_AFTER_S)
        assert await volume.put(key(11))
        volume.assert_books_are_true()


async def test_doomed_file_that_is_put_again_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variant that was to be removed, could not be, and was made anew is not removed any more."""
    async with opened(tmp_path / "evol") as volume:
        await volume.indexed()
        await volume.put(key(1), b"old")
        calls = FaultyCalls(monkeypatch)
        calls.fail(lambda call, _path: call == "unlink")
        with pytest.raises(VolumeError):
            await volume.it.delete(key(1))
        calls.work()
        volume.it._disk.worked()
        assert await volume.put(key(1), b"new")
        assert await volume.put(key(2))
        assert await volume.body(key(1)) == b"new"
        volume.assert_books_are_true()


async def test_unreadable_file_is_a_miss_and_heals(volume: Volume) -> None:
    """An error in reading is counted; the variant made in its place is stored over it."""
    volume.path(key(0)).unlink()
    volume.path(key(0)).symlink_to("elsewhere")
    assert await volume.it.get(key(0)) is None
    statistics = volume.it.statistics()
    assert (statistics.misses, statistics.errors, statistics.is_degraded) == (1, 1, False)
    assert await volume.put(key(0), b"made anew")
    assert await volume.body(key(0)) == b"made anew"
    volume.assert_books_are_true()


async def test_folder_that_vanished_is_made_anew(volume: Volume) -> None:
    """Somebody who empties the folder by hand costs some misses and stops nothing."""
    os.rename(volume.folder, volume.folder.with_name("elsewhere"))
    assert await volume.it.get(key(0)) is None
    assert await volume.put(key(0), b"made anew")
    assert await volume.body(key(0)) == b"made anew"
    volume.assert_books_are_true()


async def test_folder_that_cannot_be_used_is_a_degraded_volume(
    tmp_path: Path, mock_clock: trio.testing.MockClock
) -> None:
    """The server starts without it, and uses it once it can."""
    (tmp_path / "evol").touch()
    async with opened(tmp_path / "evol") as volume:
        await volume.indexed()
        assert await volume.it.get(key(0)) is None
        assert not await volume.put(key(0))
        assert volume.it.statistics().reason == "Not a directory"
        (tmp_path / "evol").unlink()
        mock_clock.jump(RETRY_AFTER_S)
        assert await volume.put(key(0))
        assert await volume.body(key(0)) == b"body"


async def test_log_of_a_failing_disk_is_bounded(volume: Volume, mock_clock: trio.testing.MockClock) -> None:
    """Many puts and damaged files on one bad disk are a line or two each half minute, not one each."""
    with capture_logs() as lines, longest_file(MIB):
        async with trio.open_nursery() as nursery:
            for number in range(1, 20):
                nursery.start_soon(volume.put, key(number), bytes(2 * MIB))
        for _ in range(3):
            mock_clock.jump(RETRY_AFTER_S)
            assert not await volume.put(key(1), bytes(2 * MIB))
            assert not await volume.put(key(2), bytes(2 * MIB))
    assert [line["event"] for line in lines] == ["volume.degraded"] * 4
    assert volume.it.statistics().errors >= 4
