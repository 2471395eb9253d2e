"""Fonts: which characters they have, and where those come from that ours lack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.operations import FONTS
from tests.workers import patched_font
from workers.character_map import CharacterMap
from workers.fonts import Face, SystemFaces, bundled

HAN = (0x4E00, 0x4E10)
PUA = (0x1F600, 0x1F603)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def _put(folder: Path, name: str, body: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path


@pytest.mark.parametrize("name", FONTS)
def test_every_declared_font_comes_with_us(name: str) -> None:
    """It has the letters of Europe, and FreeType can read it."""
    face = bundled(name)
    assert face.has("Quick Ærøskøbing ßŁőçÿ € “—” Ωμέγα Съешь ещё")
    assert not face.has("漢")
    assert face.at(20).getlength("W") > 10


def test_a_bold_font_is_bolder() -> None:
    """It is not the plain one under another name."""
    assert bundled("sans-bold").at(100).getlength("text") > bundled("sans").at(100).getlength("text")


def test_our_plain_font_has_hebrew_and_arabic() -> None:
    """The others fall back on it."""
    assert bundled("sans").has("שלום السلام")


def test_their_licence_lies_beside_them() -> None:
    """Whoever passes the fonts on passes it on."""
    licence = bundled("sans").path.with_name("LICENSE").read_text(encoding="utf-8")
    assert "Bitstream Vera" in licence


@pytest.mark.parametrize("file_format", [4, 12])
def test_a_map_tells_what_is_there(folder: Path, file_format: int) -> None:
    """To the character, at both ends of a range."""
    font = patched_font.font_for((0x41, 0x43), file_format=file_format)
    characters = CharacterMap.read(_put(folder, "a.ttf", font))
    assert [char in characters for char in "@ABCD\U00010041"] == [False, True, True, True, False, False]


def test_a_segment_may_have_holes(folder: Path) -> None:
    """A character whose glyph is number nought is not there."""
    font = patched_font.font_for((0x41, 0x41), (0x61, 0x63), file_format=4)
    characters = CharacterMap.read(_put(folder, "a.ttf", font))
    assert [char in characters for char in "Aabcd"] == [True, False, True, True, False]


def test_characters_beyond_the_first_plane_are_told(folder: Path) -> None:
    """By the larger one of the two formats."""
    characters = CharacterMap.read(_put(folder, "a.ttf", patched_font.font_for(PUA)))
    assert "\U0001f603" in characters
    assert "\U0001f604" not in characters


def test_a_collection_is_read(folder: Path) -> None:
    """The first of its fonts."""
    font = patched_font.collection_of(patched_font.font_for(HAN))
    face = Face.read(_put(folder, "a.ttc", font))
    assert face.has("一")
    assert face.at(20).getlength("一") > 5


@pytest.mark.parametrize("length", [0, 3, 11, 40, 300, 5000])
def test_a_torn_file_is_no_font(folder: Path, length: int) -> None:
    """It is told by one kind of error, wherever it ends."""
    path = _put(folder, "a.ttf", patched_font.font_for(HAN)[:length])
    with pytest.raises(ValueError, match=r"."):
        CharacterMap.read(path)


def test_a_font_of_pictures_is_not_used(folder: Path) -> None:
    """Its glyphs have one size only."""
    path = _put(folder, "a.ttf", patched_font.without_outlines(patched_font.font_for(HAN)))
    with pytest.raises(ValueError, match="outlines"):
        Face.read(path)


def test_the_system_is_searched_for_a_character(folder: Path) -> None:
    """In folders within folders, past files that are no fonts."""
    _put(folder, "a/torn.ttf", b"no font")
    _put(folder, "a/readme.txt", patched_font.font_for(HAN))
    wanted = _put(folder, "b/c/han.otf", patched_font.font_for(HAN))
    found = SystemFaces([folder / "none", folder]).find("一丁")
    assert found is not None
    assert found.path == wanted


def test_plain_fonts_come_first(folder: Path) -> None:
    """Whatever they are called."""
    font = patched_font.font_for(HAN)
    _put(folder, "Han-Bold.ttf", font)
    _put(folder, "Han-Italic.ttf", font)
    plain = _put(folder, "Han-Regular.ttf", font)
    found = SystemFaces([folder]).find("一")
    assert found is not None
    assert found.path == plain


def test_a_character_that_no_font_has(folder: Path) -> None:
    """It is not found, now or later."""
    _put(folder, "a.ttf", patched_font.font_for(HAN))
    faces = SystemFaces([folder])
    assert [faces.find("丁丟") is not None, faces.find("क"), faces.find("क")] == [False, None, None]


def test_each_file_is_read_once(folder: Path) -> None:
    """What was found is remembered, even if the file is gone."""
    path = _put(folder, "a.ttf", patched_font.font_for(HAN))
    faces = SystemFaces([folder])
    found = faces.find("一")
    path.unlink()
    assert faces.find("丁") is found


def test_the_search_ends_in_time(folder: Path) -> None:
    """A slow disk costs two seconds of a worker's life and no more."""
    for index in range(9):
        _put(folder, f"{index}.ttf", patched_font.font_for((0x4E00 + index, 0x4E00 + index)))
    ticks: Iterator[float] = iter(range(100))
    faces = SystemFaces([folder], clock=lambda: next(ticks))
    assert [faces.find(chr(0x4E00 + index)) is not None for index in range(4)] == [True, True, False, False]
