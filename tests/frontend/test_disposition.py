"""What a download is called: RFC 6266 and RFC 8187, and nothing that could be anything else."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontend.disposition import attachment
from tests.shared.strategies import ANY_TEXT, PROPERTY

_FIELD = re.compile(
    r'attachment; filename="(?P<plain>[ A-Za-z0-9._()+@=-]*)"'
    r"(?:; filename\*=UTF-8''(?P<encoded>(?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})+))?"
)


def saved_as(value: str) -> str:
    """The name under which a browser saves it, that heeds RFC 6266, section 4.3: ``filename*`` first."""
    match = _FIELD.fullmatch(value)
    assert match is not None, value
    return match["plain"] if match["encoded"] is None else unquote_to_bytes(match["encoded"]).decode()


@pytest.mark.parametrize(
    ("asked", "name", "extension", "value"),
    [
        ("", "cat.png", "png", 'attachment; filename="cat.png"'),
        ("", "cats/of 2026/cat.png", "webp", 'attachment; filename="cat.webp"'),
        ("", "archive.tar.png", "jpg", 'attachment; filename="archive.tar.jpg"'),
        ("", "noextension", "png", 'attachment; filename="noextension.png"'),
        ("my cat.png", "x.png", "png", 'attachment; filename="my cat.png"'),
        ("holiday", "x.png", "png", 'attachment; filename="holiday"'),
        (
            "€ rates.png",
            "x",
            "png",
            "attachment; filename=\"_ rates.png\"; filename*=UTF-8''%E2%82%AC%20rates.png",
        ),
        ("naïve.png", "x", "png", "attachment; filename=\"na_ve.png\"; filename*=UTF-8''na%C3%AFve.png"),
        ('a"b.png', "x", "png", "attachment; filename=\"a_b.png\"; filename*=UTF-8''a%22b.png"),
        ("50%.png", "x", "png", "attachment; filename=\"50_.png\"; filename*=UTF-8''50%25.png"),
        ("a;b,c.png", "x", "png", "attachment; filename=\"a_b_c.png\"; filename*=UTF-8''a%3Bb%2Cc.png"),
        ("猫.png", "x", "png", "attachment; filename=\"_.png\"; filename*=UTF-8''%E7%8C%AB.png"),
    ],
)
def test_field_is_as_the_standard_has_it(asked: str, name: str, extension: str, value: str) -> None:
    """Plain names as they are; others once in letters that all understand, and once in full."""
    assert attachment(asked, name=name, extension=extension) == value


@pytest.mark.parametrize("breaking", ["\r", "\n", "\r\nX-Evil: 1", "\x00", '"', "\\", "\x7f", "\u2028", "\ud800"])
def test_nothing_breaks_out_of_the_field(breaking: str) -> None:
    """Neither out of the quotes nor out of the line, whatever came that far."""
    value = attachment(f"a{breaking}b.png", name="x", extension="png")
    assert _FIELD.fullmatch(value)
    assert value.isascii()
    assert value.isprintable()


@PROPERTY
@given(name=ANY_TEXT.filter(bool))
def test_any_name_makes_a_field(name: str) -> None:
    """And a browser reads out of it the name that was put in, save for halves of characters."""
    assert saved_as(attachment(name, name="x", extension="png")) == name.encode("utf-8", "replace").decode()


@PROPERTY
@given(name=st.text(min_size=1).map(lambda text: text.replace("/", "_")))
def test_own_name_makes_a_field(name: str) -> None:
    """Any name of an image has its extension taken off and the new one put on."""
    assert saved_as(attachment("", name=f"folder/{name}", extension="webp")).endswith(".webp")
