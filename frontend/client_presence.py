"""Notices that a client has left, so that nobody goes on working for it.

Source: ASGI 3.0, HTTP connection scope.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio

Receive = Callable[[], Awaitable[dict[str, Any]]]


@asynccontextmanager
async def while_client_stays(receive: Receive) -> AsyncIterator[None]:
    """Leave the block at once when the client leaves."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_cancel_when_gone, receive, nursery.cancel_scope)
        yield
        nursery.cancel_scope.cancel()


async def _cancel_when_gone(receive: Receive, scope: trio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
