"""Keeps the index in memory in step with the database, and lets one question at a time be asked of it.

Before each question it follows the log of changes, in the same transaction in which the answer is then read: the
index and the tables are of the same moment, whoever wrote last, this process or another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import trio
from sqlalchemy import Connection, Row

from frontend.library import change_log
from frontend.library.database import Database
from frontend.library.index.image_index import ImageIndex
from frontend.library.index.loading import load
from frontend.library.index.segment import IndexedImage

_T = TypeVar("_T")

_NEVER_LOADED = -1


class LiveIndex:
    """The index of a library; the first question has it loaded."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index = ImageIndex()
        self._revision = _NEVER_LOADED
        self._turn = trio.Lock()

    async def ask(self, question: Callable[[Connection, ImageIndex], _T]) -> _T:
        """Return the answer of ``question``, a function of a connection and an index that is up to date.

        Raises CatalogueUnavailableError.
        """

        def answer(connection: Connection) -> _T:
            self._follow(connection)
            return question(connection, self._index)

        async with self._turn:
            return await self._database.read(answer)

    async def follow(self) -> None:
        """Bring the index up to date now, so that the next question finds little to do."""
        await self.ask(lambda _connection, _index: None)

    def _follow(self, connection: Connection) -> None:
        newest = change_log.newest_revision(connection)
        if newest == self._revision:
            return
        lines = None if self._revision == _NEVER_LOADED else change_log.read_since(connection, self._revision)
        if lines is None:
            self._index = load(connection, between_steps=trio.from_thread.check_cancelled)
        else:
            for line in lines:
                _apply(self._index, line)
        # Last: after a failure lines are read a second time, which does no harm.
        self._revision = newest


def _apply(index: ImageIndex, line: Row[Any]) -> None:
    if line.tag is not None:
        change = index.tag if line.present else index.untag
        change(line.image_id, line.tag)
    elif not line.present:
        index.remove(line.image_id)
    elif line.width is not None:
        index.add(IndexedImage(line.image_id, line.width, line.height, line.size_bytes, line.format))
    # Otherwise the image came and is gone again, as a later line tells; its tags find no slot.
