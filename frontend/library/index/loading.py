"""Fills an index from the tables, at start and when the log of changes does not reach back far enough.

The database writes many rows into one text and C takes it apart again: fetched one by one, a million rows would
let go of Python's lock a million times, and each time wait for it behind a busy event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce

from sqlalchemy import BigInteger, ColumnElement, Connection, Text, bindparam, func, select

from frontend.library.index.bits import SEGMENT_SLOTS
from frontend.library.index.image_index import ImageIndex
from frontend.library.index.segment import ImageTuple, IndexedImage
from frontend.library.schema import image_tags, images, tags

# While C works on a text, no other thread does: these are a few milliseconds' worth.
IDS_AT_ONCE = 5000
PIECE_CHARS = 50_000

_BETWEEN_ROWS = ","
_words: list[ColumnElement[str]] = [images.c[name].cast(Text) for name in IndexedImage._fields]
_row_text = reduce(lambda left, right: left + " " + right, _words)
_first = bindparam("first", type_=BigInteger)
_end = bindparam("end", type_=BigInteger)
_next_id = select(func.min(images.c.id)).where(images.c.id >= _first)
_image_text = select(func.aggregate_strings(_row_text, _BETWEEN_ROWS)).where(
    images.c.id >= _first, images.c.id < _end
)
_tag_texts = (
    select(tags.c.name, func.aggregate_strings(image_tags.c.image_id.cast(Text), _BETWEEN_ROWS))
    .join_from(tags, image_tags, image_tags.c.tag_id == tags.c.id)
    .group_by(tags.c.name)
)


def load(connection: Connection, *, between_steps: Callable[[], None]) -> ImageIndex:
    """Return an index of all that the transaction sees. ``between_steps`` may raise to give up."""
    index = ImageIndex()
    for segment in cut_into_segments(_read_images(connection, between_steps)):
        index.add_segment(segment)
    slot_of = index.slots()
    for name, text in connection.execute(_tag_texts):
        between_steps()
        slots: list[int] = []
        for words in split_in_pieces(text):
            slots += map(slot_of.__getitem__, map(int, words))
        # The database may have put the rows together in any order.
        index.add_tag(name, sorted(slots))
    return index


def cut_into_segments(lists: Iterable[list[ImageTuple]]) -> Iterator[list[ImageTuple]]:
    """Put lists together and cut them anew: all pieces full but the last, and none empty."""
    waiting: list[ImageTuple] = []
    for some in lists:
        waiting += some
        while len(waiting) >= SEGMENT_SLOTS:
            yield waiting[:SEGMENT_SLOTS]
            del waiting[:SEGMENT_SLOTS]
    if waiting:
        yield waiting


def split_in_pieces(text: str, *, piece_chars: int = PIECE_CHARS) -> Iterator[list[str]]:
    """Split a long text at its commas, and yield the words by and by."""
    start = 0
    while start < len(text):
        end = text.find(_BETWEEN_ROWS, start + piece_chars)
        end = len(text) if end < 0 else end
        yield text[start:end].split(_BETWEEN_ROWS)
        start = end + 1


def _read_images(connection: Connection, between_steps: Callable[[], None]) -> Iterator[list[ImageTuple]]:
    first = connection.scalar(_next_id, {"first": 0})
    while first is not None:
        between_steps()
        end = first + IDS_AT_ONCE
        text: str = connection.scalar(_image_text, {"first": first, "end": end}) or ""
        words = text.replace(_BETWEEN_ROWS, " ").split(" ")
        ids, widths, heights, sizes_bytes = (map(int, words[place::5]) for place in range(4))
        yield sorted(zip(ids, widths, heights, sizes_bytes, words[4::5], strict=True))
        first = connection.scalar(_next_id, {"first": end})
