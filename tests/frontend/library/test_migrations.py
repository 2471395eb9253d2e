"""From every version of the tables to that of today."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import trio
from sqlalchemy import Connection, inspect

from frontend.library.catalogue import FILE_NAME
from frontend.library.database import Database
from frontend.library.migrations import STEPS
from frontend.library.migrations.runner import migrate
from frontend.library.schema import metadata
from frontend.start_error import StartError
from tests.frontend.library.libraries import all_images, new_image, open_library
from tests.frontend.library.versions import VERSIONS, build_version, tables_of

EVERY_VERSION = range(1, len(STEPS) + 1)
START_AND_ADD = """
import sys
from pathlib import Path
import trio
from tests.frontend.library.libraries import add_images, open_library

async def main(folder, first):
    print("ready", flush=True)
    sys.stdin.readline()
    async with open_library(folder) as catalogue:
        await add_images(catalogue, range(first, first + 10), tags=["a"])

trio.run(main, Path(sys.argv[1]), int(sys.argv[2]))
"""


async def open_and_close(path: Path) -> None:
    """Start, as far as the database is concerned."""
    async with Database.open(path, threads=1):
        pass


def test_every_version_has_an_example() -> None:
    """A new step needs a catalogue of the version that it makes, so that the next one can be tried on it."""
    assert len(VERSIONS) == len(STEPS)


@pytest.mark.parametrize("version", EVERY_VERSION)
async def test_steps_still_make_what_they_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    """A released step is not changed: the tables of each version are those of its example."""
    monkeypatch.setattr("frontend.library.database.migrate", partial(migrate, steps=STEPS[:version]))
    await open_and_close(tmp_path / "made")
    build_version(tmp_path / "example", version)
    assert tables_of(tmp_path / "made") == tables_of(tmp_path / "example")


@pytest.mark.parametrize("version", EVERY_VERSION)
async def test_library_of_every_version_is_taken_over(tmp_path: Path, version: int) -> None:
    """Images, tags, variants and counts are all there, and the library goes on."""
    build_version(tmp_path / FILE_NAME, version)
    async with open_library(tmp_path) as catalogue:
        first, second = await all_images(catalogue)
        assert (first.filename, first.tags, first.exif) == ("first.png", ("cat", "night"), {"Make": "Pinhole"})
        assert (first.has_alpha, first.access_count) == (True, 7)
        assert first.created_at == datetime.fromtimestamp(1_780_000_000, UTC)
        assert (second.filename, second.private, second.last_accessed) == ("second.gif", True, None)
        assert [(variant.key, variant.access_count) for variant in await catalogue.variants_of("first.png")] == [
            ("v", 2)
        ]
        added = await catalogue.add(new_image(1), tags=["cat"])
        assert added.id == 4
        assert await catalogue.tags() == {"cat": 2, "night": 1}
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


async def test_code_reads_the_tables_that_the_steps_make(tmp_path: Path) -> None:
    """Names, types, keys and what may be NULL are in the schema as they are in the database."""
    async with Database.open(tmp_path / FILE_NAME, threads=1) as database:

        def compare(connection: Connection) -> None:
            found = inspect(connection)
            assert set(found.get_table_names()) == {*metadata.tables, "schema_versions"}
            for name, table in metadata.tables.items():
                assert {
                    column["name"]: (str(column["type"]), column["nullable"]) for column in found.get_columns(name)
                } == {
                    column.name: (column.type.compile(connection.dialect), column.nullable)
                    for column in table.columns
                }
                assert found.get_pk_constraint(name)["constrained_columns"] == table.primary_key.columns.keys()

        await database.read(compare)


async def test_newer_database_is_refused(tmp_path: Path) -> None:
    """An older server does not touch what it does not know; one sentence says what to do."""
    path = tmp_path / FILE_NAME
    await open_and_close(path)
    newer = len(STEPS) + 1
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO schema_versions VALUES (?, 'tomorrow')", (newer,))
    connection.execute("CREATE TABLE of_tomorrow (id INTEGER)")
    connection.commit()
    connection.close()
    before = tables_of(path)
    with pytest.raises(
        StartError, match=rf"is of version {newer} and this tintype knows versions up to {newer - 1}:"
    ):
        await open_and_close(path)
    assert tables_of(path) == before


async def test_failed_step_is_as_if_never_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it did is taken back; the steps before it stay; the next start tries it again."""

    class BrokenError(Exception):
        pass

    def break_off(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE half (id INTEGER)")
        raise BrokenError

    def succeed(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE whole (id INTEGER)")

    path = tmp_path / FILE_NAME
    for step, error in ((break_off, BrokenError), (succeed, None)):
        monkeypatch.setattr("frontend.library.database.migrate", partial(migrate, steps=(*STEPS, step)))
        if error is not None:
            with pytest.raises(error):
                await open_and_close(path)
            assert not any("half" in text for text in tables_of(path))
        else:
            await open_and_close(path)
    assert any("whole" in text for text in tables_of(path))
    assert not any("half" in text for text in tables_of(path))


async def test_many_may_start_at_once(tmp_path: Path) -> None:
    """Each step is done once, whoever comes first, and none of them fails for the others."""
    for attempt in range(5):
        path = tmp_path / f"{attempt}.sqlite"
        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(open_and_close, path)
        connection = sqlite3.connect(path)
        versions = [version for (version,) in connection.execute("SELECT version FROM schema_versions")]
        connection.close()
        assert versions == list(EVERY_VERSION)


async def test_start_waits_for_another_that_makes_the_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite does not wait by itself where the journal of a new file is chosen: the start tries again."""
    other = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    waits = []

    def finish(seconds: float) -> None:
        waits.append(seconds)
        other.execute("ROLLBACK")

    monkeypatch.setattr(time, "sleep", finish)
    await open_and_close(tmp_path / FILE_NAME)
    assert len(waits) == 1
    other.close()


def test_processes_may_start_and_add_at_once(tmp_path: Path) -> None:
    """Three of them make the file and add images at the same time: all are there."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", START_AND_ADD, str(tmp_path), str(first)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in (0, 100, 200)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0, 0]

    async def count() -> tuple[int, dict[str, int]]:
        async with open_library(tmp_path) as catalogue:
            return await catalogue.count(), await catalogue.tags()

    assert trio.run(count) == (30, {"a": 30})
