"""Runs the application once for each request of one connection, and carries the request's body to it.

Stands in for Hypercorn's task group, in which an application that answers without reading the body
waits for ever to be told of its own end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

import structlog
import trio
from hypercorn.config import Config
from hypercorn.trio.task_group import TaskGroup
from hypercorn.typing import AppWrapper, ASGIReceiveEvent, ASGISendEvent, Scope

from frontend.masking import shown_path

Send = Callable[[ASGISendEvent | None], Awaitable[None]]
Put = Callable[[ASGIReceiveEvent], Awaitable[None]]
# Told how many bytes of its request's body the application has just read.
OnRead = Callable[[int], Awaitable[None]]

UNTOLD_EVENTS = 4
"""Pieces of a body (64 KiB and less) that wait for an application where nobody waits for them to be read."""

log = structlog.get_logger()


class AppTasks(TaskGroup):
    """A nursery for the requests of one connection: what the application raises ends that request only."""

    def __init__(self, on_read: OnRead | None = None) -> None:
        super().__init__()
        self._on_read = on_read

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        return self

    def telling(self, on_read: OnRead) -> AppTasks:
        """Return the same tasks, for a request whose sender waits for it to be read."""
        tasks = AppTasks(on_read)
        tasks._nursery = self._nursery
        return tasks

    async def spawn_app(self, app: AppWrapper, config: Config, scope: Scope, send: Send) -> Put:
        """Start the application; what is put into the returned function is what it receives."""
        # A sender that waits to be told is bounded by its window; any other by this alone, and then by TCP.
        size = config.max_app_queue_size if self._on_read is not None else UNTOLD_EVENTS
        into, inbox = trio.open_memory_channel[ASGIReceiveEvent](size)

        async def put(event: ASGIReceiveEvent) -> None:
            if event["type"] == "http.disconnect":
                # Not queued: the queue may be full of a body that nobody will read.
                into.close()
                return
            # Whichever of the two has ended, the application or its request: nobody wants the rest of the body.
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await into.send(event)

        async def receive() -> ASGIReceiveEvent:
            try:
                event = await inbox.receive()
            except trio.EndOfChannel:
                return {"type": "http.disconnect"}
            if self._on_read is not None and event["type"] == "http.request":
                await self._on_read(len(event["body"]))
            return event

        self.spawn(_run_app, app, scope, inbox, receive, send)
        return put


async def _run_app(
    app: AppWrapper,
    scope: Scope,
    inbox: trio.MemoryReceiveChannel[ASGIReceiveEvent],
    receive: Callable[[], Awaitable[ASGIReceiveEvent]],
    send: Send,
) -> None:
    try:
        with inbox:
            await app(scope, receive, send, trio.to_thread.run_sync, trio.from_thread.run)
    except* Exception as errors:  # an application may raise anything
        log.error("request.crashed", path=shown_path(str(scope.get("path"))), exc_info=errors)
    await send(None)
