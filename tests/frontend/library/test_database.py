"""Transactions in threads: cancelled, refused by the disk, killed."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from frontend.library import sqlite
from frontend.library.catalogue import FILE_NAME
from frontend.library.errors import CatalogueUnavailableError
from frontend.start_error import StartError
from tests.frontend.library.libraries import add_images, all_images, open_library

ADD_UNTIL_KILLED = """
import itertools, sys
from pathlib import Path
import trio
from tests.frontend.library.libraries import new_image, open_library

async def main():
    async with open_library(Path(sys.argv[1])) as catalogue:
        for number in itertools.count():
            image = await catalogue.add(new_image(number), tags=["a", "b"])
            print(image.filename, flush=True)

trio.run(main)
"""


def hold_write_lock(folder: Path) -> sqlite3.Connection:
    """Write as another process would, and do not finish."""
    other = sqlite3.connect(folder / FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


async def test_catalogue_is_for_its_owner(tmp_path: Path) -> None:
    """What is known of private images and of keys is read by nobody else, though all may enter the folder."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, [1])
        assert _modes(tmp_path) == {f"{FILE_NAME}{end}": 0o600 for end in ("", "-wal", "-shm")}


def _modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.glob(f"{FILE_NAME}*")}


async def test_acknowledged_means_synced(tmp_path: Path) -> None:
    """Every connection waits for the disk at commit, checks foreign keys, and reads while another writes."""
    async with open_library(tmp_path, threads=2) as catalogue:
        expected = {"synchronous": 2, "foreign_keys": 1, "journal_mode": "wal"}
        found = []

        async def ask(setting: str) -> None:
            value = await catalogue._database.read(
                lambda connection: connection.exec_driver_sql(f"PRAGMA {setting}").scalar()
            )
            found.append((setting, value))

        for _ in range(2):
            async with trio.open_nursery() as nursery:
                for setting in expected:
                    nursery.start_soon(ask, setting)
        assert sorted(found) == sorted([*expected.items()] * 2)


def test_killed_process_leaves_what_it_acknowledged(tmp_path: Path) -> None:
    """After ``kill -9`` in the middle of adding, every acknowledged image is there, and no half of another."""
    process = subprocess.Popen(
        [sys.executable, "-c", ADD_UNTIL_KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process:
        acknowledged = [process.stdout.readline().strip() for _ in range(20)]
        process.send_signal(signal.SIGKILL)
        acknowledged += process.stdout.read().split()

    async def check() -> None:
        async with open_library(tmp_path) as catalogue:
            found = await all_images(catalogue)
            assert [image.filename for image in found][: len(acknowledged)] == acknowledged
            assert len(found) <= len(acknowledged) + 1
            assert {image.tags for image in found} == {("a", "b")}
            assert await catalogue.tags() == {"a": len(found), "b": len(found)}

    trio.run(check)


async def test_cancelled_call_is_done_or_not_begun(tmp_path: Path) -> None:
    """One that is being done is waited for; one that waits for its turn is taken back."""
    async with open_library(tmp_path) as catalogue:
        await catalogue.count()
        other = hold_write_lock(tmp_path)
        with trio.CancelScope() as both:
            async with trio.open_nursery() as nursery:
                for number in (1, 2):
                    nursery.start_soon(partial(add_images, catalogue, [number], tags=["a", "b"]))
                    await wait_all_tasks_blocked()
                both.cancel()
                other.execute("ROLLBACK")
        (image,) = (await catalogue.page()).images
        assert (image.filename, image.tags) == ("image-0001.jpg", ("a", "b"))
        assert await catalogue.count() == 1
    other.close()


async def test_reading_goes_on_while_another_process_writes(tmp_path: Path) -> None:
    """A long transaction elsewhere keeps nobody from looking."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, [1], tags=["a"])
        other = hold_write_lock(tmp_path)
        other.execute("DELETE FROM image_tags")
        assert (await catalogue.get("image-0001.jpg")).tags == ("a",)
        assert await catalogue.count() == 1
        other.close()


async def test_database_that_stays_locked_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a bounded wait the call ends in an error that says why, to the log alone."""
    monkeypatch.setitem(sqlite.CONNECT_ARGS, "timeout", 0.01)
    async with open_library(tmp_path) as catalogue:
        other = hold_write_lock(tmp_path)
        with pytest.raises(CatalogueUnavailableError, match="OperationalError: database is locked") as caught:
            await add_images(catalogue, [1])
        assert (caught.value.status, caught.value.message) == (503, CatalogueUnavailableError.public_message)
        other.close()
        await add_images(catalogue, [1])


@pytest.mark.parametrize(
    ("setting", "cause"),
    [("query_only = ON", "attempt to write a readonly database"), ("max_page_count = 1", "disk is full")],
)
async def test_disk_that_takes_no_more_is_unavailable(tmp_path: Path, setting: str, cause: str) -> None:
    """Nothing is written by halves, and reading goes on."""
    async with open_library(tmp_path, threads=1) as catalogue:
        await add_images(catalogue, [1], tags=["a"])
        await catalogue._database.read(lambda connection: connection.exec_driver_sql(f"PRAGMA {setting}").close())
        with pytest.raises(CatalogueUnavailableError, match=cause):
            await add_images(catalogue, range(2, 1000), tags=["a"])
        found = await all_images(catalogue)
        assert [image.tags for image in found] == [("a",)] * await catalogue.count()
        assert await catalogue.tags() == {"a": len(found)}
        await catalogue.check()


async def test_damaged_file_is_unavailable(tmp_path: Path) -> None:
    """Bytes that were overwritten under the server are found out, and end no more than the call."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, range(200), tags=["a"])
    path = tmp_path / FILE_NAME
    content = path.read_bytes()
    # The tables' first pages stay, so that the start succeeds.
    path.write_bytes(content[: 25 * 4096] + b"\xa5" * (len(content) - 25 * 4096))
    async with open_library(tmp_path) as catalogue:
        for call in (catalogue.count, catalogue.random, catalogue.tags):
            with pytest.raises(CatalogueUnavailableError, match="malformed"):
                await call()


@pytest.mark.parametrize("content", [b"GIF89a" * 1000, b"SQLite format 3\x00" + b"\xff" * 4096])
async def test_file_that_is_no_database_stops_the_start(tmp_path: Path, content: bytes) -> None:
    """One sentence names the file and the trouble; the file is left as it is."""
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    with pytest.raises(StartError, match=rf"the catalogue {path} cannot be opened: .*(not a database|malformed)"):
        async with open_library(tmp_path):
            pass
    assert path.read_bytes() == content


async def test_missing_folder_stops_the_start(tmp_path: Path) -> None:
    """The catalogue makes its file, not the data folder."""
    with pytest.raises(StartError, match=r"cannot be opened: .*unable to open database file"):
        async with open_library(tmp_path / "none"):
            pass
