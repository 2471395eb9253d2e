"""Variants in the database: which were made of an image, how, and how often they were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, Integer, bindparam, exists, literal, select

from frontend.library.batches import batches
from frontend.library.records import NewVariant, VariantRecord
from frontend.library.schema import images, variants

_NEW = ("key", "original_id", "processing_params", "format", "size_bytes", "width", "height", "created_at")

_update = (
    variants.update()
    .where(variants.c.key == bindparam("of_key"))
    .values({name: bindparam(name) for name in _NEW if name != "key"})
)
_insert = variants.insert().from_select(
    [*_NEW, "access_count"],
    select(*(bindparam(name, type_=variants.c[name].type) for name in _NEW), literal(0, Integer)).where(
        ~exists().where(variants.c.key == bindparam("key")),
        # It may have been deleted since.
        exists().where(images.c.id == bindparam("original_id")),
    ),
)


def put(connection: Connection, new: Sequence[tuple[NewVariant, datetime]]) -> None:
    """Add variants, each with the time it was made, or bring those up to date that were made anew."""
    rows = [{**asdict(variant), "created_at": made_at} for variant, made_at in new]
    if rows:
        connection.execute(_update, [{**row, "of_key": row["key"]} for row in rows])
        connection.execute(_insert, rows)


def find_of(connection: Connection, original_id: int) -> list[VariantRecord]:
    """Return the variants of an image, the oldest first."""
    query = (
        select(variants)
        .where(variants.c.original_id == original_id)
        .order_by(variants.c.created_at, variants.c.key)
    )
    return [VariantRecord(**row) for row in connection.execute(query).mappings()]


def delete(connection: Connection, keys: Sequence[str]) -> None:
    """Remove variants; keys that are not there do no harm."""
    for some in batches(keys):
        connection.execute(variants.delete().where(variants.c.key.in_(some)))
