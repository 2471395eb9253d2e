"""A client in front of an ASGI application, without a network: gives it what a server would, and holds it to HTTP.

What a server would refuse to put on the wire is an AssertionError here: two starts, a header that is none, a body
of another length than promised. Source: ASGI 3.0, HTTP connection scope.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import trio

Event = dict[str, Any]
App = Callable[
    [dict[str, Any], Callable[[], Awaitable[Event]], Callable[[Event], Awaitable[None]]], Awaitable[None]
]

_HEADER_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_HEADER_VALUE = re.compile(rb"(?:[\x21-\xff](?:[\x20\t\x21-\xff]*[\x21-\xff])?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What arrived. ``is_whole`` is false when the application stopped in the middle of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool

    def json(self) -> Any:  # noqa: ANN401 - whatever was sent
        """The body as JSON."""
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)


@dataclass(eq=False)
class _Exchange:
    """One request on its way through the application."""

    is_head: bool
    leaving: trio.Event
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    is_whole: bool = False
    pieces: Iterator[bytes] = field(default_factory=lambda: iter(()))
    breaks_off: bool = False
    has_read: bool = False
    on_chunk: Callable[[], Awaitable[None]] = trio.lowlevel.checkpoint

    async def receive(self) -> Event:
        """The body piece by piece, its end unless it breaks off, and then nothing until the client leaves."""
        for piece in self.pieces:
            await trio.lowlevel.checkpoint()
            return {"type": "http.request", "body": piece, "more_body": True}
        if not self.has_read and not self.breaks_off:
            self.has_read = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.leaving.wait()
        return {"type": "http.disconnect"}

    async def send(self, event: Event) -> None:
        """Take one part of the answer."""
        if event["type"] == "http.response.start":
            self._start(event)
        elif event["type"] == "http.response.body":
            self._add(event)
        else:
            raise AssertionError(event)
        await self.on_chunk()

    def _start(self, event: Event) -> None:
        assert self.status is None, "a second start"
        self.status = event["status"]
        for name, value in event["headers"]:
            assert _HEADER_NAME.fullmatch(name), name
            assert _HEADER_VALUE.fullmatch(value), value
            assert name.decode() not in self.headers, f"{name} twice"
            self.headers[name.decode()] = value.decode("latin-1")

    def _add(self, event: Event) -> None:
        assert self.status is not None, "a body before the start"
        assert not self.is_whole, "more after the end"
        self.body += event.get("body", b"")
        assert not (self.body and self.status in (204, 304)), "a body where none belongs"
        if event.get("more_body", False):
            return
        self.is_whole = True
        promised = self.headers.get("content-length")
        if self.is_head:
            self.body.clear()  # an application may leave this to the server
        elif promised is not None:
            assert len(self.body) == int(promised), "not as long as promised"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsgiClient:
    """Sends requests to ``app``, each as if over a connection of its own."""

    app: App
    http_version: str = "1.1"

    async def get(self, target: str, **headers: str) -> Answer:
        """GET ``target``; a header's name is given with underscores."""
        return await self.ask(
            "GET", target, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )

    async def head(self, target: str, **headers: str) -> Answer:
        """HEAD ``target``."""
        return await self.ask(
            "HEAD", target, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )

    async def ask(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
        body: Iterable[bytes] = (),
        breaks_off: bool = False,
        leaving: trio.Event | None = None,
        on_chunk: Callable[[], Awaitable[None]] = trio.lowlevel.checkpoint,
    ) -> Answer:
        """Send any request, its body in pieces; one that breaks off has no end.

        The client leaves when ``leaving`` is set; ``on_chunk`` is awaited after each part of the answer.
        """
        leaving = trio.Event() if leaving is None else leaving
        pairs = list(headers.items()) if isinstance(headers, Mapping) else headers or []
        raw_path, _, query = target.encode("latin-1").partition(b"?")
        exchange = _Exchange(
            is_head=method == "HEAD",
            leaving=leaving,
            pieces=iter(body),
            breaks_off=breaks_off,
            on_chunk=on_chunk,
        )
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.1"},
            "http_version": self.http_version,
            "method": method,
            "scheme": "https",
            "path": unquote(raw_path.decode("ascii")),
            "raw_path": raw_path,
            "query_string": query,
            "root_path": "",
            "headers": [(b"host", b"images.example"), *((n.encode(), v.encode("latin-1")) for n, v in pairs)],
            "client": ("192.0.2.1", 50_000),
            "server": ("192.0.2.2", 443),
            "state": {},
            "extensions": {},
        }
        await self.app(scope, exchange.receive, exchange.send)
        assert exchange.status is not None or exchange.leaving.is_set(), "no answer"
        return Answer(
            status=exchange.status or 0,
            headers=exchange.headers,
            body=bytes(exchange.body),
            is_whole=exchange.is_whole,
        )
