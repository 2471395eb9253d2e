"""The kinds of values that operations take: text to value, value to its one canonical text.

A kind says what it allows in words, so that errors, the parameter tables and the OpenAPI document tell the same.
Which operation takes which parameter is declared in ``shared/operations.py``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from shared.colours import TRANSPARENT, Colour

MAX_LENGTH_PX = 65_535
_DECIMALS = 4
_SMALLEST = 0.0001


class Kind(Protocol):
    """A kind of parameter value. ``parse`` raises ValueError when the text is not allowed."""

    @property
    def allowed(self) -> str:
        """What may be given, in words."""

    def parse(self, text: str) -> Any:
        """Return the value."""

    def format(self, value: Any) -> str:
        """Return the one text that parses to ``value``; it holds neither ``:`` nor ``;``."""


def format_number(value: float) -> str:
    """Write a number without trailing zeros, exponent or negative zero."""
    text = f"{value:.{_DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def parse_number(text: str) -> float:
    """Read a plain decimal number, rounded to the precision that is kept; zero has no sign."""
    # What float() takes beyond that: 1_0, and the digits of other scripts.
    if "_" in text or not text.isascii():
        raise ValueError(text)
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return round(value, _DECIMALS) + 0.0


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal number from ``low`` to ``high``, both included."""

    low: float
    high: float
    unit: str = ""

    @property
    def allowed(self) -> str:
        """The range and its unit."""
        return f"a number from {format_number(self.low)} to {format_number(self.high)} {self.unit}".strip()

    def parse(self, text: str) -> float:
        """Return the number."""
        value = parse_number(text)
        if not self.low <= value <= self.high:
            raise ValueError(text)
        return value

    def format(self, value: float) -> str:
        """Write it without superfluous digits."""
        return format_number(value)


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number from ``low`` to ``high``, both included."""

    low: int
    high: int
    unit: str = ""

    @property
    def allowed(self) -> str:
        """The range and its unit."""
        return f"a whole number from {self.low} to {self.high} {self.unit}".strip()

    def parse(self, text: str) -> int:
        """Return the number."""
        value = parse_number(text)
        if value != int(value) or not self.low <= value <= self.high:
            raise ValueError(text)
        return int(value)

    def format(self, value: int) -> str:
        """Write its digits."""
        return str(value)


@dataclass(frozen=True, slots=True)
class Choice:
    """One word of several; ``aliases`` are further spellings of some of them."""

    words: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def allowed(self) -> str:
        """The words."""
        return "one of " + ", ".join(filter(None, self.words))

    def parse(self, text: str) -> str:
        """Return the word, in lower case, aliases resolved."""
        word = text.strip().lower()
        word = self.aliases.get(word, word)
        if word not in self.words:
            raise ValueError(text)
        return word

    def format(self, value: str) -> str:
        """The word itself."""
        return value


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off; the bare name switches on."""

    @property
    def allowed(self) -> str:
        """The words."""
        return "1, true, yes, on or nothing; 0, false, no or off"

    def parse(self, text: str) -> bool:
        """Return whether it is on."""
        word = text.strip().lower()
        if word in ("", "1", "true", "yes", "on"):
            return True
        if word in ("0", "false", "no", "off"):
            return False
        raise ValueError(text)

    def format(self, value: bool) -> str:
        """One digit."""
        return "1" if value else "0"


class Length(NamedTuple):
    """A length in pixels, or in percent of the image's side (then ``is_percent``)."""

    value: float
    is_percent: bool = False

    def times(self, factor: float) -> Length:
        """The same length, scaled; pixels stay whole and at least one, percents above nothing."""
        if self.is_percent:
            return Length(max(_SMALLEST, round(self.value * factor, _DECIMALS)), is_percent=True)
        return Length(max(1, _round_half_up(self.value * factor)))

    def of(self, side_px: int) -> int:
        """The length in pixels for a side of ``side_px``."""
        if not self.is_percent:
            return int(self.value)
        return _round_half_up(side_px * self.value / 100)

    def __str__(self) -> str:
        """``400`` or ``50p``."""
        return format_number(self.value) + ("p" if self.is_percent else "")


def _round_half_up(value: float) -> int:
    return math.floor(value + 0.5)


@dataclass(frozen=True, slots=True)
class LengthKind:
    """Pixels, or percent with a ``p``; ``low`` is the smallest number of pixels."""

    low: int = 1

    @property
    def allowed(self) -> str:
        """Both spellings."""
        return f"whole pixels from {self.low} to {MAX_LENGTH_PX}, or percent such as 50p, above 0 to 1000"

    def parse(self, text: str) -> Length:
        """Return the length."""
        word = text.strip().lower()
        if word.endswith("p"):
            percent = parse_number(word[:-1])
            if not 0 <= percent <= 1000 or (self.low and percent == 0):
                raise ValueError(text)
            return Length(percent, is_percent=True)
        pixels = parse_number(word)
        if pixels != int(pixels) or not self.low <= pixels <= MAX_LENGTH_PX:
            raise ValueError(text)
        return Length(int(pixels))

    def format(self, value: Length) -> str:
        """``400`` or ``50p``."""
        return str(value)


@dataclass(frozen=True, slots=True)
class ColourKind:
    """A CSS colour."""

    @property
    def allowed(self) -> str:
        """The spellings."""
        return "a CSS colour: a name, transparent, or 3, 4, 6 or 8 hexadecimal digits"

    def parse(self, text: str) -> Colour:
        """Return the colour; of those that are not to be seen there is one."""
        colour = Colour.parse(text)
        return TRANSPARENT if colour.is_transparent else colour

    def format(self, value: Colour) -> str:
        """Hexadecimal digits."""
        return str(value)


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


@dataclass(frozen=True, slots=True)
class GravityKind:
    """What a crop keeps in view: a direction of the compass or a focal point."""

    @property
    def allowed(self) -> str:
        """The words and the focal point's spelling."""
        return f"one of {', '.join(COMPASS)}, or a focal point such as fp:0.3:0.7 (0 to 1 each)"

    def parse(self, text: str) -> Point:
        """Return the point to keep in view."""
        word = text.strip().lower()
        word = {"centre": "center", "c": "center"}.get(word, word)
        if word in COMPASS:
            return COMPASS[word]
        kind, x, y = word.replace(",", ":").split(":")
        point = Point(parse_number(x), parse_number(y))
        if kind != "fp" or not (0 <= point.x <= 1 and 0 <= point.y <= 1):
            raise ValueError(text)
        return point

    def format(self, value: Point) -> str:
        """The compass name where there is one, else ``fp,0.3,0.7``."""
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
