"""The database behind the catalogue: connections, threads, transactions, and the end of foreign exceptions.

One call is one transaction in one thread: cancelling whoever waits for it leaves no half of it behind. Which
tables there are, and what is done to them, is the business of the other modules of this package; what only SQLite
needs stands in ``frontend/library/sqlite.py``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import trio
from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from frontend.library import sqlite
from frontend.library.errors import CatalogueUnavailableError
from frontend.library.migrations.runner import migrate
from frontend.start_error import StartError

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Database:
    """Runs functions of a connection, each in a transaction and a thread. ``open`` is the way to get one."""

    def __init__(self, engine: Engine, *, threads: int) -> None:
        self._engine = engine
        self._writing_engine = engine.execution_options(will_write=True)
        # As many threads as connections: none ever waits in a thread for a connection.
        self._threads = trio.CapacityLimiter(threads)
        # Writers wait here, in order and in no thread, and not in SQLite, which polls.
        self._turn_to_write = trio.Lock()
        self._watch: sqlite.CommitWatch | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, *, threads: int) -> AsyncIterator[Database]:
        """Open the database, made if missing, and bring its tables to the version of today. Raises StartError."""
        engine = create_engine(
            URL.create("sqlite", database=str(path)),
            connect_args=sqlite.CONNECT_ARGS,
            poolclass=QueuePool,
            pool_size=threads,
            max_overflow=0,
        )
        sqlite.configure(engine)
        database = cls(engine, threads=threads)
        try:
            await trio.to_thread.run_sync(database._prepare, path)
            yield database
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(database._close)

    def version(self) -> int | None:
        """Return a number that another commit, by whomever, makes another; None where that cannot be told.

        For the event loop: it takes microseconds. Numbers of two times that are equal say that what was read at
        the first is true at the second.
        """
        return None if self._watch is None else self._watch.version()

    async def read(
        self, work: Callable[Concatenate[Connection, _P], _T], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Return what ``work`` returns; all that it reads is of one moment. Raises CatalogueUnavailableError."""

        def call() -> _T:
            with _transaction(self._engine) as connection:
                return work(connection, *args, **kwargs)

        return await trio.to_thread.run_sync(call, limiter=self._threads)

    async def write(
        self, work: Callable[Concatenate[Connection, _P], _T], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Return what ``work`` returns once what it did is on disk; if it raises, nothing was done.

        Raises CatalogueUnavailableError.
        """

        def call() -> _T:
            with _transaction(self._writing_engine) as connection:
                return work(connection, *args, **kwargs)

        async with self._turn_to_write:
            return await trio.to_thread.run_sync(call, limiter=self._threads)

    def _prepare(self, path: Path) -> None:
        try:
            sqlite.make_file(path)
            with _named_errors():
                sqlite.use_wal(self._engine)
            migrate(partial(_transaction, self._writing_engine))
            self._watch = sqlite.CommitWatch(path)
        except CatalogueUnavailableError as error:
            raise StartError(f"the catalogue {path} cannot be opened: {error}") from error

    def _close(self) -> None:
        if self._watch is not None:
            self._watch.close()
        self._engine.dispose()


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    with _named_errors(), engine.begin() as connection:
        yield connection


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except (IntegrityError, ProgrammingError, DataError):
        # The code asked for something impossible: a bug, and no trouble of the database.
        raise
    except DBAPIError as error:
        # Only what the driver said, without the statement and its values.
        raise CatalogueUnavailableError(f"{type(error.orig).__name__}: {error.orig}") from error
