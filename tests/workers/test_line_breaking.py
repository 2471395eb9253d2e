"""Breaking lines: between words, around ideographs, in words only where nothing else helps."""

from __future__ import annotations

import pytest

from workers.line_breaking import broken, clusters


def lines(text: str, *, width: int = 10, max_lines: int = 99) -> list[str]:
    """The text's lines, of letters that are one pixel wide each, marks none."""
    return list(broken(text, max_width_px=width, max_lines=max_lines, width_px=lambda part: len(clusters(part))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("short", ["short"]),
        ("one two three four", ["one two", "three four"]),
        ("one two\nthree\n\nfour", ["one two", "three", "", "four"]),
        ("exactly ten!", ["exactly", "ten!"]),
        ("ten chars! x", ["ten chars!", "x"]),
        ("a  b", ["a  b"]),
        ("  indented", ["  indented"]),
        ("trailing   \nnext", ["trailing", "next"]),
        ("well-known-words", ["well-", "known-", "words"]),
        ("1-2-3-4-5-6", ["1-2-3-4-5-", "6"]),
        ("abcdefghijklmno", ["abcdefghij", "klmno"]),
        ("hi abcdefghijklmno pq", ["hi", "abcdefghij", "klmno pq"]),
        ("no\u00a0break here", ["no\u00a0break", "here"]),
        ("漢字かな交じり文の行を折る", ["漢字かな交じり文の行", "を折る"]),
        ("漢字かな交じり文の行。折る", ["漢字かな交じり文の", "行。折る"]),
        ("漢字かな交じり文の「行」る", ["漢字かな交じり文の", "「行」る"]),
        ("漢字かな交じり文のちゃん", ["漢字かな交じり文の", "ちゃん"]),
        ("abc漢字def", ["abc漢字def"]),
        ("abcdef漢字defghi", ["abcdef漢字", "defghi"]),
    ],
)
def test_lines_end_where_a_reader_expects(text: str, expected: list[str]) -> None:
    """No line is longer than ten, none begins with what closes nor ends with what opens."""
    assert lines(text) == expected


def test_a_line_takes_at_least_one_character() -> None:
    """However narrow the frame is."""
    assert lines("abc", width=0) == ["a", "b", "c"]


def test_no_more_lines_are_made_than_there_is_room_for() -> None:
    """The first ones are kept."""
    assert lines("a b c d", width=1, max_lines=2) == ["a", "b"]


def test_marks_stay_with_their_letter() -> None:
    """Also where a word is torn, and where signs are joined to one."""
    assert lines("e\u0301e\u0301e\u0301", width=1) == ["e\u0301"] * 3
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert clusters(f"a{family}b") == ["a", family, "b"]


def test_a_flood_of_marks_is_cut() -> None:
    """Each might stand above the one before, higher than any frame."""
    assert clusters("a" + "\u0301" * 499 + "b") == ["a" + "\u0301" * 30, "b"]
