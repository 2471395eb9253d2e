"""Requests for images and the replies to them, free of any framework."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from frontend.access.doorkeeper import Visitor
from frontend.library.errors import DuplicateImageError, NameTakenError
from frontend.originals import OpenImage
from shared.errors import MethodNotAllowedError, RangeNotSatisfiableError, ServiceError, UnauthorizedError

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """What is asked for, and by whom: ``path`` is percent-decoded, ``query`` is not; header names in lower case.

    ``name`` and ``pipeline`` are what the path says.
    """

    name: str
    path: str
    visitor: Visitor
    query: str = ""
    pipeline: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBody:
    """A piece of an opened original."""

    file: OpenImage
    first: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. Whoever sends it closes it, whether or not the body was sent."""

    status: int
    headers: Headers
    body: bytes | FileBody = b""

    def close(self) -> None:
        """Close what the body was to be read from."""
        if isinstance(self.body, FileBody):
            self.body.file.close()


def error_reply(error: ServiceError, *, request_id: str) -> Reply:
    """The one shape in which every error is told; nothing in it comes from the log's text."""
    content = {**error_content(error), "request_id": request_id}
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Reply(
        status=int(error.status), headers=(*_error_headers(error), *_typed("application/json", body)), body=body
    )


def error_content(error: ServiceError) -> dict[str, object]:
    """What is told of an error, whether it is the answer or one of several in it."""
    content: dict[str, object] = {"code": int(error.status), "error": error.slug, "message": error.message}
    if isinstance(error, (DuplicateImageError, NameTakenError)):
        content["filename"] = error.filename
    return content


def html_reply(status: HTTPStatus, page: str, *, headers: Headers = ()) -> Reply:
    """A page for people."""
    body = page.encode()
    return Reply(status=int(status), headers=(*headers, *_typed("text/html; charset=utf-8", body)), body=body)


def _typed(mime: str, body: bytes) -> Headers:
    return (
        ("content-type", mime),
        ("content-length", str(len(body))),
        ("x-content-type-options", "nosniff"),
    )


def _error_headers(error: ServiceError) -> Headers:
    headers = [("cache-control", "no-store")]
    if error.retry_after_s is not None:
        headers.append(("retry-after", str(error.retry_after_s)))
    if isinstance(error, MethodNotAllowedError):
        headers.append(("allow", ", ".join(error.allow)))
    if isinstance(error, RangeNotSatisfiableError):
        headers.append(("content-range", f"bytes */{error.size_bytes}"))
    if isinstance(error, UnauthorizedError):
        headers.append(("www-authenticate", 'Bearer realm="tintype"'))
    return tuple(headers)
