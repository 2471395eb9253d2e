"""HTTP/2 on one connection: frames to requests, and answers to frames, on h2 and Hypercorn's ``HTTPStream``.

Takes the place of Hypercorn's ``H2Protocol``, which ends the process on frames that h2 lets through, buffers the
whole answer for a client that reads none of it, and leaves some answers without an end. Priorities are not
honoured: RFC 9113 has dropped them, and answers that wait take turns. Reading and closing the socket is up to
``frontend/server/hypercorn_guard.py``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

import structlog
import trio
from h2 import events
from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.events import (
    Body,
    EndBody,
    InformationalResponse,
    Request,
    Response,
    StreamClosed,
    Trailers,
)
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.http_stream import HTTPStream
from hypercorn.typing import ConnectionState

from frontend.server.app_tasks import OnRead
from frontend.server.http2_floods import FloodGate
from frontend.server.http2_windows import (
    OutgoingBytes,
    StalledError,
    UnreadBytes,
    open_connection,
)
from frontend.server.request_heads import BadRequestError, read_http2_head
from frontend.server.server_limits import ServerLimits

StreamSend = Callable[[StreamEvent], Awaitable[None]]

log = structlog.get_logger()


class Http2Protocol:
    """One HTTP/2 connection. ``open_stream`` makes the ``HTTPStream`` of one request."""

    # The same questions Http1Protocol answers. Nobody is told that the server is finishing while answers are under
    # way: many clients take a GOAWAY as the end of those too.
    finishing = False
    is_mid_head = False

    def __init__(
        self,
        *,
        config: Config,
        limits: ServerLimits,
        client: tuple[str, int] | None,
        state: ConnectionState,
        open_stream: Callable[[StreamSend, int, OnRead], HTTPStream],
        send: Callable[[Event], Awaitable[None]],
    ) -> None:
        self._config = config
        self._limits = limits
        self._client = client
        self._state = state
        self._open_stream = open_stream
        self._send = send
        self._h2 = open_connection(config)
        self._streams: dict[int, HTTPStream] = {}
        self._unanswered: set[int] = set()
        self._unread = UnreadBytes(self._h2)
        self._outgoing = OutgoingBytes(
            self._h2, streams=self._streams, flush=self._flush, timeout_s=limits.write_timeout_s
        )
        self._discarded_bytes = 0
        self._gate = FloodGate(now_s=trio.current_time())

    async def initiate(self) -> None:
        """Send our settings."""
        await self._flush()

    async def say_goodbye(self) -> bool:
        """Name the last request that is answered. A client may safely repeat any that it sent after it."""
        self._h2.close_connection()
        await self._flush()
        return True

    async def handle(self, event: Event) -> None:
        """Take in what the client has sent, or that there is no connection any more."""
        if isinstance(event, Closed):
            await self._close()
        elif isinstance(event, RawData):
            await self._receive(event.data)

    async def stream_send(self, event: StreamEvent) -> None:
        """Send one part of an answer; nothing, if its stream is gone."""
        try:
            match event:
                case Response() | InformationalResponse():
                    await self._send_head(event)
                case Body():
                    await self._outgoing.send(event.stream_id, event.data)
                case Trailers():
                    self._h2.send_headers(event.stream_id, event.headers, end_stream=True)
                    self._unanswered.discard(event.stream_id)
                    await self._flush()
                case EndBody():
                    self._h2.end_stream(event.stream_id)
                    self._unanswered.discard(event.stream_id)
                    await self._flush()
                case StreamClosed():
                    await self._end_stream(event.stream_id)
        except ProtocolError:
            pass  # reset by the client, or the connection has ended
        except StalledError:
            log.warning("connection.stalled", client=self._client)
            await self._send(Closed())

    async def _receive(self, data: bytes) -> None:
        try:
            received = self._h2.receive_data(data)
        except ProtocolError:
            await self._hang_up()
            return
        if not self._gate.bears(received, now_s=trio.current_time()):
            log.warning("connection.flooding", client=self._client)
            self._h2.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)
            await self._hang_up()
            return
        for event in received:
            handler = self._HANDLERS.get(type(event))
            if handler is not None:
                await handler(self, event)
        await self._flush()

    async def _on_request(self, event: events.RequestReceived) -> None:
        stream_id = event.stream_id
        try:
            method, path, headers = read_http2_head(event.headers)
        except BadRequestError:
            self._reset(stream_id, ErrorCodes.PROTOCOL_ERROR)
            return
        stream = self._open_stream(self.stream_send, stream_id, partial(self._on_read, stream_id))
        self._streams[stream_id] = stream
        self._unanswered.add(stream_id)
        await self._send(Updated(idle=False))
        await stream.handle(
            Request(
                stream_id=stream_id,
                headers=headers,
                http_version="2",
                method=method,
                raw_path=path,
                state=self._state,
            )
        )

    async def _on_data(self, event: events.DataReceived) -> None:
        stream_id, flow_bytes = event.stream_id, event.flow_controlled_length
        stream = self._streams.get(stream_id)
        if stream is not None:
            self._unread.arrived(stream_id, len(event.data))
            self._h2.acknowledge_received_data(flow_bytes - len(event.data), stream_id)  # the padding
            await stream.handle(Body(stream_id=stream_id, data=event.data))
            return
        self._discarded_bytes += flow_bytes
        if self._discarded_bytes > self._limits.max_discarded_bytes:
            self._reset(stream_id, ErrorCodes.NO_ERROR)
        self._h2.acknowledge_received_data(flow_bytes, stream_id)

    async def _on_read(self, stream_id: int, size_bytes: int) -> None:
        """The application has read of a request's body."""
        self._unread.read(stream_id, size_bytes)
        await self._flush()

    async def _on_request_end(self, event: events.StreamEnded) -> None:
        stream = self._streams.get(event.stream_id)
        if stream is not None:
            await stream.handle(EndBody(stream_id=event.stream_id))

    async def _on_reset(self, event: events.StreamReset) -> None:
        self._unanswered.discard(event.stream_id)
        self._outgoing.changed()
        await self._end_stream(event.stream_id)

    async def _on_window(self, _event: events.Event) -> None:
        self._outgoing.changed()

    async def _on_goaway(self, _event: events.ConnectionTerminated) -> None:
        await self._send(Closed())

    _HANDLERS: ClassVar[dict[type[events.Event], Callable[[Http2Protocol, Any], Awaitable[None]]]] = {
        events.RequestReceived: _on_request,
        events.DataReceived: _on_data,
        events.StreamEnded: _on_request_end,
        events.StreamReset: _on_reset,
        events.WindowUpdated: _on_window,
        events.RemoteSettingsChanged: _on_window,
        events.ConnectionTerminated: _on_goaway,
    }

    async def _send_head(self, event: Response | InformationalResponse) -> None:
        headers = [(b":status", b"%d" % event.status_code), *event.headers, *self._config.response_headers("h2")]
        self._h2.send_headers(event.stream_id, headers)
        if isinstance(event, InformationalResponse):
            await self._flush()  # whereas an answer's head leaves with the first of its body

    async def _end_stream(self, stream_id: int) -> None:
        """Let go of a request that is answered, given up by the client or dropped by the application."""
        if stream_id in self._unanswered:
            self._reset(stream_id, ErrorCodes.INTERNAL_ERROR)
        stream = self._streams.pop(stream_id, None)
        if stream is not None:
            self._unread.end(stream_id)
            await stream.handle(StreamClosed(stream_id=stream_id))
            await self._flush()
            if not self._streams:
                await self._send(Updated(idle=True))

    def _reset(self, stream_id: int, error: ErrorCodes) -> None:
        self._unanswered.discard(stream_id)
        with suppress(ProtocolError):  # the client may have been first
            self._h2.reset_stream(stream_id, error)

    async def _hang_up(self) -> None:
        await self._flush()
        await self._send(Closed())

    async def _close(self) -> None:
        streams = list(self._streams.values())
        self._streams.clear()
        self._outgoing.changed()
        for stream in streams:
            await stream.handle(StreamClosed(stream_id=stream.stream_id))

    async def _flush(self) -> None:
        data = self._h2.data_to_send()
        if data:
            await self._send(RawData(data))
