"""What the API answers: JSON that nobody may keep, and errors in the one shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from quart import Response

from frontend.reply import Reply


def json_reply(content: object, status: HTTPStatus = HTTPStatus.OK) -> Reply:
    """Put ``content`` into a reply."""
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "backslashreplace")
    headers = (
        ("content-type", "application/json"),
        ("content-length", str(len(body))),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    )
    return Reply(status=int(status), headers=headers, body=body)


def json_response(content: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Put ``content`` into an answer of the application."""
    return response(json_reply(content, status))


def response(reply: Reply) -> Response:
    """Give a reply through the application."""
    return Response(reply.body if isinstance(reply.body, bytes) else b"", reply.status, dict(reply.headers))


def request_id() -> str:
    """The id of the request that is being answered."""
    bound: Mapping[str, object] = structlog.contextvars.get_contextvars()
    return str(bound.get("request_id", ""))
