"""What a filter understands, and what it says about the rest."""

from __future__ import annotations

import pytest

from frontend.library.image_filter import EVERYTHING, FILTER_PARAMETERS, Bounds, ImageFilter
from shared.errors import BadParameterError


def test_query_becomes_a_filter() -> None:
    """Every parameter of a query is understood."""
    query = {
        "width": "800",
        "height_min": "1",
        "height_max": "200",
        "size_max": "5",
        "format": "png",
        "tags": "b,a",
    }
    assert ImageFilter.parse(query) == ImageFilter(
        width=Bounds(800, 800), height=Bounds(1, 200), size=Bounds(None, 5), format="png", tags=("a", "b")
    )


def test_document_becomes_the_same_filter() -> None:
    """In JSON numbers are numbers and tags an array."""
    query = ImageFilter.parse({"width_min": "800", "tags": "cat,night", "format": "jpg"})
    assert ImageFilter.parse({"width_min": 800, "tags": ["night", "cat"], "format": "JPEG"}) == query


@pytest.mark.parametrize(
    "values",
    [{}, dict.fromkeys(FILTER_PARAMETERS), dict.fromkeys(FILTER_PARAMETERS, ""), {"count": "5"}, {"tags": []}],
)
def test_what_is_not_said_filters_nothing(values: dict[str, object]) -> None:
    """Absent, null and empty parameters, and those of others, mean every image."""
    assert ImageFilter.parse(values) == EVERYTHING


@pytest.mark.parametrize(
    "value", ["wide", "-1", "1.5", "1e3", " 7", "٣", "9007199254740992", True, 1.5, -1, [], {}]
)
@pytest.mark.parametrize("name", ["width", "height_min", "size_max"])
def test_no_whole_number_is_refused(name: str, value: object) -> None:
    """The error names the parameter, the value and what is allowed."""
    with pytest.raises(BadParameterError) as caught:
        ImageFilter.parse({name: value})
    assert caught.value.message.startswith(f"{name}={str(value)!r} is not allowed: a whole number from 0 to")


@pytest.mark.parametrize("name", ["width", "height", "size"])
@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        ({"_min": "9", "_max": "8"}, "{0}_min='9' is not allowed: {0}_max is 8"),
        ({"": "7", "_min": "9"}, "{0}='7' is not allowed: {0}_min is 9"),
        ({"": "7", "_max": "6"}, "{0}='7' is not allowed: {0}_max is 6"),
    ],
)
def test_bounds_that_nothing_satisfies_are_refused(name: str, bounds: dict[str, str], text: str) -> None:
    """A minimum above the maximum is an error, and so is an exact value outside of them."""
    with pytest.raises(BadParameterError) as caught:
        ImageFilter.parse({name + suffix: value for suffix, value in bounds.items()})
    assert caught.value.message == text.format(name)


def test_bounds_may_meet() -> None:
    """A minimum may be the maximum, and an exact value may be either."""
    assert ImageFilter.parse({"size_min": "5", "size_max": "5"}).size == Bounds(5, 5)
    assert ImageFilter.parse({"width": "5", "width_min": "5", "width_max": "5"}).width == Bounds(5, 5)


def test_unknown_format_is_refused() -> None:
    """The error lists the formats that there are."""
    with pytest.raises(BadParameterError, match="format='gfi' is not allowed: one of jpeg, png"):
        ImageFilter.parse({"format": "gfi"})


@pytest.mark.parametrize("value", [0, False, 5, ["a", 5], {"a": 1}])
def test_tags_of_another_kind_are_refused(value: object) -> None:
    """Tags are texts, in a list; nothing else is silently taken for no tags."""
    with pytest.raises(BadParameterError, match="tags="):
        ImageFilter.parse({"tags": value})
