"""Takes from a font file the programs that move its outlines about, so that no interpreter runs them.

FreeType 2.14.3 (Pillow 13) writes beyond its memory when it runs those of DejaVu Sans for U+032D at 9, 11 and 12
pixels, and which glyphs are asked for is up to any client. Without them its own hinter, which knows outlines only,
makes letters as legible.

Source: OpenType specification 1.9, chapters "The OpenType Font File" and "maxp".
"""

from __future__ import annotations

import struct

_COLLECTION = b"ttcf"
_PROGRAMS = frozenset((b"fpgm", b"prep", b"cvt ", b"cvar"))
_UNKNOWN = b"none"
_MAX_INSTRUCTIONS_AT = 26
"""Where in ``maxp`` it stands how long a glyph's own program may be; with nought there FreeType hints itself."""


def unhinted(font: bytes) -> bytes:
    """Return the font, or the collection of fonts, without programs. Raises ValueError when it is torn."""
    changed = bytearray(font)
    try:
        for start in _fonts(font):
            (tables,) = struct.unpack_from(">H", font, start + 4)
            for entry in range(start + 12, start + 12 + 16 * tables, 16):
                tag, _, offset, size = struct.unpack_from(">4sIII", font, entry)
                if tag in _PROGRAMS:
                    changed[entry : entry + 4] = _UNKNOWN
                elif tag == b"maxp" and size > _MAX_INSTRUCTIONS_AT:
                    struct.pack_into(">H", changed, offset + _MAX_INSTRUCTIONS_AT, 0)
    except struct.error as error:
        raise ValueError("no whole font") from error
    return bytes(changed)


def _fonts(font: bytes) -> tuple[int, ...]:
    """Where the directories of its fonts begin."""
    if font[:4] != _COLLECTION:
        return (0,)
    (count,) = struct.unpack_from(">I", font, 8)
    return struct.unpack_from(f">{min(count, 64)}I", font, 12)
