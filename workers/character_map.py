"""Which characters a font file has glyphs for: reads its ``cmap`` table, which FreeType's binding does not show.

Of a collection it is the first font's. Nothing is drawn here; ``workers/fonts.py`` decides which font is used.

Source: OpenType specification 1.9, chapters "The OpenType Font File" and "cmap", formats 4 and 12.
"""

from __future__ import annotations

import io
import struct
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_COLLECTION = b"ttcf"
_OUTLINES = frozenset((b"glyf", b"CFF ", b"CFF2"))
_MAX_TABLES = 64
_MAX_TABLE_BYTES = 4 << 20


class CharacterMap:
    """The characters of one font, as ranges of code points."""

    def __init__(self, firsts: list[int], lasts: list[int]) -> None:
        self._firsts = firsts
        self._lasts = lasts

    def __contains__(self, char: str) -> bool:
        at = bisect_right(self._firsts, ord(char)) - 1
        return at >= 0 and ord(char) <= self._lasts[at]

    @classmethod
    def read(cls, path: Path) -> CharacterMap:
        """Read the map of the font in that file.

        Raises OSError, or ValueError for what is no font, has no outlines to be scaled or no map of Unicode.
        """
        try:
            with path.open("rb") as file:
                table = _character_table(file)
            return _map_of(table)
        except (struct.error, IndexError, MemoryError) as error:
            raise ValueError(f"{path} is no whole font") from error


def _character_table(file: io.BufferedReader) -> bytes:
    """The bytes of ``cmap``; glyphs that are pictures of one size, as many emoji are, cannot be used."""
    start = 0
    if file.read(4) == _COLLECTION:
        file.seek(12)
        (start,) = struct.unpack(">I", file.read(4))
    file.seek(start + 4)
    (tables,) = struct.unpack(">H6x", file.read(8))
    directory = file.read(16 * min(tables, _MAX_TABLES))
    places = {tag: (offset, size) for tag, _, offset, size in struct.iter_unpack(">4sIII", directory)}
    if b"cmap" not in places or not _OUTLINES & places.keys():
        raise ValueError(f"{file.name} has no outlines or no map of its characters")
    offset, size = places[b"cmap"]
    file.seek(offset)
    return file.read(min(size, _MAX_TABLE_BYTES))


def _map_of(table: bytes) -> CharacterMap:
    subtables = dict(_unicode_subtables(table))
    if 12 in subtables:
        return _segmented_coverage(table, subtables[12])
    if 4 in subtables:
        return _segment_mapping(table, subtables[4])
    raise ValueError("no map of Unicode")


def _unicode_subtables(table: bytes) -> Iterator[tuple[int, int]]:
    """The format and the offset of each."""
    (count,) = struct.unpack_from(">H", table, 2)
    for index in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * index)
        if platform == 0 or (platform == 3 and encoding in (1, 10)):
            yield struct.unpack_from(">H", table, offset)[0], offset


def _segmented_coverage(table: bytes, offset: int) -> CharacterMap:
    """Format 12: groups of characters, in order."""
    (count,) = struct.unpack_from(">I", table, offset + 12)
    groups = np.frombuffer(table, ">u4", 3 * count, offset + 16).reshape(-1, 3)
    return CharacterMap(groups[:, 0].tolist(), groups[:, 1].tolist())


def _segment_mapping(table: bytes, offset: int) -> CharacterMap:
    """Format 4: segments of the first 65536 characters, some of which have no glyph."""
    count = struct.unpack_from(">H", table, offset + 6)[0] // 2
    lasts, firsts, deltas, range_offsets = (
        np.frombuffer(table, ">u2", count, offset + 14 + row * 2 * count + (2 if row else 0)).tolist()
        for row in range(4)
    )
    has_glyph = np.zeros(1 << 16, bool)
    for index, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        if first > last or first == 0xFFFF:
            continue
        glyphs = np.arange(first, last + 1)
        if range_offsets[index]:
            # Counted from where this very number stands.
            at = offset + 16 + 6 * count + 2 * index + range_offsets[index]
            glyphs = np.frombuffer(table, ">u2", last + 1 - first, at).astype(np.int64)
            glyphs[glyphs > 0] += deltas[index]
        else:
            glyphs += deltas[index]
        has_glyph[first : last + 1] |= glyphs & 0xFFFF != 0
    edges = np.flatnonzero(np.diff(has_glyph.astype(np.int8), prepend=0, append=0))
    return CharacterMap(edges[::2].tolist(), (edges[1::2] - 1).tolist())
