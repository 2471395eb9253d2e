"""What the checks of the library ask of the database: in the order of hashes, a page at a time.

Each function is part of a transaction that others begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from frontend.library.batches import batches
from frontend.library.schema import images, variants


class KnownOriginal(NamedTuple):
    """What the catalogue says of the bytes of an image."""

    hash: str
    filename: str
    size_bytes: int


def originals_after(connection: Connection, sha256: str, *, limit: int) -> list[KnownOriginal]:
    """Return the next originals in the order of hashes; the empty text comes before all of them."""
    query = (
        select(images.c.hash, images.c.filename, images.c.size_bytes)
        .where(images.c.hash > sha256)
        .order_by(images.c.hash)
        .limit(limit)
    )
    return [KnownOriginal(*row) for row in connection.execute(query)]


def known_among(connection: Connection, hashes: Sequence[str]) -> set[str]:
    """Return those of the hashes that are some image's."""
    found: set[str] = set()
    for some in batches(hashes):
        found.update(connection.scalars(select(images.c.hash).where(images.c.hash.in_(some))))
    return found


def variant_keys_after(connection: Connection, key: str, *, limit: int) -> list[str]:
    """Return the keys of the next variants in their order; the empty text comes before all of them."""
    query = select(variants.c.key).where(variants.c.key > key).order_by(variants.c.key).limit(limit)
    return list(connection.scalars(query))
