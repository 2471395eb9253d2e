"""An ASGI application that does to a server what applications do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import trio
from hypercorn.typing import ASGIFramework

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BIG_BYTES = 50 << 20
PART_BYTES = 1 << 20


@dataclass
class App:
    """Answers by path, and keeps count of what it was asked.

    A path without a method of its own is answered with the request's method, its path and the size of its body.
    """

    release: trio.Event = field(default_factory=trio.Event)
    scopes: list[Message] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    lived: list[str] = field(default_factory=list)
    sent_bytes: int = 0
    _changed: trio.Event = field(default_factory=trio.Event)

    def asgi(self) -> ASGIFramework:
        """Return what servers take."""
        return cast("ASGIFramework", self)

    async def until_asked(self, path: str, *, times: int = 1) -> None:
        """Wait until the path has been asked for so many times."""
        while [scope["path"] for scope in self.scopes].count(path) < times:
            await self._changed.wait()

    async def until_ended(self, path: str) -> None:
        """Wait until the application is done with the path, however that came."""
        while path not in self.ended:
            await self._changed.wait()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Speak ASGI."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        answers = {
            "/early": self._answer_early,
            "/unread": self._answer_unread,
            "/big": self._answer_big,
            "/whole": self._answer_whole,
            "/crash": self._crash,
            "/half": self._crash_half_way,
            "/cancelled": self._answer_cancelled,
        }
        path = scope["path"]
        self.scopes.append(scope)
        self._note_change()
        try:
            if path in answers:
                await answers[path](send)
            else:
                await self._answer(scope, receive, send)
        finally:
            self.ended.append(path)
            self._note_change()

    def _note_change(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def _live(self, scope: Message, receive: Receive, send: Send) -> None:
        scope["state"]["origin"] = "startup"
        for step in ("startup", "shutdown"):
            await receive()
            self.lived.append(step)
            await send({"type": f"lifespan.{step}.complete"})

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        """Read the whole body; at ``/held`` wait for ``release``, at ``/busy`` work for 50 ms."""
        size = 0
        while (message := await receive())["type"] == "http.request":
            size += len(message["body"])
            if not message["more_body"]:
                break
        if scope["path"] == "/held":
            await self.release.wait()
        elif scope["path"] == "/busy":
            await trio.sleep(0.05)
        await _send_all(send, 200, f"{scope['method']} {scope['path']} {size}".encode())

    async def _answer_early(self, send: Send) -> None:
        """Answer before the body has been read."""
        await _send_all(send, 413, b"too much")

    async def _answer_unread(self, send: Send) -> None:
        """Let the body wait, and never read it."""
        await self.release.wait()
        await self._answer_early(send)

    async def _answer_big(self, send: Send) -> None:
        """Answer in many parts, and keep count of those the server has asked for."""
        await send(_head(200, BIG_BYTES))
        for _ in range(BIG_BYTES // PART_BYTES):
            self.sent_bytes += PART_BYTES
            await send(_part(bytes(PART_BYTES), more=True))
        await send(_part(b"", more=False))

    async def _answer_whole(self, send: Send) -> None:
        """Answer as much in one part."""
        await _send_all(send, 200, bytes(BIG_BYTES))

    async def _crash(self, _send: Send) -> None:
        raise ArithmeticError("a bug")

    async def _crash_half_way(self, send: Send) -> None:
        await send(_head(200, 100))
        await send(_part(b"half", more=True))
        raise ArithmeticError("a bug")

    async def _answer_cancelled(self, send: Send) -> None:
        """Answer from a task that has been cancelled."""
        with trio.CancelScope() as cancelled:
            cancelled.cancel()
            await _send_all(send, 200, b"whole")


async def _send_all(send: Send, status: int, body: bytes) -> None:
    await send(_head(status, len(body)))
    await send(_part(body, more=False))


def _head(status: int, length: int) -> Message:
    return {"type": "http.response.start", "status": status, "headers": [(b"content-length", b"%d" % length)]}


def _part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}
