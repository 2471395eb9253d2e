"""Brings the tables to the version of today, a step and a transaction at a time.

Safe when several processes start at once: each step is decided upon and done under the write lock. The table
``schema_versions`` tells which version a database has, and since when.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, func, select

from frontend.library.migrations import STEPS, Step
from frontend.start_error import StartError

_versions = Table(
    "schema_versions",
    MetaData(),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("reached_at", Text, nullable=False),
)


def migrate(write: Callable[[], AbstractContextManager[Connection]], *, steps: Sequence[Step] = STEPS) -> None:
    """Apply the steps that the database has not seen. ``write`` opens a transaction that has the write lock.

    Raises StartError when the database was written by a newer version of ours than this one.
    """
    while True:
        with write() as connection:
            if not _advance(connection, steps):
                return


def _advance(connection: Connection, steps: Sequence[Step]) -> bool:
    """Apply the next step; False when there is none."""
    _versions.create(connection, checkfirst=True)
    version = connection.scalar(select(func.max(_versions.c.version))) or 0
    if version > len(steps):
        raise StartError(
            f"the catalogue is of version {version} and this tintype knows versions up to {len(steps)}: "
            "run the newer tintype that wrote it, or bring back an older copy of the data folder"
        )
    if version == len(steps):
        return False
    steps[version](connection)
    connection.execute(_versions.insert().values(version=version + 1, reached_at=datetime.now(UTC).isoformat()))
    return True
