"""All that only SQLite needs: its settings, its transactions, its journal. No other module knows it by name."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from frontend.library.errors import CatalogueUnavailableError

BUSY_TIMEOUT_S = 10.0
"""How long a transaction waits for another process to finish writing."""

CONNECT_ARGS: dict[str, object] = {
    # Transactions are begun below, and by nobody else.
    "isolation_level": None,
    # The calls of one transaction stay in one thread; the next transaction may run in another.
    "check_same_thread": False,
    "timeout": BUSY_TIMEOUT_S,
}

_SETTINGS = (
    "foreign_keys = ON",
    # A commit has reached the disk when it returns, also in WAL mode.
    "synchronous = FULL",
    # In KiB, for each connection.
    "cache_size = -16384",
    "temp_store = MEMORY",
    # After a burst of writing the log is cut back to this.
    "journal_size_limit = 67108864",
)


def make_file(path: Path) -> None:
    """Make the file, if it is missing, so that nobody else on the machine may read it.

    SQLite would ask the umask; its journal takes after the file. The folder may be somebody else's making.
    """
    with suppress(OSError):  # what is wrong with it, SQLite will say
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def configure(engine: Engine) -> None:
    """Have every connection set up, and every transaction begun, as it should be."""

    @event.listens_for(engine, "connect")
    def _set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for setting in _SETTINGS:
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # What reads first and then writes would fail, not wait, if another process wrote in between.
        will_write = connection.get_execution_options().get("will_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if will_write else "BEGIN")


class CommitWatch:
    """Tells whether anybody, in this process or another, has committed since it was asked before.

    Asking takes two microseconds and no disk: the counter lies in memory that all processes share. Only after a
    commit one page is read, which whoever committed has just written. So it may be asked on the event loop. It is
    made, and closed, in a thread.
    """

    def __init__(self, path: Path) -> None:
        """Raises CatalogueUnavailableError."""
        try:
            # It never waits for anybody: what cannot be told at once is not told.
            self._connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise CatalogueUnavailableError(f"{type(error).__name__}: {error}") from error
        # The first time it does read the disk.
        self.version()

    def version(self) -> int | None:
        """Return a number that is another after a commit; None where that cannot be told."""
        try:
            # All rows are fetched, or the statement would go on reading, and see no commit any more.
            ((version,),) = self._connection.execute("PRAGMA data_version").fetchall()
        except sqlite3.Error:
            return None
        return int(version)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def use_wal(engine: Engine) -> None:
    """Let readers and a writer work at the same time. The file remembers it; doing it again does no harm."""
    deadline_s = time.monotonic() + BUSY_TIMEOUT_S
    with engine.connect() as connection:
        raw = cast("sqlite3.Connection", connection.connection.driver_connection)
        while True:
            try:
                raw.execute("PRAGMA journal_mode = WAL").close()
                return
            except sqlite3.Error as error:
                # Two processes change it at once: here SQLite does not wait by itself.
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline_s:
                    raise CatalogueUnavailableError(f"{type(error).__name__}: {error}") from error
                time.sleep(0.01)
