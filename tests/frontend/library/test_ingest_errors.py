"""The errors of bringing an image in: drawn as they are, and discreet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from frontend.library import ingest_errors
from frontend.library.ingest_errors import SourceError, SourceFailedError, SourceForbiddenError, SourceTimeoutError
from shared.errors import ServiceError, tree

CLASSES = [error for _, error in tree() if error.__module__ == ingest_errors.__name__]


def draw(kind: type[ServiceError], first: str = "", rest: str = "") -> Iterator[str]:
    """Draw a class and those of ours below it, as the module's docstring does."""
    yield f"{first}{kind.__name__}".ljust(38) + f"{kind.status:d} {kind.slug}"
    children = [child for child in kind.__subclasses__() if any(issubclass(each, child) for each in CLASSES)]
    for child in children:
        is_last = child is children[-1]
        yield from draw(child, rest + ("└── " if is_last else "├── "), rest + ("    " if is_last else "│   "))


def test_drawing_is_the_tree() -> None:
    """The docstring draws every class in its place, with its status and its slug."""
    drawing = (ingest_errors.__doc__ or "").split("\n\n")[1]
    assert drawing.strip().splitlines() == list(draw(ServiceError))


def test_slugs_are_nobody_elses() -> None:
    """A client that branches on a slug meets one meaning only."""
    everyones = [error.slug for _, error in tree() if not error.__module__.startswith("tests.")]
    for kind in CLASSES:
        assert everyones.count(kind.slug) == 1, kind


@pytest.mark.parametrize("kind", [SourceForbiddenError, SourceTimeoutError])
def test_detail_is_for_the_log(kind: type[SourceForbiddenError | SourceTimeoutError]) -> None:
    """The client is told what it named itself; what we found out stays in the log."""
    error = kind("images.example", detail="10.0.0.7 is private")
    assert "images.example" in error.message
    assert "10.0.0.7" not in error.message
    assert "10.0.0.7" in str(error)


def test_failure_says_what_failed() -> None:
    """A 502 tells the problem, and the log its cause."""
    error = SourceFailedError("images.example", problem="answered with status 404", detail="at 192.0.2.7")
    assert error.message == "'images.example' answered with status 404"
    assert str(error) == f"{error.message}: at 192.0.2.7"


def test_error_about_nothing_says_its_public_message() -> None:
    """No error is mute."""
    for kind in (SourceError, SourceForbiddenError, SourceFailedError, SourceTimeoutError):
        assert kind().message == kind.public_message
        assert str(kind()) == kind.public_message


@pytest.mark.parametrize("character", ["A", "\ud800", "\n", "é"])
def test_source_is_cut_and_printable(character: str) -> None:
    """A source is whatever the client sent: one of any length and any characters can be answered."""
    message = SourceForbiddenError(character * 100_000).message
    assert len(message) < 1000
    assert message.isprintable()
    assert message.encode()
