"""The thin ASGI layer in front of Quart: images go to delivery, uploads to the library, everything else goes on.

It knows which paths are images, gives each request its id, lets go of work whose client has left, and is the
place where an error becomes a reply. Source: ASGI 3.0, HTTP connection scope.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

import structlog
import trio

from frontend.access.address_limits import rate_headers
from frontend.access.door import VISITOR, Door
from frontend.access.doorkeeper import Visitor
from frontend.api.upload import Uploads
from frontend.client_presence import Receive, while_client_stays
from frontend.cors import options_reply
from frontend.delivery import Delivery
from frontend.lane_request import PIPELINES, LaneRequest, Scope
from frontend.library.ingest_errors import UploadAbortedError
from frontend.library.names import LAST_SEGMENTS
from frontend.masking import shown_path, shown_query
from frontend.reply import FileBody, Reply, error_reply
from frontend.request_log import note_error
from shared.errors import DrainingError, MethodNotAllowedError, ServiceError, UrlTooLongError

Event = dict[str, Any]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
ErrorPage = Callable[[ServiceError, Mapping[str, str]], Reply | None]

METHODS = ("GET", "HEAD")
UPLOAD = "/upload"
# What is asked under an image's name and is not the image: names may not end like this.
_ABOUT_AN_IMAGE = tuple(f"/{word}" for word in LAST_SEGMENTS)

_Reply = TypeVar("_Reply", Reply, Reply | None)

log = structlog.get_logger()


class ImageLane:
    """Answers requests for images and uploads itself and hands the rest to ``inner``.

    ``reserved`` holds the first segments of all paths that are not images, ``images`` itself among them or not;
    ``error_page`` may give an error a page for people.
    """

    def __init__(
        self,
        delivery: Delivery,
        inner: App,
        *,
        uploads: Uploads,
        door: Door,
        reserved: frozenset[str],
        error_page: ErrorPage,
        draining: trio.Event,
        max_url_bytes: int,
    ) -> None:
        self._delivery = delivery
        self._inner = inner
        self._uploads = uploads
        self._door = door
        self._reserved = reserved
        self._error_page = error_page
        self._draining = draining
        self._max_url_bytes = max_url_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        asked = LaneRequest.of(scope)
        is_for_quart = self._is_for_quart(asked)
        visitor = self._door.doorkeeper.visitor(asked.headers, address=self._door.address(scope, asked.headers))
        with (
            structlog.contextvars.bound_contextvars(request_id=asked.request_id, address=visitor.address),
            self._door.log.watch(scope, address=visitor.address) as record,
        ):
            send = self._door.cors.send(
                _with_own_headers(record.send(send), asked.request_id, visitor),
                origin=asked.headers.get("origin"),
                method=asked.method,
                is_image=not is_for_quart,
            )
            await self._pass_on(asked, visitor, scope, record.receive(receive), send, is_for_quart=is_for_quart)

    async def _pass_on(
        self,
        asked: LaneRequest,
        visitor: Visitor,
        scope: Scope,
        receive: Receive,
        send: Send,
        *,
        is_for_quart: bool,
    ) -> None:
        refusal = self._refusal(asked, is_for_quart=is_for_quart)
        if refusal is not None:
            await _send_reply(self._tell(refusal, asked), asked, receive, send)
        elif asked.method == "OPTIONS" and (preflight := self._door.cors.preflight(asked.headers)):
            await _send_reply(preflight, asked, receive, send)
        elif asked.method == "POST" and asked.path == UPLOAD:
            await self._take_upload(asked, visitor, scope["scheme"], receive, send)
        elif is_for_quart:
            await self._inner({**scope, VISITOR: visitor}, receive, send)
        elif asked.method == "OPTIONS":
            await _send_reply(options_reply(METHODS), asked, receive, send)
        else:
            await self._answer(asked, visitor, receive, send)

    def _refusal(self, asked: LaneRequest, *, is_for_quart: bool) -> ServiceError | None:
        """Why the request is not even looked at, if so."""
        if self._draining.is_set():
            return DrainingError()
        if asked.url_bytes > self._max_url_bytes:
            return UrlTooLongError(f"the URL has {asked.url_bytes} bytes, at most {self._max_url_bytes} are read")
        if asked.method not in (*METHODS, "OPTIONS") and not is_for_quart:
            return MethodNotAllowedError(asked.method, allow=(*METHODS, "OPTIONS"))
        return None

    def _is_for_quart(self, asked: LaneRequest) -> bool:
        first_segment, _, rest = asked.path.removeprefix("/").partition("/")
        if first_segment == "images":
            return asked.method not in METHODS or not rest or asked.path.endswith(_ABOUT_AN_IMAGE)
        if first_segment == PIPELINES.rstrip("/"):
            return "/" not in rest
        # Not "//…", whose first segment is empty too: Quart would redirect it to wherever the Host header says.
        return asked.path == "/" if not first_segment else first_segment in self._reserved

    async def _answer(self, asked: LaneRequest, visitor: Visitor, receive: Receive, send: Send) -> None:
        """Make the reply and send it, unless the client leaves first."""
        reply: Reply | None = None
        try:
            async with while_client_stays(receive):
                reply = await self._or_told(self._delivery.reply(asked.for_image(visitor)), asked)
            if reply is not None:
                await _send_reply(reply, asked, receive, send)
        finally:
            if reply is not None:
                reply.close()

    async def _take_upload(
        self, asked: LaneRequest, visitor: Visitor, scheme: str, receive: Receive, send: Send
    ) -> None:
        """Have the upload read and answer it, unless the client leaves first."""

        async def upload() -> Reply | None:
            try:
                return await self._uploads.reply(asked.headers, receive, visitor=visitor, scheme=scheme)
            except UploadAbortedError as error:
                log.info("upload.aborted", detail=str(error))
                return None

        reply = await self._or_told(upload(), asked)
        if reply is not None:
            await _send_reply(reply, asked, receive, send)

    async def _or_told(self, answering: Awaitable[_Reply], asked: LaneRequest) -> _Reply | Reply:
        """Await a reply, or tell why there is none: from here on every error is an answer."""
        try:
            return await answering
        except ServiceError as error:
            if error.status >= 500:
                log.warning("request.failed", error=error.slug, detail=str(error))
            return self._tell(error, asked)
        except Exception:
            # A bug may be of any type, and is no reason to hang up.
            log.exception("request.crashed", path=shown_path(asked.path), query=shown_query(asked.query))
            return self._tell(ServiceError(), asked)

    def _tell(self, error: ServiceError, asked: LaneRequest) -> Reply:
        note_error(error.slug)
        reply = self._error_page(error, asked.headers) or error_reply(error, request_id=asked.request_id)
        if isinstance(error, DrainingError) and asked.http_version.startswith("1"):
            return Reply(status=reply.status, headers=(*reply.headers, ("connection", "close")), body=reply.body)
        return reply


def _with_own_headers(send: Send, request_id: str, visitor: Visitor) -> Send:
    """Add the request's id, and where the client stands if it was counted."""

    async def send_with_headers(event: Event) -> None:
        if event["type"] == "http.response.start":
            headers = [*event.get("headers", ()), (b"x-request-id", request_id.encode())]
            if visitor.decision is not None:
                headers += [(name.encode(), value.encode()) for name, value in rate_headers(visitor.decision)]
            event = {**event, "headers": headers}
        await send(event)

    return send_with_headers


async def _send_reply(reply: Reply, asked: LaneRequest, receive: Receive, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    body = b""
    if asked.method != "HEAD":
        if not isinstance(reply.body, FileBody):
            body = reply.body
        elif not await _has_sent_file(reply.body, receive, send):
            return  # without an end: the server breaks the connection off, lest a piece be taken for the whole
    # The client is not watched here: the server says it is gone as soon as it has its last byte, and to be
    # cancelled then would leave the connection half way to its next request.
    await send({"type": "http.response.body", "body": body})


async def _has_sent_file(body: FileBody, receive: Receive, send: Send) -> bool:
    """Send the bytes of a file; False if the client left or the file shrank meanwhile."""
    async with (
        while_client_stays(receive),
        aclosing(body.file.chunks(first=body.first, length=body.length)) as chunks,
    ):
        try:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except EOFError as error:
            log.warning("reply.cut_short", detail=str(error))
        else:
            return True
    return False
