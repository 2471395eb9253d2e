"""A request as the lane sees it: taken from its ASGI scope once. Source: ASGI 3.0, HTTP connection scope."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from frontend.access.doorkeeper import Visitor
from frontend.reply import ImageRequest

Scope = dict[str, Any]

PREFIX = "images/"
PIPELINES = "img/"
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRequest:
    """One request, as far as the lane is concerned with it."""

    method: str
    path: str
    query: str
    url_bytes: int
    http_version: str
    headers: Mapping[str, str]
    request_id: str

    @classmethod
    def of(cls, scope: Scope) -> LaneRequest:
        """Take what matters from the scope."""
        headers = _headers(scope)
        return cls(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            url_bytes=len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"]),
            http_version=scope["http_version"],
            headers=headers,
            request_id=_request_id(headers),
        )

    def for_image(self, visitor: Visitor) -> ImageRequest:
        """What delivery needs to know of it."""
        name, pipeline = self.path.removeprefix("/"), None
        if name.startswith(PIPELINES):
            pipeline, _, name = name.removeprefix(PIPELINES).partition("/")
        else:
            name = name.removeprefix(PREFIX)
        return ImageRequest(
            name=name, pipeline=pipeline, path=self.path, query=self.query, headers=self.headers, visitor=visitor
        )


def _headers(scope: Scope) -> dict[str, str]:
    """Header values by lower-case name; repeated ones joined as RFC 9110, section 5.3 has it."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _request_id(headers: Mapping[str, str]) -> str:
    """The client's own id where it is harmless, so that logs on both sides can be joined."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
