"""Tells a client that uses HTTP/2 from one that only burdens the server with it: rapid resets, pings, settings."""

from __future__ import annotations

from collections.abc import Iterable

from h2 import events

# A reader who scrolls fast through a gallery resets hundreds of streams; a rapid reset sends many thousands.
BURST, PER_S = 500.0, 50.0

_NUISANCES = (
    events.StreamReset,
    events.PriorityUpdated,
    events.PingReceived,
    events.PingAckReceived,
    events.RemoteSettingsChanged,
    events.SettingsAcknowledged,
    events.UnknownFrameReceived,
)


class FloodGate:
    """A token bucket for one client's frames that make work and ask for nothing: BURST at once, then PER_S."""

    def __init__(self, *, now_s: float) -> None:
        self._tokens = BURST
        self._filled_at_s = now_s

    def bears(self, received: Iterable[events.Event], *, now_s: float) -> bool:
        """Count in what the client has sent. False once it is too much."""
        self._tokens = min(BURST, self._tokens + (now_s - self._filled_at_s) * PER_S)
        self._filled_at_s = now_s
        self._tokens -= sum(_cost(event) for event in received)
        return self._tokens >= 0


def _cost(event: events.Event) -> int:
    if isinstance(event, _NUISANCES):
        return 1
    if isinstance(event, events.DataReceived):
        return int(event.flow_controlled_length == 0 and event.stream_ended is None)
    if isinstance(event, events.RequestReceived) and event.priority_updated is not None:
        return -1  # its priority comes as an event of its own as well
    return 0
