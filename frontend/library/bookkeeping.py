"""What happens too often for a transaction each: accesses, variants being made, uses of keys. Stored in one.

A crash loses what was not stored yet: some seconds of counts, and records of variants whose bytes are still in the
ephemeral volume. ``frontend/library/catalogue.py`` says when to store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar

import trio
from sqlalchemy import Column, Connection, Table, Update, bindparam

from frontend.library import key_rows, variant_rows
from frontend.library.database import Database
from frontend.library.records import NewVariant
from frontend.library.schema import images, variants

MAX_GATHERED = 100_000
"""Of each kind: while the database is away, no more than this is remembered."""

_Key = TypeVar("_Key", int, str)


class _Accesses(NamedTuple):
    times: int
    last: datetime


@dataclass(slots=True)
class _Batch:
    images: dict[int, _Accesses] = field(default_factory=dict)
    variants: dict[str, _Accesses] = field(default_factory=dict)
    made: dict[str, tuple[NewVariant, datetime]] = field(default_factory=dict)
    keys: dict[bytes, datetime] = field(default_factory=dict)

    def add_earlier(self, other: _Batch) -> None:
        """Take back what could not be stored."""
        for image_id, accesses in other.images.items():
            _count(self.images, image_id, accesses)
        for key, accesses in other.variants.items():
            _count(self.variants, key, accesses)
        self.made = {**other.made, **self.made}
        self.keys = {**other.keys, **self.keys}

    def __bool__(self) -> bool:
        return bool(self.images or self.variants or self.made or self.keys)


class Bookkeeping:
    """Notes without waiting, on the event loop; stores in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batch = _Batch()
        self._turn_to_store = trio.Lock()

    def note_access(self, image_id: int, *, at: datetime) -> None:
        """An image was asked for."""
        _count(self._batch.images, image_id, _Accesses(1, at))

    def note_variant_access(self, key: str, *, at: datetime) -> None:
        """A variant was asked for."""
        _count(self._batch.variants, key, _Accesses(1, at))

    def note_variant(self, variant: NewVariant, *, at: datetime) -> None:
        """A variant was made."""
        if len(self._batch.made) < MAX_GATHERED:
            self._batch.made[variant.key] = (variant, at)

    def note_key_use(self, digest: bytes, *, at: datetime) -> None:
        """A key was used. There are no more of these than keys."""
        self._batch.keys[digest] = at

    async def store(self) -> None:
        """Write down what was noted before this call. If that fails, it is kept for the next time.

        Raises CatalogueUnavailableError.
        """
        async with self._turn_to_store:
            batch, self._batch = self._batch, _Batch()
            is_stored = not batch
            try:
                if batch:
                    await self._database.write(_store, batch)
                    is_stored = True
            finally:
                if not is_stored:
                    self._batch.add_earlier(batch)


def _count(counts: dict[_Key, _Accesses], key: _Key, new: _Accesses) -> None:
    known = counts.get(key)
    if known is not None:
        counts[key] = _Accesses(known.times + new.times, max(known.last, new.last))
    elif len(counts) < MAX_GATHERED:
        counts[key] = new


def _adding(table: Table, key: Column[_Key]) -> Update:
    return (
        table.update()
        .where(key == bindparam("accessed"))
        .values(access_count=table.c.access_count + bindparam("more"), last_accessed=bindparam("at"))
    )


_add_to_image, _add_to_variant = _adding(images, images.c.id), _adding(variants, variants.c.key)


def _store(connection: Connection, batch: _Batch) -> None:
    # First: the accesses may be of variants that were made just now.
    variant_rows.put(connection, list(batch.made.values()))
    _store_accesses(connection, _add_to_image, batch.images)
    _store_accesses(connection, _add_to_variant, batch.variants)
    key_rows.note_uses(connection, batch.keys)


def _store_accesses(connection: Connection, statement: Update, accesses: Mapping[_Key, _Accesses]) -> None:
    rows = [{"accessed": key, "more": times, "at": last} for key, (times, last) in accesses.items()]
    if rows:
        connection.execute(statement, rows)
