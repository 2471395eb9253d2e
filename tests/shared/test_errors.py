"""The tree of errors: drawn as it is, one slug each, and nothing said to the client that is not its business."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from shared import errors
from shared.errors import (
    REPORTABLE,
    BadParameterError,
    MethodNotAllowedError,
    QuarantinedError,
    QueueFullError,
    RangeNotSatisfiableError,
    ServiceError,
    WorkerError,
)
from tests.shared.strategies import ANY_TEXT, PROPERTY

# Other modules, tests among them, may derive classes of their own.
CLASSES = [error for _, error in errors.tree() if error.__module__ == errors.__name__]


def make(kind: type[ServiceError], detail: str) -> ServiceError:
    """Make an error of a class; a few say what they are about by other means than a sentence."""
    if issubclass(kind, MethodNotAllowedError):
        return kind("PUT", allow=("GET", "HEAD"))
    if issubclass(kind, RangeNotSatisfiableError):
        return kind(size_bytes=1000)
    return kind(detail)


def test_slugs_are_easy_to_compare() -> None:
    """Each is a word of lower-case letters and underscores."""
    assert all(re.fullmatch("[a-z]+(_[a-z]+)*", kind.slug) for kind in CLASSES)


@pytest.mark.parametrize("kind", CLASSES)
def test_class_explains_itself(kind: type[ServiceError]) -> None:
    """Every class has a docstring, a text of its own for the client and a status of failure."""
    assert (kind.__doc__ or "").rstrip().endswith(".")
    assert "public_message" in vars(kind)
    assert kind.status >= 400


@pytest.mark.parametrize("kind", CLASSES)
def test_error_without_a_detail_says_its_public_message(kind: type[ServiceError]) -> None:
    """No error is mute, neither in the log nor to the client."""
    error = make(kind, "")
    assert str(error)
    assert error.message


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if not kind.speaks_to_client])
def test_detail_stays_in_the_log(kind: type[ServiceError]) -> None:
    """What an error of ours or of the image knows, paths among it, is for the log alone."""
    error = make(kind, "/srv/images/cat.png: broken")
    assert str(error) == "/srv/images/cat.png: broken"
    assert error.message == kind.public_message


def test_only_requests_and_limits_speak_to_the_client() -> None:
    """A client reads texts about its request, a limit or what we read; others may hold causes and paths."""
    speaking = {kind.slug for kind in CLASSES if kind.speaks_to_client and kind.status >= 413}
    assert speaking == {
        "url_too_long",
        "range_not_satisfiable",
        "rate_limited",
        "unsupported_format",
        "too_large",
        "too_many_pixels",
        "too_many_frames",
        "does_not_fit",
    }
    assert not any(kind.speaks_to_client for kind in CLASSES if issubclass(kind, WorkerError))


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if kind.status == 503])
def test_unavailable_says_when_to_come_back(kind: type[ServiceError]) -> None:
    """A 503 carries the seconds after which it is worth asking again."""
    retry_after_s = kind("").retry_after_s
    assert retry_after_s is not None
    assert retry_after_s >= 1


def test_wait_may_be_given() -> None:
    """A queue and a quarantine know how long they last, and say it."""
    assert QueueFullError(retry_after_s=7).retry_after_s == 7
    assert QuarantinedError(retry_after_s=60).retry_after_s == 60
    assert QuarantinedError().retry_after_s is None


def test_reportable_errors_are_found_by_their_slugs() -> None:
    """What a worker may report is looked up by the slug that it sends."""
    assert all(kind.slug == slug for slug, kind in REPORTABLE.items())
    assert set(REPORTABLE.values()) <= set(CLASSES)


@PROPERTY
@given(value=ANY_TEXT)
def test_bad_parameter_names_parameter_value_and_what_is_allowed(value: str) -> None:
    """A short value is quoted whole, whatever it is made of, and the text can be sent."""
    text = BadParameterError.of("w", value[:80], "a whole number").message
    assert text == f"w={value[:80]!r} is not allowed: a whole number"
    assert text.encode()


@pytest.mark.parametrize("character", ["a", "é", "\ud800", "\x00", "\n", "😀", "'", "\u202e"])
def test_bad_parameter_cuts_a_long_value(character: str) -> None:
    """Of a value of any length and any characters the beginning is told."""
    text = BadParameterError.of("w", character * 100_000, "a whole number").message
    assert text.startswith("w=")
    assert "..." in text
    assert len(text) < 1000
    assert text.encode().isascii() or character in "é😀"


def test_eighty_characters_are_told_and_not_more() -> None:
    """The cut falls where the docstring says."""
    assert "9" * 80 in BadParameterError.of("w", "9" * 80, "").message
    assert "9" * 77 + "..." in BadParameterError.of("w", "9" * 81, "").message
    assert "9" * 78 not in BadParameterError.of("w", "9" * 81, "").message


def test_method_not_allowed_lists_those_that_are() -> None:
    """Both the text and the ``Allow`` header come from one tuple."""
    error = MethodNotAllowedError("PUT", allow=("GET", "HEAD"))
    assert error.allow == ("GET", "HEAD")
    assert error.message == "'PUT' is not allowed here, only GET, HEAD"


@pytest.mark.parametrize("character", ["A", "\ud800", "\n"])
def test_method_is_cut_like_any_value(character: str) -> None:
    """A method is whatever the client sent: one of any length and any characters can be answered."""
    text = MethodNotAllowedError(character * 100_000, allow=("GET",)).message
    assert len(text) < 1000
    assert text.isprintable()
    assert text.encode()


def test_range_not_satisfiable_knows_the_size() -> None:
    """The size goes into ``Content-Range`` and into the text."""
    error = RangeNotSatisfiableError(size_bytes=1000)
    assert error.size_bytes == 1000
    assert "1000" in error.message
