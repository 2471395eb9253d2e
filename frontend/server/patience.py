"""How long a server listens to a client that says nothing, or not enough. Knows time, and no protocol."""

from __future__ import annotations

import math

import trio

from frontend.server.server_limits import ServerLimits

READ_BYTES = 64 << 10
# A connection that is about to be closed still listens so long: for a request that has just arrived, ...
LAST_CALL_S = 0.05
# ... and while the server shuts down, for a new client's handshake, its first request, or the rest of one.
FIRST_REQUEST_S = 2.0


class Patience:
    """The waits for one client's next words. At first it is at rest, and waits for a first request."""

    def __init__(self, limits: ServerLimits) -> None:
        self._limits = limits
        self._ends_s = math.inf
        self._hearing = trio.CancelScope()
        self._is_resting = True
        self._is_mid_head = False
        self._has_worked = self._has_worked_late = False
        self.is_finishing = False
        self.rest()

    async def hear(self, stream: trio.abc.ReceiveStream) -> bytes | None:
        """Return what the client says next, nothing once it has hung up, None if it took too long to say it."""
        ends_s = self._ends_s
        if not (self._is_resting and self._has_worked_late):
            # Never less than one try: there may be bytes that have arrived already.
            ends_s = max(ends_s, trio.current_time() + LAST_CALL_S)
        with trio.CancelScope(deadline=ends_s) as self._hearing:
            return bytes(await stream.receive_some(READ_BYTES))
        return None

    def rest(self) -> None:
        """Nothing is under way: wait for a request."""
        self._is_resting = True
        self._is_mid_head = False
        self._wait_for_request()

    def work(self) -> None:
        """A request is under way: wait as long as that takes."""
        self._is_resting = False
        self._has_worked = True
        self._has_worked_late = self.is_finishing
        self._wait(math.inf)

    def note_head(self, *, has_begun: bool) -> None:
        """Bound the wait for the rest of a request's head from when it has begun."""
        if has_begun and self._is_resting and not self._is_mid_head:
            self._is_mid_head = True
            self._wait(min(self._ends_s - trio.current_time(), self._limits.head_timeout_s))

    def finish(self) -> None:
        """Wait for no more requests than are about to arrive."""
        self.is_finishing = True
        if self._is_resting:
            self._wait_for_request()

    def _wait_for_request(self) -> None:
        if not self.is_finishing:
            self._wait(self._limits.keep_alive_s)
        elif self._has_worked_late:
            self._wait(0)  # it was called already, and could go on like this for ever
        elif self._has_worked and not self._is_mid_head:
            self._wait(LAST_CALL_S)
        else:
            self._wait(FIRST_REQUEST_S)

    def _wait(self, seconds: float) -> None:
        self._ends_s = self._hearing.deadline = trio.current_time() + seconds
