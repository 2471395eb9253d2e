"""The errors of bringing an image in: discreet, and never mute."""

from __future__ import annotations

import pytest

from frontend.library.ingest_errors import SourceError, SourceFailedError, SourceForbiddenError, SourceTimeoutError


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
