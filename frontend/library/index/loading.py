"""Fills an index from the tables, at start and when the log of changes does not reach back far enough.

The database writes many rows into one text and C takes it apart again: fetched one by one, a million rows would
let go of Python's lock a million times, and each time wait for it behind a busy event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce

from sqlalchemy import BigInteger, ColumnElement, Connection, Text, bindparam, func, select

from frontend.library.index.bits import SEGMENT_SLOTS
from frontend.library.index.image_index import ImageIndex
from frontend.library.index.segment import ImageTuple, IndexedImage
from frontend.library.schema import image_tags, images, tags

_BETWEEN_ROWS = ","
_words: list[ColumnElement[str]] = [images.c[name].cast(Text) for name in IndexedImage._fields]
_row_text = reduce(lambda left, right: left + " " + right, _words)
_first = bindparam("first", type_=BigInteger)
_next_id = select(func.min(images.c.id)).where(images.c.id >= _first)
_image_text = select(func.aggregate_strings(_row_text, _BETWEEN_ROWS)).where(
    images.c.id >= _first, images.c.id < _first + SEGMENT_SLOTS
)
_tag_texts = (
    select(tags.c.name, func.aggregate_strings(image_tags.c.image_id.cast(Text), _BETWEEN_ROWS))
    .join_from(tags, image_tags, image_tags.c.tag_id == tags.c.id)
    .group_by(tags.c.name)
)


def load(connection: Connection, *, between_steps: Callable[[], None]) -> ImageIndex:
    """Return an index of all that the transaction sees. ``between_steps`` may raise to give up."""
    index = ImageIndex()
    waiting: list[ImageTuple] = []
    for some in _read_images(connection):
        between_steps()
        waiting += some
        while len(waiting) >= SEGMENT_SLOTS:
            index.add_segment(waiting[:SEGMENT_SLOTS])
            del waiting[:SEGMENT_SLOTS]
    if waiting:
        index.add_segment(waiting)
    _load_tags(connection, index, between_steps)
    return index


def _load_tags(connection: Connection, index: ImageIndex, between_steps: Callable[[], None]) -> None:
    slots = index.slots()
    for name, text in connection.execute(_tag_texts):
        between_steps()
        # The database may have put the rows together in any order.
        index.add_tag(name, sorted(map(slots.__getitem__, map(int, text.split(_BETWEEN_ROWS)))))


def _read_images(connection: Connection) -> Iterator[list[ImageTuple]]:
    first = connection.scalar(_next_id, {"first": 0})
    while first is not None:
        text: str = connection.scalar(_image_text, {"first": first}) or ""
        words = text.replace(_BETWEEN_ROWS, " ").split(" ")
        ids, widths, heights, sizes_bytes = (map(int, words[place::5]) for place in range(4))
        yield sorted(zip(ids, widths, heights, sizes_bytes, words[4::5], strict=True))
        first = connection.scalar(_next_id, {"first": first + SEGMENT_SLOTS})
