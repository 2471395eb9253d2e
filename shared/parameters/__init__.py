"""The kinds of values that operations take: text to value, value to its one canonical text.

A kind says what it allows in words, so that errors, the parameter tables and the OpenAPI document tell the same.
Which operation takes which parameter is declared in ``shared/operations``. Here is what all kinds have in common;
they themselves are told by what they measure.
"""

from __future__ import annotations

from shared.parameters.colour import ColourKind, ColourPair, ColourPairKind, OpaqueColourKind
from shared.parameters.kind import Kind
from shared.parameters.length import MAX_LENGTH_PX, Length, LengthKind, RadiusKind
from shared.parameters.number import Integer, Number, QualityKind, format_number, parse_number
from shared.parameters.place import (
    CENTER,
    COMPASS,
    FOCUSES,
    Box,
    BoxKind,
    Gravity,
    GravityKind,
    Point,
    PositionKind,
    Sides,
    SidesKind,
)
from shared.parameters.word import Choice, NameKind, Switch, TextKind

__all__ = [
    "CENTER", "COMPASS", "FOCUSES", "MAX_LENGTH_PX", "Box", "BoxKind", "Choice", "ColourKind", "ColourPair",
    "ColourPairKind", "Gravity", "GravityKind", "Integer", "Kind", "Length", "LengthKind", "NameKind",
    "Number", "OpaqueColourKind", "Point", "PositionKind", "QualityKind", "RadiusKind", "Sides", "SidesKind",
    "Switch", "TextKind", "format_number", "parse_number",
]  # fmt: skip
