"""Numbers: decimal ones, whole ones, and qualities."""

from __future__ import annotations

import math
from dataclasses import dataclass

_DECIMALS = 4


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
    """A decimal number from ``low`` to ``high``, both included; an empty text means ``bare``, if that is set."""

    low: float
    high: float
    unit: str = ""
    bare: float | None = None

    @property
    def allowed(self) -> str:
        """The range and its unit."""
        text = f"a number from {format_number(self.low)} to {format_number(self.high)} {self.unit}".strip()
        return text if self.bare is None else f"{text}, or nothing for {format_number(self.bare)}"

    def parse(self, text: str) -> float:
        """Return the number."""
        if self.bare is not None and not text.strip():
            return self.bare
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
class QualityKind:
    """A whole number from 1 to 100, or the word ``auto``."""

    @property
    def allowed(self) -> str:
        """The range and the word."""
        return "a whole number from 1 to 100, or auto"

    def parse(self, text: str) -> int | str:
        """Return the number or the word."""
        return AUTO_QUALITY if text.strip().lower() == AUTO_QUALITY else _QUALITIES.parse(text)

    def format(self, value: int | str) -> str:
        """Its digits, or the word."""
        return str(value)


AUTO_QUALITY = "auto"
_QUALITIES = Integer(1, 100)
