"""Which texts are tags."""

from __future__ import annotations

import pytest

from frontend.library.tag_names import MAX_TAG_CHARS, MAX_TAGS, clean_tag, clean_tags, parse_tags
from shared.errors import BadParameterError


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("cat", "cat"),
        ("  cat ", "cat"),
        ("New York", "New York"),
        ("caf\u0065\u0301", "caf\u00e9"),
        ("猫", "猫"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("a" * MAX_TAG_CHARS, "a" * MAX_TAG_CHARS),
    ],
)
def test_tag_has_one_form(text: str, tag: str) -> None:
    """Blanks around a tag do not count, and accents are written in one way; case and scripts are kept."""
    assert clean_tag(text) == tag


@pytest.mark.parametrize("text", ["", "  ", "a,b", "a\nb", "\x00", "\x7f", "\ud800", "a" * (MAX_TAG_CHARS + 1)])
def test_no_tag_is_refused(text: str) -> None:
    """What is empty, too long, or would be taken apart by a query or a terminal, is no tag."""
    with pytest.raises(BadParameterError, match="tags="):
        clean_tag(text)


def test_tags_are_sorted_and_different() -> None:
    """A tag given twice counts once."""
    assert clean_tags(["night", "cat", " night"]) == ("cat", "night")


def test_too_many_tags_are_refused() -> None:
    """The error says how many there may be."""
    with pytest.raises(BadParameterError, match=f"up to {MAX_TAGS} are allowed"):
        clean_tags(str(number) for number in range(MAX_TAGS + 1))


def test_tags_of_a_query_stand_between_commas() -> None:
    """Blanks around commas do not count; a gap between two of them is a mistake."""
    assert parse_tags("night, cat") == ("cat", "night")
    assert parse_tags(" ") == ()
    with pytest.raises(BadParameterError):
        parse_tags("night,,cat")
