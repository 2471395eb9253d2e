"""Header values and their parameters, as clients write them and as they must not."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis.strategies import sampled_from, text

from frontend.library.header_parameters import decode_extended, parse_header


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("text/plain", ("text/plain", {})),
        (" Text/Plain ;", ("text/plain", {})),
        ("a; B=c; d=E", ("a", {"b": "c", "d": "E"})),
        ('a;b="c;d=e" ; f = g', ("a", {"b": "c;d=e", "f": "g"})),
        ('a; b="c\\"d\\\\e\\f"', ("a", {"b": 'c"d\\e\\f'})),
        ('a; b=""; c=', ("a", {"b": "", "c": ""})),
        ("a; b*=UTF-8''c", ("a", {"b*": "UTF-8''c"})),
        ("a;;; b=c", ("a", {"b": "c"})),
    ],
)
def test_header_is_split(header: str, expected: tuple[str, dict[str, str]]) -> None:
    """Names are in lower case, values as they stand; only quotes and backslashes are unescaped."""
    assert parse_header(header) == expected


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", "no value"),
        ("; a=b", "no value"),
        ("ä", "no value"),
        ("a b", "malformed"),
        ("a; b", "malformed"),
        ("a; =b", "malformed"),
        ('a; b="c', "malformed"),
        ('a; b="c"d', "malformed"),
        ('a; b="c\\"', "malformed"),
        ("a; b=c d", "malformed"),
        ("a; b=c; B=d", "'b' is given twice"),
    ],
)
def test_malformed_header_is_refused(header: str, said: str) -> None:
    """What two readers might read in two ways is not read."""
    with pytest.raises(ValueError, match=said):
        parse_header(header)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("UTF-8''na%C3%AFve%20cat.png", "naïve cat.png"),
        ("utf-8'en'%f0%9f%a7%80", "🧀"),
        ("ISO-8859-1''%E4", "ä"),
        ("UTF-8''%ff", "\ufffd"),
        ("UTF-8''", ""),
    ],
)
def test_extended_value_is_decoded(value: str, expected: str) -> None:
    """The two character sets of RFC 5987 are known; what is none of their bytes is replaced."""
    assert decode_extended(value) == expected


@pytest.mark.parametrize(
    "value", ["", "cat.png", "UTF-8'cat.png", "''cat.png", "KOI8-R''x", "UTF-8''a b", "utf-16''a"]
)
def test_other_extended_value_is_refused(value: str) -> None:
    """Another character set, or none, is a mistake."""
    with pytest.raises(ValueError, match=r"star|not known"):
        decode_extended(value)


@given(junk=text(sampled_from("\";\\=a *'%ä"), max_size=30))
def test_no_header_breaks_its_reading(junk: str) -> None:
    """Any text is a header or a ValueError."""
    for header in (junk, f"x;{junk}"):
        with suppress(ValueError):
            parse_header(header)
    with suppress(ValueError):
        decode_extended(junk)


def test_long_header_is_read_in_no_time() -> None:
    """No header makes its reading try the same text over and over."""
    for junk in ('"', "\\", '\\"', ";", "a=", ' ;a="', "'", "%"):
        with suppress(ValueError):
            parse_header("a; b=" + junk * 50_000)
        with suppress(ValueError):
            decode_extended("UTF-8''" + junk * 50_000)
