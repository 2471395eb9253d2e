"""Fonts without programs: nothing is left for an interpreter to run, and the outlines are the same."""

from __future__ import annotations

import struct

import pytest

from shared.operations import FONTS
from tests.workers import patched_font
from workers.fonts import bundled
from workers.unhinted_font import unhinted


def _tables(font: bytes, start: int = 0) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">H", font, start + 4)
    entries = (struct.unpack_from(">4sIII", font, start + 12 + 16 * index) for index in range(count))
    return {tag: font[offset : offset + size] for tag, _, offset, size in entries}


@pytest.mark.parametrize("name", FONTS)
def test_programs_are_gone_and_all_else_stays(name: str) -> None:
    """Those of the font by name, those of its glyphs by the length that they are said to have."""
    font = bundled(name).path.read_bytes()
    before, after = _tables(font), _tables(unhinted(font))
    assert {b"fpgm", b"prep", b"cvt "} <= before.keys()
    assert not {b"fpgm", b"prep", b"cvt "} & after.keys()
    assert after[b"maxp"][26:28] == bytes(2) != before[b"maxp"][26:28]
    assert all(after[tag] == before[tag] for tag in after if tag not in (b"maxp", b"none"))


def test_fonts_of_a_collection_have_none_either() -> None:
    """Its fonts have directories of their own."""
    collection = unhinted(patched_font.collection_of(patched_font.font_for((0x41, 0x43))))
    assert b"fpgm" not in _tables(collection, 16)


@pytest.mark.parametrize("length", [0, 5, 20, 100])
def test_a_torn_font_is_told(length: int) -> None:
    """It is an error of one kind."""
    font = patched_font.font_for((0x41, 0x43))[:length]
    with pytest.raises(ValueError, match="no whole font"):
        unhinted(font)


def test_a_glyph_whose_program_writes_beyond_its_memory_is_harmless() -> None:
    """Drawn a thousand times, it leaves the process alive: with its program the heap breaks within a hundred."""
    font = bundled("sans").at(9)
    boxes = {font.getbbox("\u1e18E\u032d") for _ in range(1000)}
    assert len(boxes) == 1
