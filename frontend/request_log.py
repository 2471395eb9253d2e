"""The request log: one line for each request, written when its answer has ended, however it has ended.

A request is watched at ASGI's own seam, so that images, uploads and the API are told of alike; what cannot be seen
there, who asked and which error it was, is noted by whoever finds it out. Source: ASGI 3.0, HTTP connection scope.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar, Token
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import structlog
import trio

from frontend.masking import shown_path, shown_query

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

EVENT = "request"
# No method that there is has more; a client may send one of 64 KiB.
MAX_METHOD_CHARS = 32
_STAGE = re.compile(rb"([\w-]+);dur=(\d+(?:\.\d+)?)")
# What a person finds in the sentence, or does not look for.
_MACHINES_ONLY = re.compile(r"method|path|query|status|bytes|\w+_ms|cache|address|http_version")

_current: ContextVar[RequestRecord | None] = ContextVar("request_record", default=None)


def note_user(username: str) -> None:
    """Have the line of the request that is being answered say whose key it bears."""
    record = _current.get()
    if record is not None:
        record.user = username


def note_error(slug: str) -> None:
    """Have the line of the request that is being answered say which error it ends in."""
    record = _current.get()
    if record is not None:
        record.error = slug


class RequestLog:
    """Watches requests; writes nothing if ``is_on`` is false."""

    def __init__(self, *, is_on: bool) -> None:
        self._log = structlog.get_logger()
        self._is_on = is_on

    def watch(self, scope: MutableMapping[str, Any], *, address: str) -> RequestRecord:
        """Watch one request until the end of the block that is entered with what is returned."""
        return RequestRecord(scope, address=address, write=self._write if self._is_on else None)

    def _write(self, record: RequestRecord) -> None:
        level = logging.WARNING if record.is_our_failure else logging.INFO
        log = self._log.bind()  # once: each look at the logger itself would do it
        if log.is_enabled_for(level):
            log.log(level, EVENT, **record.fields())


class RequestRecord:
    """One request, from its arrival to the end of its answer: what has been seen of it so far."""

    __slots__ = (
        "_address",
        "_has_left",
        "_is_ending",
        "_is_whole",
        "_scope",
        "_seen",
        "_sent_bytes",
        "_started_s",
        "_status",
        "_token",
        "_write",
        "error",
        "user",
    )

    def __init__(
        self,
        scope: MutableMapping[str, Any],
        *,
        address: str,
        write: Callable[[RequestRecord], None] | None,
    ) -> None:
        self.user: str | None = None
        self.error: str | None = None
        self._scope = scope
        self._address = address
        self._write = write
        self._token: Token[RequestRecord | None] | None = None
        self._started_s = trio.current_time()
        self._status: int | None = None
        self._seen: dict[str, object] = {}
        self._sent_bytes = 0
        self._has_left = self._is_ending = self._is_whole = False

    @property
    def is_our_failure(self) -> bool:
        """Whether the client has not got what it might rightly expect."""
        return self._is_cut_short or (self._status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR

    @property
    def _is_cut_short(self) -> bool:
        return not self._is_whole and not self._has_left

    def __enter__(self) -> Self:
        self._token = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._token is not None:
            _current.reset(self._token)
        if self._write is None:
            return
        if not self._is_whole:
            self._note_end(error)
        self._write(self)

    def receive(self, receive: Receive) -> Receive:
        """Receive the same, and notice that the client has left."""

        async def watched() -> Event:
            event = await receive()
            # Of one that has its answer the same is said.
            if event["type"] == "http.disconnect" and not self._is_ending:
                self._has_left = True
            return event

        return watched

    def send(self, send: Send) -> Send:
        """Send the same, and note what is sent."""

        async def watched(event: Event) -> None:
            if event["type"] == "http.response.start":
                self._status = event["status"]
                self._look_at(event["headers"])
                await send(event)
            elif event["type"] == "http.response.body":
                body = event.get("body", b"")
                self._is_ending = not event.get("more_body", False)
                # Before it is sent: an application may be cancelled as soon as the server has the end.
                self._is_whole = self._is_ending and not body
                await send(event)
                self._is_whole = self._is_ending
                if not self._has_left:
                    self._sent_bytes += len(body)
            else:
                await send(event)

        return watched

    def fields(self) -> dict[str, object]:
        """What the line says; what there was not is left out."""
        scope = self._scope
        fields: dict[str, object] = {
            "method": scope["method"][:MAX_METHOD_CHARS],
            "path": shown_path(scope["path"]),
            "bytes": 0 if scope["method"] == "HEAD" else self._sent_bytes,
            "duration_ms": round((trio.current_time() - self._started_s) * 1000, 3),
            "address": self._address,
            "http_version": scope["http_version"],
            **self._seen,
        }
        if scope["query_string"]:
            fields["query"] = shown_query(scope["query_string"].decode("latin-1"))
        if self._status is not None:
            fields["status"] = self._status
        if self.user is not None:
            fields["user"] = self.user
        if self.error is not None:
            fields["error"] = self.error
        if self._has_left:
            fields["aborted"] = True
        elif self._is_cut_short:
            fields["cut_short"] = True
        return fields

    def _look_at(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Take from the answer's own headers what it has been and how long its parts have taken."""
        for name, value in headers:
            if name == b"x-cache":
                self._seen["cache"] = value.decode("latin-1")
            elif name == b"server-timing":
                for stage, took_ms in _STAGE.findall(value):
                    self._seen[f"{stage.decode('ascii')}_ms"] = float(took_ms)

    def _note_end(self, error: BaseException | None) -> None:
        """Tell why there is no whole answer."""
        if error is not None and not _is_bug(error):
            self._has_left = True  # cancelled with its connection
        if self._has_left:
            return
        if error is not None or self._status is None:
            self.error = self.error or "internal_error"
        if self._status is None:
            # What the server answers for an application that does not.
            self._status = int(HTTPStatus.INTERNAL_SERVER_ERROR)
            self._is_whole = True


def for_people(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put the line of a request into words, such as ``GET /cat.png?w=100 200 2048 B 0.8 ms hit``; a processor."""
    if event["event"] != EVENT or "duration_ms" not in event:
        return event
    query = f"?{event['query']}" if "query" in event else ""
    words = (
        event["method"],
        event["path"] + query,
        str(event.get("status", "-")),
        f"{event['bytes']} B",
        f"{event['duration_ms']:.1f} ms",
        event.get("cache", ""),
    )
    rest = {name: value for name, value in event.items() if not _MACHINES_ONLY.fullmatch(name)}
    return {**rest, "event": " ".join(filter(None, words))}


def _is_bug(error: BaseException) -> bool:
    """Whether anything but cancellation has ended it."""
    if isinstance(error, BaseExceptionGroup):
        return error.split(Exception)[0] is not None
    return isinstance(error, Exception)
