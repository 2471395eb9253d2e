"""Places in an image: points, rectangles, borders, and what to keep in view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from shared.parameters.length import MAX_LENGTH_PX, Length, LengthKind
from shared.parameters.number import Integer, format_number, parse_number


class Point(NamedTuple):
    """A place in an image: 0,0 is its top left corner, 1,1 its bottom right one."""

    x: float
    y: float


CENTER = Point(0.5, 0.5)
COMPASS: dict[str, Point] = {
    "center": CENTER,
    "n": Point(0.5, 0), "ne": Point(1, 0), "e": Point(1, 0.5), "se": Point(1, 1),
    "s": Point(0.5, 1), "sw": Point(0, 1), "w": Point(0, 0.5), "nw": Point(0, 0),
}  # fmt: skip
_COMPASS_NAMES = {point: name for name, point in COMPASS.items()}


FOCUSES = ("smart", "entropy", "face")
"""What a picture itself may tell of where to look: its most striking part, its richest one, or its faces."""

Gravity = Point | str
"""A point, or one of ``FOCUSES``."""


@dataclass(frozen=True, slots=True)
class PositionKind:
    """Where something is laid on an image: a direction of the compass."""

    @property
    def allowed(self) -> str:
        """The words."""
        return f"one of {', '.join(COMPASS)}"

    def parse(self, text: str) -> Point:
        """Return the point of the image that the same point of what is laid on it goes to."""
        point = _compass_point(text)
        if point is None:
            raise ValueError(text)
        return point

    def format(self, value: Point) -> str:
        """The word."""
        return _COMPASS_NAMES[value]


def _compass_point(text: str) -> Point | None:
    word = text.strip().lower()
    return COMPASS.get({"centre": "center", "c": "center"}.get(word, word))


@dataclass(frozen=True, slots=True)
class GravityKind:
    """What a crop keeps in view: a direction of the compass, a focal point, or what the picture shows."""

    @property
    def allowed(self) -> str:
        """The words and the focal point's spelling."""
        words = ", ".join((*COMPASS, *FOCUSES))
        return f"one of {words}, or a focal point such as fp:0.3:0.7 (0 to 1 each)"

    def parse(self, text: str) -> Gravity:
        """Return the point to keep in view, or what is to be looked for."""
        word = text.strip().lower()
        word = {"faces": "face"}.get(word, word)
        if word in FOCUSES:
            return word
        named = _compass_point(word)
        if named is not None:
            return named
        kind, x, y = word.replace(",", ":").split(":")
        point = Point(parse_number(x), parse_number(y))
        if kind != "fp" or not (0 <= point.x <= 1 and 0 <= point.y <= 1):
            raise ValueError(text)
        return point

    def format(self, value: Gravity) -> str:
        """The word where there is one, else ``fp,0.3,0.7``."""
        if isinstance(value, str):
            return value
        return _COMPASS_NAMES.get(value) or f"fp,{format_number(value.x)},{format_number(value.y)}"


class Box(NamedTuple):
    """A rectangle inside an image."""

    x: Length
    y: Length
    width: Length
    height: Length


@dataclass(frozen=True, slots=True)
class BoxKind:
    """``x,y,width,height``, each in pixels or percent."""

    @property
    def allowed(self) -> str:
        """The four numbers."""
        return "x,y,width,height in whole pixels or percent (10p), width and height above 0"

    def parse(self, text: str) -> Box:
        """Return the rectangle."""
        offset, side = LengthKind(low=0), LengthKind()
        x, y, width, height = text.split(",")
        return Box(offset.parse(x), offset.parse(y), side.parse(width), side.parse(height))

    def format(self, value: Box) -> str:
        """The four lengths."""
        return ",".join(map(str, value))


class Sides(NamedTuple):
    """Widths of a border in pixels."""

    top: int
    right: int
    bottom: int
    left: int


@dataclass(frozen=True, slots=True)
class SidesKind:
    """One to four widths in pixels, in the order of CSS: top, right, bottom, left."""

    @property
    def allowed(self) -> str:
        """The spellings."""
        return f"one to four whole pixels from 0 to {MAX_LENGTH_PX}: top,right,bottom,left as in CSS"

    def parse(self, text: str) -> Sides:
        """Return the four widths; what is missing is taken from the opposite side."""
        pixel = Integer(0, MAX_LENGTH_PX)
        given = [pixel.parse(part) for part in text.split(",")]
        if len(given) > 4:
            raise ValueError(text)
        top = given[0]
        right = given[1] if len(given) > 1 else top
        bottom = given[2] if len(given) > 2 else top
        return Sides(top, right, bottom, given[3] if len(given) > 3 else right)

    def format(self, value: Sides) -> str:
        """All four widths."""
        return ",".join(map(str, value))
