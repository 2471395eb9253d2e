"""Which images are meant: bounds of width, height and size, a format, tags that must all be there.

Parsed from the parameters of a request and then only read: by ``frontend/library/index`` and ``listing.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from frontend.library.tag_names import parse_tags
from shared.errors import BadParameterError
from shared.formats import BY_EXTENSION, BY_NAME

MAX_NUMBER = (1 << 53) - 1
"""The largest whole number that every reader of JSON agrees upon."""

_WHOLE_NUMBER = re.compile(r"[0-9]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that a number may be; None is no bound."""

    least: int | None = None
    most: int | None = None

    @classmethod
    def parse(cls, values: Mapping[str, object], name: str) -> Bounds:
        """Read ``name``, ``name_min`` and ``name_max``. Raises BadParameterError if no number satisfies them."""
        exact, least, most = (_number(values, key) for key in (name, f"{name}_min", f"{name}_max"))
        if least is not None and most is not None and least > most:
            raise BadParameterError.of(f"{name}_min", str(least), f"{name}_max is {most}")
        if exact is None:
            return cls(least, most)
        if least is not None and exact < least:
            raise BadParameterError.of(name, str(exact), f"{name}_min is {least}")
        if most is not None and exact > most:
            raise BadParameterError.of(name, str(exact), f"{name}_max is {most}")
        return cls(exact, exact)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFilter:
    """An image is meant if everything here holds for it; the empty filter means all images."""

    width: Bounds = Bounds()
    height: Bounds = Bounds()
    size: Bounds = Bounds()
    """In bytes."""
    format: str | None = None
    tags: tuple[str, ...] = ()

    @classmethod
    def parse(cls, values: Mapping[str, object]) -> ImageFilter:
        """Read a query or a JSON document; what is not in ``FILTER_PARAMETERS`` is left to others.

        A parameter that is None or an empty text is not there. Raises BadParameterError.
        """
        tags = values.get("tags")
        return cls(
            width=Bounds.parse(values, "width"),
            height=Bounds.parse(values, "height"),
            size=Bounds.parse(values, "size"),
            format=_format(values.get("format")),
            tags=() if tags is None else parse_tags(tags),
        )


EVERYTHING = ImageFilter()

FILTER_PARAMETERS = (
    *(name + suffix for name in ("width", "height", "size") for suffix in ("", "_min", "_max")),
    "format",
    "tags",
)


def _number(values: Mapping[str, object], name: str) -> int | None:
    value = values.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value):
        value = int(value)
    # True is an int to Python, and none to anyone who sends JSON.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
        raise BadParameterError.of(name, str(value), f"a whole number from 0 to {MAX_NUMBER}")
    return value


def _format(value: object) -> str | None:
    if value is None or value == "":
        return None
    name = str(value).lower()
    known = BY_NAME.get(name) or BY_EXTENSION.get(name)
    if known is None:
        raise BadParameterError.of("format", str(value), f"one of {', '.join(BY_NAME)}")
    return known.name
