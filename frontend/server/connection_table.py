"""Counts the open connections of one server, and makes room when there are too many. It opens and closes none
but by their own ``abort``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol

import structlog
import trio

# Between two log lines about a full server, however hard it is pressed.
FULL_LOG_INTERVAL_S = 10.0

log = structlog.get_logger()


class Connection(Protocol):
    """What the table has to know of a connection."""

    def finish(self) -> None:
        """Close it as soon as nothing is under way on it."""

    def abort(self) -> None:
        """Close it now."""


class ConnectionTable:
    """All open connections, and which of them wait for a request, the one that has waited longest first.

    A full table gives up that one for a new connection, so that idle clients cannot lock out the others. Where
    none is idle the new one is turned away.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._open: set[Connection] = set()
        self._idle: dict[Connection, None] = {}
        self._emptied = trio.Event()
        self._refused = self._evicted = 0
        self._logged_at_s = -math.inf

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Connection]:
        return iter(tuple(self._open))

    def admit(self, connection: Connection) -> bool:
        """Count the connection in, if there is room for it or some can be made."""
        if len(self._open) >= self._limit and not self.make_room():
            self._refused += 1
            self._log_full()
            return False
        self._open.add(connection)
        return True

    def make_room(self) -> bool:
        """Close the connection that has been idle for longest. False if none is idle."""
        if not self._idle:
            return False
        connection = next(iter(self._idle))
        connection.abort()
        self.remove(connection)
        self._evicted += 1
        self._log_full()
        return True

    def remove(self, connection: Connection) -> None:
        """Count the connection out, for good."""
        self._open.discard(connection)
        self._idle.pop(connection, None)
        if not self._open:
            self._emptied.set()

    def rest(self, connection: Connection) -> None:
        """Note that the connection waits for a request from now on."""
        if connection in self._open:
            self._idle.pop(connection, None)
            self._idle[connection] = None

    def work(self, connection: Connection) -> None:
        """Note that the connection has something to do."""
        self._idle.pop(connection, None)

    async def wait_empty(self) -> None:
        """Wait until no connection is open."""
        while self._open:
            self._emptied = trio.Event()
            await self._emptied.wait()

    def _log_full(self) -> None:
        if trio.current_time() - self._logged_at_s < FULL_LOG_INTERVAL_S:
            return
        self._logged_at_s = trio.current_time()
        log.warning("connections.full", limit=self._limit, refused=self._refused, closed_idle=self._evicted)
        self._refused = self._evicted = 0
