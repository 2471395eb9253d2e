"""In which order a list is read, and where a page of it ends: cursors, which only their maker understands.

A cursor holds the place of the last image of a page: what it is ordered by, and its id. Images that come or go
before that place move nothing: none is seen twice, and none left out that was there all the time. Only an order
that images change themselves, by being accessed, may show one again.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from frontend.library.records import ImageRecord
from shared.errors import BadParameterError

_COLUMNS = {
    # Ids and times of creation run alike: see ``image_rows.insert``.
    "created_at": "id",
    "filename": "filename",
    "size": "size_bytes",
    "width": "width",
    "height": "height",
    "access_count": "access_count",
}


@dataclass(frozen=True, slots=True)
class Order:
    """By which column, and whether from the greatest; where that is equal, by id in the same direction."""

    name: str = "created_at"
    descending: bool = True

    @property
    def column(self) -> str:
        """The column's name."""
        return _COLUMNS[self.name]

    @classmethod
    def parse(cls, text: str) -> Order:
        """Read ``size`` or, from the greatest, ``-size``. Raises BadParameterError."""
        name = text.removeprefix("-")
        if name not in _COLUMNS:
            raise BadParameterError.of("sort", text, f"{', '.join(_COLUMNS)}, or one of them after a minus sign")
        return cls(name, text.startswith("-"))

    def __str__(self) -> str:
        """As ``parse`` reads it."""
        return "-" * self.descending + self.name


NEWEST_FIRST = Order()


@dataclass(frozen=True, slots=True)
class Place:
    """Where an image stands in an order."""

    value: int | str
    id: int

    @classmethod
    def of(cls, image: ImageRecord, order: Order) -> Place:
        """Take the place of an image."""
        return cls(getattr(image, order.column), image.id)

    def cursor(self, order: Order) -> str:
        """Write it down, fit for a URL."""
        text = json.dumps([str(order), self.value, self.id], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def parse_cursor(text: str, order: Order) -> Place:
    """Read what ``Place.cursor`` wrote for the same order. Raises BadParameterError."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        name, value, image_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if name == str(order) and _is_value(value, order) and _is_number(image_id):
            return Place(value, image_id)
    except (ValueError, TypeError, RecursionError):
        pass
    raise BadParameterError.of("cursor", text, f"what the page before told, in the same order ({order})")


def _is_value(value: object, order: Order) -> bool:
    if order.column != "filename":
        return _is_number(value)
    if not isinstance(value, str):
        return False
    # Raises ValueError for half a surrogate pair, which no database stores.
    value.encode()
    return True


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < 1 << 63
