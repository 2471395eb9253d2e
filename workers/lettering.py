"""Writes lines of text: which font has which part of a line, in what order parts stand, how wide they are.

Within a part HarfBuzz shapes and FriBidi orders the letters, through Pillow; what Pillow cannot do is one line in
several fonts. Where lines end is decided in ``workers/line_breaking.py``.

Source: Unicode Standard Annex 9, rules P2, N1, N2 and L2, for parts that are of one direction each.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from typing import Literal

from PIL import ImageDraw, ImageFont, features

from workers.fonts import Face, SystemFaces
from workers.line_breaking import clusters

Direction = Literal["ltr", "rtl"]
_DIRECTIONS: dict[str, Direction] = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_NEUTRAL_CATEGORIES = ("Z", "P", "C")

# Raqm comes with Pillow and looks for FriBidi in the system. Without that letters are neither joined nor ordered,
# and Pillow takes no directions.
_SHAPES = features.check("raqm")

# Embeddings, overrides and isolates: short texts do without. FriBidi 1.0.8, which the system may have, writes to
# memory that it has freed when a hundred isolates are badly nested (seen under valgrind, and only with isolates).
_EXPLICIT_DIRECTIONS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a line in one font; without a direction, its letters decide."""

    text: str
    face: Face
    direction: Direction | None = None

    @property
    def told_direction(self) -> Direction | None:
        """What Pillow may be told."""
        return self.direction if _SHAPES else None


class Lettering:
    """Letters of one size, in the first of ``faces`` that has them, else in one of the system's.

    What no font has is shown as the first face's sign for that, a box.
    """

    def __init__(self, faces: Sequence[Face], *, size_px: int, system: SystemFaces) -> None:
        self._faces = tuple(dict.fromkeys(faces))
        self._size_px = size_px
        self._system = system
        self._fonts: dict[Face, ImageFont.FreeTypeFont] = {}
        self._widths_px: dict[str, float] = {}

    @cached_property
    def ascent_px(self) -> int:
        """How far letters stand above the line that they are written on."""
        return self._font(self._faces[0]).getmetrics()[0]

    @cached_property
    def line_px(self) -> int:
        """From one line to the next."""
        return max(1, sum(self._font(self._faces[0]).getmetrics()))

    def width_px(self, line: str) -> float:
        """By how much the line moves the pen."""
        if line not in self._widths_px:
            self._widths_px[line] = sum(map(self._part_px, self.parts(line)))
        return self._widths_px[line]

    def write(self, line: str, *, on: ImageDraw.ImageDraw, at: tuple[float, float]) -> None:
        """Write the line in white, its left end at that point of the line it is written on."""
        x, y = at
        for part in self.parts(line):
            font = self._font(part.face)
            on.text((x, y), part.text, fill=255, font=font, anchor="ls", direction=part.told_direction)
            x += self._part_px(part)

    def parts(self, line: str) -> list[Part]:
        """Return the parts of a line as they stand, from left to right."""
        pieces = clusters(line.translate(_EXPLICIT_DIRECTIONS))
        faces = list(self._faces_of(pieces))
        if len(set(faces)) <= 1:
            return [Part("".join(pieces), face) for face in faces[:1]]
        base, directions = _directions(pieces)
        grouped = groupby(zip(faces, directions, pieces, strict=True), key=lambda item: item[:2])
        parts = [Part("".join(piece for *_, piece in group), *key) for key, group in grouped]
        return _as_they_stand(parts, base)

    def _part_px(self, part: Part) -> float:
        return self._font(part.face).getlength(part.text, direction=part.told_direction)

    def _font(self, face: Face) -> ImageFont.FreeTypeFont:
        if face not in self._fonts:
            self._fonts[face] = face.at(self._size_px)
        return self._fonts[face]

    def _faces_of(self, pieces: Sequence[str]) -> Iterator[Face]:
        """For each piece its face; blanks and punctuation stay with what stands before them, if they can."""
        current = self._faces[0]
        for piece in pieces:
            seen = "".join(char for char in piece if not _is_never_seen(char))
            if not (current.has(seen) and unicodedata.category(piece[0]).startswith(_NEUTRAL_CATEGORIES)):
                current = self._face_of(seen) or self._face_of(seen[:1]) or self._faces[0]
            yield current

    def _face_of(self, text: str) -> Face | None:
        return next((face for face in self._faces if face.has(text)), None) or self._system.find(text)


def _is_never_seen(char: str) -> bool:
    """Whether a character only says how others are to look: joiners, directions, variants."""
    return (
        unicodedata.category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    )


def _directions(pieces: Sequence[str]) -> tuple[Direction, list[Direction]]:
    """The direction of the line, its first letter's, and that of each piece.

    What has none of its own takes that of its neighbours where they agree, else that of the line.
    """
    own = [_DIRECTIONS.get(unicodedata.bidirectional(piece[0])) for piece in pieces]
    base: Direction = next(filter(None, own), "ltr")
    resolved: list[Direction] = [direction or base for direction in own]
    strong = [index for index, direction in enumerate(own) if direction]
    for one, other in pairwise(strong):
        if resolved[one] == resolved[other]:
            resolved[one:other] = [resolved[one]] * (other - one)
    return base, resolved


def _as_they_stand(parts: list[Part], base: Direction) -> list[Part]:
    """From the order of reading to that of the page: what runs against the line's direction is turned round."""
    ordered: list[Part] = []
    for is_along, group in groupby(parts, key=lambda part: part.direction == base):
        run = list(group)
        ordered += run if is_along else run[::-1]
    return ordered if base == "ltr" else ordered[::-1]
