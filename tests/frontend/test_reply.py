"""Replies: the one shape in which every error is told, and what it never tells."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path

import pytest
from hypothesis import given

from frontend.drop_in import DropInFolder
from frontend.originals import OriginalReader
from frontend.reply import FileBody, Reply, error_reply, html_reply
from shared import errors
from shared.errors import (
    BadParameterError,
    MethodNotAllowedError,
    QuarantinedError,
    QueueFullError,
    RangeNotSatisfiableError,
    ServiceError,
    SourceChangedError,
    UnauthorizedError,
)
from tests.shared.strategies import ANY_TEXT, PROPERTY

# Other modules, tests among them, may derive classes of their own.
CLASSES = [kind for _, kind in errors.tree() if kind.__module__ == errors.__name__]
SECRET = "/srv/images/secret.png: line 7"


def make(kind: type[ServiceError]) -> ServiceError:
    """Make an error of a class, with a detail for the log where it is not the client's own words."""
    if issubclass(kind, MethodNotAllowedError):
        return kind("PUT", allow=("GET", "HEAD"))
    if issubclass(kind, RangeNotSatisfiableError):
        return kind(size_bytes=1000)
    return kind() if kind.speaks_to_client else kind(SECRET)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_has_the_one_shape(kind: type[ServiceError]) -> None:
    """Code, slug, message and request id, in JSON that nobody may keep or take for anything else."""
    error = make(kind)
    reply = error_reply(error, request_id="id")
    headers = dict(reply.headers)
    assert isinstance(reply.body, bytes)
    assert json.loads(reply.body) == {
        "code": kind.status,
        "error": kind.slug,
        "message": error.message,
        "request_id": "id",
    }
    assert reply.status == kind.status
    assert len(headers) == len(reply.headers)
    assert headers["content-type"] == "application/json"
    assert headers["content-length"] == str(len(reply.body))
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("kind", CLASSES)
def test_no_error_tells_where_things_lie(kind: type[ServiceError]) -> None:
    """What is for the log, paths and causes, is in no part of the reply."""
    reply = error_reply(make(kind), request_id="id")
    assert "secret" not in str(reply)


def test_worker_trouble_says_when_to_come_back() -> None:
    """Retry-After where asking again may help, and only there."""
    for error, seconds in (
        (QueueFullError(retry_after_s=17), "17"),
        (SourceChangedError(), "1"),
        (QuarantinedError(retry_after_s=300), "300"),
        (QuarantinedError(), None),
        (BadParameterError(), None),
        (ServiceError(), None),
    ):
        assert dict(error_reply(error, request_id="id").headers).get("retry-after") == seconds


def test_errors_bring_the_headers_their_status_asks_for() -> None:
    """405 comes with Allow, 416 with Content-Range, 401 with WWW-Authenticate; no other error does."""
    special = {
        "allow": (MethodNotAllowedError("PUT", allow=("GET", "HEAD")), "GET, HEAD"),
        "content-range": (RangeNotSatisfiableError(size_bytes=1000), "bytes */1000"),
        "www-authenticate": (UnauthorizedError(), 'Bearer realm="tintype"'),
    }
    for name, (error, value) in special.items():
        assert dict(error_reply(error, request_id="id").headers)[name] == value
        others = [
            make(kind) for kind in CLASSES if not isinstance(error, kind) and not issubclass(kind, type(error))
        ]
        assert not any(name in dict(error_reply(other, request_id="id").headers) for other in others)


@PROPERTY
@given(text=ANY_TEXT)
def test_any_words_of_a_client_can_be_told(text: str) -> None:
    """Whatever a client sent as a value, the error that quotes it is JSON in UTF-8."""
    error = BadParameterError.of("w", text, "a number")
    body = error_reply(error, request_id="id").body
    assert isinstance(body, bytes)
    assert json.loads(body.decode("utf-8"))["message"] == error.message


def test_any_words_of_ours_can_be_told() -> None:
    """A message with a broken character is told, not dropped."""
    body = error_reply(BadParameterError("caf\xe9 \ud800"), request_id="id").body
    assert isinstance(body, bytes)
    assert json.loads(body)["message"] == "café \ud800"
    assert "café".encode() in body


def test_page_is_utf_8() -> None:
    """A page says how it is encoded and how long it is in bytes, and keeps the headers it is given."""
    reply = html_reply(HTTPStatus.OK, "<p>café", headers=(("x-more", "1"),))
    assert reply.body == "<p>café".encode()
    assert dict(reply.headers) == {
        "x-more": "1",
        "content-type": "text/html; charset=utf-8",
        "content-length": "8",
        "x-content-type-options": "nosniff",
    }


async def test_closing_a_reply_closes_its_file(tmp_path: Path) -> None:
    """A reply that was not sent gives its file back; one without a file has nothing to close."""
    (tmp_path / "cat.png").write_bytes(b"cat")
    folder = DropInFolder(tmp_path)
    file = await OriginalReader().open(await folder.find("cat.png"))
    Reply(status=200, headers=(), body=FileBody(file=file, first=0, length=3)).close()
    with pytest.raises(ValueError, match="closed"):
        await file.read(1, offset=0)
    Reply(status=200, headers=(), body=b"cat").close()
