"""Tags in the database: their names, and which image has which. A tag that no image has is not kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, exists, func, select

from frontend.library.batches import batches
from frontend.library.schema import image_tags, images, tags


def tags_of(connection: Connection, image_ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    """Return the sorted tags of each image that has any."""
    found: dict[int, tuple[str, ...]] = {}
    for ids in batches(image_ids):
        # Tags have no commas in them; and a row less to fetch is a wait less for Python's lock.
        query = (
            select(image_tags.c.image_id, func.aggregate_strings(tags.c.name, ",").label("names"))
            .join_from(image_tags, tags, tags.c.id == image_tags.c.tag_id)
            .where(image_tags.c.image_id.in_(ids))
            .group_by(image_tags.c.image_id)
        )
        for image_id, names in connection.execute(query):
            found[image_id] = tuple(sorted(names.split(",")))
    return found


def attach(connection: Connection, image_id: int, names: Collection[str]) -> None:
    """Give the image tags that it does not have."""
    if not names:
        return
    ids = _ids_of(connection, names)
    for name in names:
        if name not in ids:
            ids[name] = connection.scalars(tags.insert().values(name=name).returning(tags.c.id)).one()
    connection.execute(image_tags.insert(), [{"image_id": image_id, "tag_id": ids[name]} for name in names])


def detach(connection: Connection, image_id: int, names: Collection[str]) -> None:
    """Take from the image tags that it has."""
    if not names:
        return
    ids = list(_ids_of(connection, names).values())
    connection.execute(image_tags.delete().where(image_tags.c.image_id == image_id, image_tags.c.tag_id.in_(ids)))
    connection.execute(tags.delete().where(tags.c.id.in_(ids), ~exists().where(image_tags.c.tag_id == tags.c.id)))


def filenames_after(connection: Connection, tag: str, *, image_id: int, limit: int) -> list[tuple[int, str]]:
    """Return ids and names of the next images that have the tag, in the order of ids."""
    rows = connection.execute(
        select(images.c.id, images.c.filename)
        .join_from(tags, image_tags, image_tags.c.tag_id == tags.c.id)
        .join(images, images.c.id == image_tags.c.image_id)
        .where(tags.c.name == tag, image_tags.c.image_id > image_id)
        .order_by(image_tags.c.image_id)
        .limit(limit)
    )
    return [(found_id, filename) for found_id, filename in rows]


def _ids_of(connection: Connection, names: Collection[str]) -> dict[str, int]:
    rows = connection.execute(select(tags.c.name, tags.c.id).where(tags.c.name.in_(list(names))))
    return {row.name: row.id for row in rows}
