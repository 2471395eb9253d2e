"""Images in the database: rows to records and back. Each function is part of a transaction that others begin."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select

from frontend.library import change_log, tag_rows
from frontend.library.batches import batches
from frontend.library.change_log import Change
from frontend.library.errors import DuplicateImageError, NameTakenError
from frontend.library.records import ImageRecord, NewImage
from frontend.library.schema import images
from frontend.library.tag_names import clean_tags
from shared.errors import ImageNotFoundError

# No database stores these in a text.
_NEVER_IN_A_NAME = re.compile(r"[\x00\ud800-\udfff]")

_last_created_at = select(images.c.created_at).order_by(images.c.id.desc()).limit(1)


def insert(connection: Connection, image: NewImage, *, tags: Sequence[str], now: datetime) -> ImageRecord:
    """Add an image. Raises DuplicateImageError or NameTakenError."""
    same = connection.scalar(select(images.c.filename).where(images.c.hash == image.hash))
    if same is not None:
        raise DuplicateImageError(same)
    if connection.scalar(select(images.c.id).where(images.c.filename == image.filename)) is not None:
        raise NameTakenError(image.filename)
    # A clock that was set back must not part the order of times from that of ids, by which lists are read.
    created_at = max(now, connection.scalar(_last_created_at) or now)
    values = {field.name: getattr(image, field.name) for field in fields(NewImage)}
    values |= {"created_at": created_at, "modified_at": created_at}
    new_row = images.insert().values(access_count=0, **values).returning(images.c.id)
    image_id = connection.scalars(new_row).one()
    tag_rows.attach(connection, image_id, tags)
    facts = [None, *tags]
    change_log.record(connection, [Change(image_id, fact, present=True) for fact in facts])
    return ImageRecord(id=image_id, tags=tuple(tags), **values)


def find(connection: Connection, filename: str) -> ImageRecord:
    """Return the image of this name. Raises ImageNotFoundError."""
    if _NEVER_IN_A_NAME.search(filename):
        raise ImageNotFoundError()
    row = connection.execute(select(images).where(images.c.filename == filename)).mappings().one_or_none()
    if row is None:
        raise ImageNotFoundError()
    return _records(connection, [row])[0]


def find_all(connection: Connection, image_ids: Sequence[int]) -> list[ImageRecord]:
    """Return the images of these ids that are there, in this order."""
    rows: list[RowMapping] = []
    for ids in batches(image_ids):
        rows += connection.execute(select(images).where(images.c.id.in_(ids))).mappings()
    found = {record.id: record for record in _records(connection, rows)}
    return [found[image_id] for image_id in image_ids if image_id in found]


def find_after(connection: Connection, image_id: int, *, limit: int) -> list[ImageRecord]:
    """Return the next images in the order of ids."""
    query = select(images).where(images.c.id > image_id).order_by(images.c.id).limit(limit)
    return _records(connection, connection.execute(query).mappings().all())


def retag(
    connection: Connection, filename: str, *, choose: Callable[[frozenset[str]], frozenset[str]], now: datetime
) -> ImageRecord:
    """Let ``choose`` say, from the tags that the image has, which it shall have. Raises ImageNotFoundError."""
    image = find(connection, filename)
    had = frozenset(image.tags)
    shall = frozenset(clean_tags(choose(had)))
    if shall == had:
        return image
    tag_rows.detach(connection, image.id, had - shall)
    tag_rows.attach(connection, image.id, shall - had)
    modified_at = max(now, image.modified_at)
    connection.execute(images.update().where(images.c.id == image.id).values(modified_at=modified_at))
    change_log.record(connection, [Change(image.id, tag, tag in shall) for tag in sorted(shall ^ had)])
    return replace(image, tags=tuple(sorted(shall)), modified_at=modified_at)


def delete(connection: Connection, filename: str) -> ImageRecord:
    """Remove the image with its tags and variants, and return what it was. Raises ImageNotFoundError."""
    image = find(connection, filename)
    tag_rows.detach(connection, image.id, image.tags)
    connection.execute(images.delete().where(images.c.id == image.id))
    facts = [*image.tags, None]
    change_log.record(connection, [Change(image.id, fact, present=False) for fact in facts])
    return image


def _records(connection: Connection, rows: Sequence[RowMapping]) -> list[ImageRecord]:
    tags = tag_rows.tags_of(connection, [row["id"] for row in rows])
    return [ImageRecord(**row, tags=tags.get(row["id"], ())) for row in rows]
