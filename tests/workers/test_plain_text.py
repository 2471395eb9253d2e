"""Texts from files: what is left of them."""

from __future__ import annotations

import pytest

from workers.plain_text import MAX_CHARS, plain_text


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("Box", "Box"),
        ("  Box\t Pro\r\n ", "Box Pro"),
        ("Ada\0Editor", "Ada Editor"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("abc\u202edef\u2066", "abc def"),
        ("\ud800x\uffff", "x"),
        ("M\xc3\xbcller \xc2\xa9", "Müller ©"),
        ("M\xfcller", "Müller"),
        ("中文", "中文"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\0\0\0", ""),
        ("", ""),
        (None, ""),
        (b"bytes", ""),
        (("a", "b"), ""),
        (7, ""),
    ],
)
def test_text_is_made_plain(found: object, expected: str) -> None:
    """No control characters, no surrogates, nothing that turns the direction; UTF-8 that was taken for Latin-1."""
    assert plain_text(found) == expected


@pytest.mark.parametrize("found", ["x" * 10_000_000, "x " * 10_000, "\xc3\xbc" * 10_000, "\0" * 10_000 + "x"])
def test_text_is_cut(found: str) -> None:
    """No more is stored than anybody reads."""
    assert len(plain_text(found)) <= MAX_CHARS
