"""Whether anything was committed, as the event loop may ask it."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
import trio
from sqlalchemy import Connection

from frontend.library.catalogue import FILE_NAME
from frontend.library.database import Database
from frontend.library.errors import CatalogueUnavailableError
from frontend.library.sqlite import CommitWatch
from tests.frontend.library.libraries import add_images, open_library

WRITE = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("INSERT INTO tags (name) VALUES ('of another')")
database.commit()
"""


async def test_version_is_another_after_each_commit(tmp_path: Path) -> None:
    """Of this process; reading, and what was taken back, leave it as it is."""
    async with Database.open(tmp_path / FILE_NAME, threads=2) as database:
        versions = [database.version()]
        for name in ("a", "b"):
            await database.write(_insert, name)
            versions += {database.version(), database.version()}
        with pytest.raises(ZeroDivisionError):
            await database.write(_insert_and_fail)
        await database.read(lambda connection: connection.exec_driver_sql("SELECT * FROM tags").all())
        assert database.version() == versions[-1]
        assert len(set(versions)) == len(versions) == 3
        assert None not in versions


def _insert(connection: Connection, name: str) -> None:
    connection.exec_driver_sql("INSERT INTO tags (name) VALUES (?)", (name,)).close()


def _insert_and_fail(connection: Connection) -> None:
    _insert(connection, "c")
    raise ZeroDivisionError


async def test_version_is_another_after_a_commit_of_another_process(tmp_path: Path) -> None:
    """The very next look sees it."""
    async with Database.open(tmp_path / FILE_NAME, threads=1) as database:
        before = database.version()
        await trio.run_process([sys.executable, "-c", WRITE, str(tmp_path / FILE_NAME)])
        assert database.version() not in (before, None)


async def test_watching_holds_nobody_up(tmp_path: Path) -> None:
    """The journal can be emptied after a look, and is: a look that went on reading would keep it."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, range(3))
        assert catalogue.keys.version() is not None
        with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
            assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)


async def test_version_is_not_told_where_it_is_not_known(tmp_path: Path) -> None:
    """While somebody has the file to himself nobody waits: None is the answer."""
    with closing(sqlite3.connect(tmp_path / "file", isolation_level=None)) as other:
        other.execute("CREATE TABLE t (a)")
        with closing(CommitWatch(tmp_path / "file")) as watch:
            assert watch.version() is not None
            other.execute("BEGIN EXCLUSIVE")
            assert watch.version() is None
            other.execute("ROLLBACK")
            assert watch.version() is not None


def test_watch_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    """Of the catalogue, not of SQLite."""
    with pytest.raises(CatalogueUnavailableError):
        CommitWatch(tmp_path / "missing" / "file")


async def test_closing_lets_go_of_the_file(tmp_path: Path) -> None:
    """No descriptor is left open."""

    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))

    async with Database.open(tmp_path / "first", threads=1):
        pass
    before = open_files()
    async with Database.open(tmp_path / FILE_NAME, threads=1) as database:
        assert database.version() is not None
        assert open_files() > before
    assert open_files() == before
