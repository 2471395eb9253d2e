"""Lengths: in pixels or in percent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from shared.parameters.number import format_number, parse_number

MAX_LENGTH_PX = 65_535
_DECIMALS = 4
_SMALLEST = 0.0001


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
class RadiusKind:
    """A length, or ``max`` for half of the shorter side: what makes a square a circle."""

    @property
    def allowed(self) -> str:
        """The spellings."""
        return f"{_RADIUS.allowed}, or max"

    def parse(self, text: str) -> Length:
        """Return the radius; percents are of the shorter side, of which half is as round as a corner gets."""
        if text.strip().lower() == "max":
            return MAX_RADIUS
        radius = _RADIUS.parse(text)
        return MAX_RADIUS if radius.is_percent and radius.value > MAX_RADIUS.value else radius

    def format(self, value: Length) -> str:
        """The length, or the word."""
        return "max" if value == MAX_RADIUS else str(value)


MAX_RADIUS = Length(50, is_percent=True)
_RADIUS = LengthKind()
