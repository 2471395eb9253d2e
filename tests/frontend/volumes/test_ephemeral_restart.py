"""The ephemeral volume over a restart: found again without being read, and served while it is found."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import trio

from frontend.volumes.variant_file import HEAD_BYTES
from tests.frontend.volumes.disks import files_below
from tests.frontend.volumes.test_ephemeral import CAT, Volume, key, opened

FILE_BYTES = HEAD_BYTES + 100


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """Where an earlier process left twenty variants, the one with the lowest number the longest ago."""
    folder = tmp_path / "evol"
    async with opened(folder) as volume:
        await volume.indexed()
        for number in range(20):
            await volume.put(key(number, image=f"{number % 7:032x}"), bytes([number]) * 100)
            os.utime(path_of(volume, number), (1000 + number, 1000 + number))
    return folder


def path_of(volume: Volume, number: int) -> Path:
    """Where the variant of this number lies."""
    return volume.path(key(number, image=f"{number % 7:032x}"))


async def numbers(volume: Volume) -> list[int]:
    """Which variants are given out. To ask puts right whatever the books had wrong: check them before."""
    held = []
    for number in range(20):
        body = await volume.body(key(number, image=f"{number % 7:032x}"))
        if body is not None:
            assert body == bytes([number]) * 100
            held.append(number)
    return held


async def before_it_is_indexed(volume: Volume, act: Callable[[], Awaitable[object]]) -> None:
    """Do something after the search has found the files and before any of them is in the index."""
    async with trio.open_nursery() as nursery, volume.naming:
        nursery.start_soon(act)
        await volume.waits(1)
        # That is the first in the line; the second is the search, when it is done.
        await volume.waits(2)
    await volume.indexed()


async def test_variants_are_kept(folder: Path) -> None:
    """All are given out, counted to the byte, and none is evicted."""
    async with opened(folder) as volume:
        await volume.indexed()
        volume.assert_books_are_true()
        assert await numbers(volume) == list(range(20))
        statistics = volume.it.statistics()
        assert (statistics.entries, statistics.bytes, statistics.evictions) == (20, 20 * FILE_BYTES, 0)


async def test_variants_are_given_out_before_they_are_indexed(folder: Path) -> None:
    """A volume serves from the moment it is open."""
    async with opened(folder) as volume:
        async with volume.naming:
            assert await numbers(volume) == list(range(20))
            assert not await volume.it.get(key(99))
            assert (volume.it.statistics().is_indexing, volume.it.statistics().entries) == (True, 0)
        await volume.indexed()
        volume.assert_books_are_true()


async def test_files_are_not_read_to_be_indexed(folder: Path) -> None:
    """Their names and sizes are enough: a damaged one is found only when it is asked for."""
    async with opened(folder) as volume:
        path_of(volume, 3).write_bytes(bytes(FILE_BYTES))
        await volume.indexed()
        assert volume.it.statistics().entries == 20
        assert await numbers(volume) == [number for number in range(20) if number != 3]
        volume.assert_books_are_true()


async def test_the_longest_unused_go_first(folder: Path) -> None:
    """A volume that has become smaller keeps what was last used; reading counts as use, where it is recorded."""
    status = (folder / "00" / f"{0:032x}" / f"{0:032x}").stat()
    os.utime(folder / "00" / f"{0:032x}" / f"{0:032x}", ns=(2000 * 10**9, status.st_mtime_ns))
    async with opened(folder, capacity_entries=5) as volume:
        await volume.indexed()
        volume.assert_books_are_true()
        assert await numbers(volume) == [0, 16, 17, 18, 19]
        assert volume.it.statistics().evictions == 15
    async with opened(folder, capacity_bytes=3 * FILE_BYTES * 10) as volume:
        await volume.indexed()
        assert await numbers(volume) == [0, 16, 17, 18, 19]


async def test_volume_turned_off_empties_its_folder(folder: Path) -> None:
    """No bytes allowed are no bytes used."""
    async with opened(folder, capacity_bytes=0) as volume:
        await volume.indexed()
        assert files_below(folder) == {}
        volume.assert_books_are_true()


async def test_full_volume_evicts_after_a_restart_as_before(folder: Path) -> None:
    """What is put into a volume that is full of old files displaces the oldest."""
    async with opened(folder, capacity_entries=20) as volume:
        await volume.indexed()
        await volume.put(key(99), b"new")
        volume.assert_books_are_true()
        assert await numbers(volume) == list(range(1, 20))


async def test_unfinished_files_are_removed(folder: Path) -> None:
    """The torn files of a crash go before anything new is written."""
    (folder / "incoming").mkdir(exist_ok=True)
    (folder / "incoming" / "torn").write_bytes(b"half a head")
    async with opened(folder) as volume:
        assert not (folder / "incoming" / "torn").exists()
        await volume.indexed()
        volume.assert_books_are_true()


async def test_what_only_lies_around_is_left_alone(folder: Path) -> None:
    """A file that is not named like a variant is neither counted nor touched."""
    (folder / "notes.txt").touch()
    (folder / "00" / "notes.txt").touch()
    (folder / "00" / f"{0:032x}" / "notes.txt").touch()
    (folder / "00" / CAT).mkdir()
    (folder / "00" / CAT / ("b" * 32)).touch()
    async with opened(folder) as volume:
        await volume.indexed()
        assert volume.it.statistics().entries == 20
    assert len(files_below(folder)) == 24


async def test_what_was_deleted_meanwhile_is_not_indexed(folder: Path) -> None:
    """A file that was found and then deleted is not counted for ever as one that is there."""
    async with opened(folder) as volume:
        await before_it_is_indexed(volume, lambda: volume.it.delete(key(0, image=f"{0:032x}")))
        volume.assert_books_are_true()
        assert await numbers(volume) == list(range(1, 20))
    async with opened(folder) as volume:
        await before_it_is_indexed(volume, lambda: volume.it.delete_image(f"{1:032x}"))
        volume.assert_books_are_true()
        assert await numbers(volume) == [number for number in range(1, 20) if number % 7 != 1]


async def test_what_was_put_meanwhile_is_not_replaced(folder: Path) -> None:
    """A variant made anew while the old one was being found is counted with its own size."""
    async with opened(folder) as volume:
        again = key(0, image=f"{0:032x}")
        await before_it_is_indexed(volume, lambda: volume.put(again, b"made anew"))
        volume.assert_books_are_true()
        assert await volume.body(again) == b"made anew"


async def test_damaged_file_met_meanwhile_is_not_indexed(folder: Path) -> None:
    """What a get has removed is gone, whatever the search found before."""
    async with opened(folder) as volume:
        path_of(volume, 5).write_bytes(bytes(FILE_BYTES))
        await before_it_is_indexed(volume, lambda: volume.it.get(key(5, image=f"{5:032x}")))
        volume.assert_books_are_true()
        assert 5 not in await numbers(volume)


async def test_image_is_deleted_before_it_is_indexed(folder: Path) -> None:
    """All its variants go, known or not."""
    async with opened(folder) as volume:
        assert await volume.it.delete_image(f"{2:032x}") == 3
        await volume.indexed()
        volume.assert_books_are_true()
        assert await numbers(volume) == [number for number in range(20) if number % 7 != 2]


async def test_closing_ends_the_search(folder: Path) -> None:
    """A server that is stopped while it still searches stops, and loses nothing."""
    async with opened(folder) as volume:
        assert volume.it.statistics().is_indexing
    assert len(files_below(folder)) == 20
