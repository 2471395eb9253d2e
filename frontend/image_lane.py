"""The thin ASGI layer in front of Quart: images go to delivery, everything else goes on.

It knows which paths are images, gives each request its id, lets go of work whose client has left, and is the
place where an error becomes a reply. Source: ASGI 3.0, HTTP connection scope.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
import trio

from frontend.delivery import Delivery
from frontend.reply import FileBody, ImageRequest, Reply, error_reply
from shared.errors import DrainingError, MethodNotAllowedError, ServiceError, UrlTooLongError

Scope = dict[str, Any]
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
ErrorPage = Callable[[ServiceError, Mapping[str, str]], Reply | None]

METHODS = ("GET", "HEAD")
PREFIX = "images/"
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")

log = structlog.get_logger()


class ImageLane:
    """Answers image requests itself and hands the rest to ``inner``.

    ``reserved`` holds the first segments of all paths that are not images; ``error_page`` may give an error a
    page for people.
    """

    def __init__(
        self,
        delivery: Delivery,
        inner: App,
        *,
        reserved: frozenset[str],
        error_page: ErrorPage,
        draining: trio.Event,
        max_url_bytes: int,
    ) -> None:
        self._delivery = delivery
        self._inner = inner
        self._reserved = reserved
        self._error_page = error_page
        self._draining = draining
        self._max_url_bytes = max_url_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        headers = _headers(scope)
        request_id = _request_id(headers)
        send = _with_request_id(send, request_id)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                self._admit(scope)
                if self._is_for_quart(scope):
                    await self._inner(scope, receive, send)
                    return
                reply = await self._while_client_waits(_image_request(scope, headers), receive)
            except ServiceError as error:
                reply = self._tell(error, headers, request_id=request_id, version=scope["http_version"])
            if reply is not None:
                await _send_reply(reply, send, with_body=scope["method"] != "HEAD")

    def _admit(self, scope: Scope) -> None:
        if self._draining.is_set():
            raise DrainingError()
        url_bytes = len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"])
        if url_bytes > self._max_url_bytes:
            raise UrlTooLongError(f"the URL has {url_bytes} bytes, at most {self._max_url_bytes} are read")

    def _is_for_quart(self, scope: Scope) -> bool:
        if scope["path"].split("/", 2)[1] in self._reserved:
            return True
        if scope["method"] not in METHODS:
            raise MethodNotAllowedError(scope["method"], allow=METHODS)
        return False

    async def _while_client_waits(self, request: ImageRequest, receive: Receive) -> Reply | None:
        """Make the reply, unless the client leaves first; then None."""
        reply: Reply | None = None
        error: ServiceError | None = None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cancel_when_gone, receive, nursery.cancel_scope)
            try:
                reply = await self._delivery.reply(request)
            except ServiceError as caught:
                error = caught  # raised outside, where it is not part of a group
            nursery.cancel_scope.cancel()
        if error is not None:
            raise error
        return reply

    def _tell(self, error: ServiceError, headers: Mapping[str, str], *, request_id: str, version: str) -> Reply:
        if error.status >= 500:
            log.warning("request.failed", error=error.slug, detail=str(error))
        reply = self._error_page(error, headers) or error_reply(error, request_id=request_id)
        if isinstance(error, DrainingError) and version.startswith("1"):
            return Reply(status=reply.status, headers=(*reply.headers, ("connection", "close")), body=reply.body)
        return reply


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


def _image_request(scope: Scope, headers: Mapping[str, str]) -> ImageRequest:
    name = scope["path"].removeprefix("/").removeprefix(PREFIX)
    return ImageRequest(name=name, query=scope["query_string"].decode("latin-1"), headers=headers)


def _with_request_id(send: Send, request_id: str) -> Send:
    header = (b"x-request-id", request_id.encode())

    async def send_with_id(event: Event) -> None:
        if event["type"] == "http.response.start":
            event = {**event, "headers": [*event.get("headers", ()), header]}
        await send(event)

    return send_with_id


async def _cancel_when_gone(receive: Receive, scope: trio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def _send_reply(reply: Reply, send: Send, *, with_body: bool) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    try:
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if isinstance(reply.body, FileBody) and with_body:
            async for chunk in reply.body.file.chunks(first=reply.body.first, length=reply.body.length):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        else:
            body = reply.body if isinstance(reply.body, bytes) and with_body else b""
            await send({"type": "http.response.body", "body": body})
    finally:
        reply.close()
