"""The log of changes: what became true of which image, numbered in the order in which it did.

Whoever keeps something derived from the tables (the index of every process, on every node) follows it by reading
what came after the last number it knows. A line is written in the transaction of what it tells about. Numbers run
in the order of commits, because there is one writer at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select

from frontend.library.schema import changes, images

KEPT_CHANGES = 100_000
"""Who is further behind reads the tables anew."""


class Change(NamedTuple):
    """With a tag: whether the image has it from now on. Without: whether the image is there."""

    image_id: int
    tag: str | None
    present: bool


_newest = select(func.max(changes.c.revision))
_oldest = select(func.min(changes.c.revision))
_forget_old = changes.delete().where(changes.c.revision <= _newest.scalar_subquery() - KEPT_CHANGES)
_lines = (
    select(changes, images.c.width, images.c.height, images.c.size_bytes, images.c.format)
    .outerjoin_from(changes, images, changes.c.image_id == images.c.id)
    .order_by(changes.c.revision)
)


def record(connection: Connection, new: Iterable[Change]) -> None:
    """Write down what the transaction changes, and forget the oldest lines."""
    rows = [change._asdict() for change in new]
    if rows:
        connection.execute(changes.insert(), rows)
        connection.execute(_forget_old)


def newest_revision(connection: Connection) -> int:
    """Return the number of the last change; 0 before the first."""
    return connection.scalar(_newest) or 0


def read_since(connection: Connection, revision: int) -> Sequence[Row[Any]] | None:
    """Return the lines after ``revision``, each with the numbers of its image, which are None if that is gone.

    None if some of these lines are forgotten already.
    """
    if revision + 1 < (connection.scalar(_oldest) or 0):
        return None
    return connection.execute(_lines.where(changes.c.revision > revision)).all()
