"""An application whose requests are watched, as the lane has it done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog

from frontend.client_presence import while_client_stays
from frontend.request_log import RequestLog
from tests.frontend.server.asgi_app import App

Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]


@dataclass
class WatchedApp(App):
    """Watches what the application of the server's tests does; lets go of ``/big`` when the client leaves."""

    log: RequestLog = field(default_factory=lambda: RequestLog(is_on=True))

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        with (
            structlog.contextvars.bound_contextvars(request_id="id-7"),
            self.log.watch(scope, address="192.0.2.7") as record,
        ):
            receive, send = record.receive(receive), record.send(send)
            if scope["path"] == "/big":
                async with while_client_stays(receive):
                    await super().__call__(scope, receive, send)
            else:
                await super().__call__(scope, receive, send)


def watched(app: Callable[[Event, Receive, Send], Awaitable[None]], *, is_on: bool = True) -> Any:  # noqa: ANN401
    """Watch the requests of any application."""
    log = RequestLog(is_on=is_on)

    async def asgi(scope: Event, receive: Receive, send: Send) -> None:
        with (
            structlog.contextvars.bound_contextvars(request_id="id-7"),
            log.watch(scope, address="192.0.2.7") as record,
        ):
            await app(scope, record.receive(receive), record.send(send))

    return asgi
