"""Colours: every CSS name and every hexadecimal spelling, one canonical text, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageColor

from shared.colours import _NAMES, TRANSPARENT, WHITE, Colour
from tests.shared.strategies import ANY_TEXT, PROPERTY

channels = st.integers(0, 255)
colours = st.builds(Colour, channels, channels, channels, channels)


@pytest.mark.parametrize("name", sorted(ImageColor.colormap))
def test_css_name_has_the_value_that_pillow_knows(name: str) -> None:
    """Every named colour of CSS, in any case."""
    assert Colour.parse(name)[:3] == ImageColor.getrgb(name)
    assert Colour.parse(name.upper()).is_opaque


def test_no_name_is_missing_or_invented() -> None:
    """The names are those of CSS, and ``transparent``."""
    assert _NAMES.keys() == ImageColor.colormap.keys() | {"transparent"}


def test_transparent_is_a_name_too() -> None:
    """The one name that is not opaque."""
    assert Colour.parse("transparent") == TRANSPARENT
    assert TRANSPARENT.is_transparent
    assert not TRANSPARENT.is_opaque
    assert WHITE.is_opaque
    assert not WHITE.is_transparent


@pytest.mark.parametrize("prefix", ["", "#"])
@pytest.mark.parametrize(
    ("digits", "colour"),
    [
        ("1a2", (0x11, 0xAA, 0x22, 255)),
        ("1a28", (0x11, 0xAA, 0x22, 0x88)),
        ("102a3f", (0x10, 0x2A, 0x3F, 255)),
        ("102a3f80", (0x10, 0x2A, 0x3F, 0x80)),
        ("102A3F00", (0x10, 0x2A, 0x3F, 0)),
        ("000", (0, 0, 0, 255)),
        ("0000", (0, 0, 0, 0)),
    ],
)
def test_hexadecimal_digits_with_and_without_hash(prefix: str, digits: str, colour: tuple[int, ...]) -> None:
    """Three and four digits are doubled; four and eight have an alpha."""
    assert Colour.parse(prefix + digits) == colour


@PROPERTY
@given(colour=colours)
def test_text_of_a_colour_is_that_colour(colour: Colour) -> None:
    """What is written is read back, six digits when nothing shines through, else eight."""
    assert Colour.parse(str(colour)) == colour
    assert len(str(colour)) == (6 if colour.alpha == 255 else 8)
    assert f"{colour}" == str(colour)


@PROPERTY
@given(first=colours, second=colours)
def test_colours_differ_as_their_texts_do(first: Colour, second: Colour) -> None:
    """One text for one colour: keys are made of it."""
    assert (first == second) is (str(first) == str(second))


@pytest.mark.parametrize(
    "text",
    [
        "", "#", "##fff", "f", "ff", "fffff", "fffffff", "fffffffff", "ggg", "#red", "redd", "re d", "0xfff",
        "ff ff ff", "f f", "-ff", "+ff", "rgb(1,2,3)", "fff;", "fff:", "fff\0", "١٢٣", "\uff11\uff12\uff13",
        "blac\u212a", "\ud800", "none", "currentcolor", "f" * 1_000_000,
    ],
)  # fmt: skip
def test_junk_is_no_colour(text: str) -> None:
    """What is neither a name nor the right number of digits is refused."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its argument is looked at below
        Colour.parse(text)
    assert caught.value.args == (text,)


@PROPERTY
@given(text=ANY_TEXT)
def test_any_text_is_a_colour_or_a_value_error(text: str) -> None:
    """No text breaks the reader, and what it reads is canonical."""
    try:
        colour = Colour.parse(text)
    except ValueError:
        return
    assert Colour.parse(str(colour)) == colour
