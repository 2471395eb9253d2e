"""Font files made of one of ours, with another map of characters: fonts for writings that ours do not know."""

from __future__ import annotations

import struct
from pathlib import Path

from workers.fonts import bundled

GLYPH = 36
"""That of the letter A."""


def font_for(*ranges: tuple[int, int], file_format: int = 12) -> bytes:
    """A font in which every character of these ranges, both ends included, is shown as an A."""
    return _with_table(bundled("mono").path, b"cmap", _character_table(ranges, file_format))


def collection_of(font: bytes) -> bytes:
    """A collection of that one font."""
    head = struct.pack(">4sHHII", b"ttcf", 1, 0, 1, 16)
    return head + _shifted(font, len(head))


def without_outlines(font: bytes) -> bytes:
    """The font, its outlines under another name: as if its glyphs were pictures."""
    return font.replace(b"glyf", b"CBDT", 1)


def _character_table(ranges: tuple[tuple[int, int], ...], file_format: int) -> bytes:
    body = _format_12(ranges) if file_format == 12 else _format_4(ranges)
    encoding = 10 if file_format == 12 else 1
    return struct.pack(">HHHHI", 0, 1, 3, encoding, 12) + body


def _format_12(ranges: tuple[tuple[int, int], ...]) -> bytes:
    # One group for each character: glyphs of a group follow each other.
    groups = b"".join(
        struct.pack(">III", code, code, GLYPH) for first, last in ranges for code in range(first, last + 1)
    )
    return struct.pack(">HHIII", 12, 0, 16 + len(groups), 0, len(groups) // 12) + groups


def _format_4(ranges: tuple[tuple[int, int], ...]) -> bytes:
    """Half of the segments by differences, half by an array of glyphs that lacks every first one."""
    segments = [*((code, code) for first, last in ranges[::2] for code in range(first, last + 1)), *ranges[1::2]]
    segments = [*sorted(segments), (0xFFFF, 0xFFFF)]
    listed = set(ranges[1::2])
    deltas, offsets, array = [], [], b""
    for index, (first, last) in enumerate(segments):
        deltas.append(0 if (first, last) in listed else (GLYPH - first) & 0xFFFF)
        offsets.append(2 * (len(segments) - index) + len(array) if (first, last) in listed else 0)
        if (first, last) in listed:
            array += struct.pack(f">{last + 1 - first}H", 0, *[GLYPH] * (last - first))
    row = f">{len(segments)}H"
    rows = [
        struct.pack(row, *(last for _, last in segments)) + b"\0\0",
        struct.pack(row, *(first for first, _ in segments)),
        struct.pack(row, *deltas),
        struct.pack(row, *offsets),
    ]
    body = b"".join(rows) + array
    return struct.pack(">HHHHHHH", 4, 14 + len(body), 0, 2 * len(segments), 0, 0, 0) + body


def _with_table(path: Path, name: bytes, table: bytes) -> bytes:
    """The font with a table put at its end, and its directory pointing there."""
    font = bytearray(path.read_bytes())
    entry = font.index(name, 12)
    font += bytes(-len(font) % 4)
    struct.pack_into(">II", font, entry + 8, len(font), len(table))
    return bytes(font + table)


def _shifted(font: bytes, by: int) -> bytes:
    shifted = bytearray(font)
    (tables,) = struct.unpack_from(">H", font, 4)
    for entry in range(12, 12 + 16 * tables, 16):
        (offset,) = struct.unpack_from(">I", font, entry + 8)
        struct.pack_into(">I", shifted, entry + 8, offset + by)
    return bytes(shifted)
