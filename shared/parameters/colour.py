"""Colours: one, or two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from shared.colours import TRANSPARENT, Colour


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


@dataclass(frozen=True, slots=True)
class OpaqueColourKind:
    """A CSS colour that nothing shines through."""

    @property
    def allowed(self) -> str:
        """The spellings."""
        return "an opaque CSS colour: a name, or 3 or 6 hexadecimal digits"

    def parse(self, text: str) -> Colour:
        """Return the colour."""
        colour = Colour.parse(text)
        if not colour.is_opaque:
            raise ValueError(text)
        return colour

    def format(self, value: Colour) -> str:
        """Hexadecimal digits."""
        return str(value)


class ColourPair(NamedTuple):
    """What shadows become, and what lights become."""

    dark: Colour
    light: Colour


@dataclass(frozen=True, slots=True)
class ColourPairKind:
    """Two opaque CSS colours."""

    @property
    def allowed(self) -> str:
        """The spelling."""
        return "two opaque CSS colours, of the shadows and of the lights: 222266,ffcc88"

    def parse(self, text: str) -> ColourPair:
        """Return the two colours."""
        dark, light = map(Colour.parse, text.split(","))
        if not (dark.is_opaque and light.is_opaque):
            raise ValueError(text)
        return ColourPair(dark, light)

    def format(self, value: ColourPair) -> str:
        """Hexadecimal digits."""
        return f"{value.dark},{value.light}"
