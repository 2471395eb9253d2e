"""HTTP/1.1 on one connection: Hypercorn's, corrected where it is wrong or too obliging.

Requests only: an ``Upgrade`` (WebSocket, h2c) is not taken up, which HTTP allows, and the request is answered.
"""

from __future__ import annotations

from http import HTTPStatus

import h11
from hypercorn.events import Closed, RawData
from hypercorn.protocol.events import Event as StreamEvent
from hypercorn.protocol.events import Request, Response
from hypercorn.protocol.h11 import STREAM_ID, H11Protocol
from hypercorn.protocol.http_stream import HTTPStream
from hypercorn.typing import H11SendableEvent

from frontend.server.request_heads import BadRequestError, Headers, read_http1_head

# A client in one of these states has not sent all of its request, or nothing that is one.
_UNFINISHED = (h11.IDLE, h11.SEND_BODY, h11.ERROR)


class Http1Protocol(H11Protocol):
    """One HTTP/1.1 connection. Once ``finishing``, its answers ask the client not to use it again."""

    finishing = False
    _head = b""

    @property
    def is_mid_head(self) -> bool:
        """Whether the head of a request has begun to arrive and is not complete."""
        unread, _ = self.connection.trailing_data
        return bool(unread) and self.connection.their_state is h11.IDLE

    async def say_goodbye(self) -> bool:
        """Take leave of the client before the connection is closed. Tells whether there was anything to say."""
        if not self.is_mid_head:
            return False
        await self._send_error_response(HTTPStatus.REQUEST_TIMEOUT)
        return True

    async def stream_send(self, event: StreamEvent) -> None:
        """Send one part of an answer."""
        if isinstance(event, Response) and event.status_code >= HTTPStatus.OK:
            await self._send_head(event.status_code, event.headers)
        else:
            await super().stream_send(event)

    async def _send_error_response(self, status_code: int) -> None:
        await self._send_head(status_code, [(b"content-length", b"0")])
        await self._send_h11_event(h11.EndOfMessage())

    async def _send_head(self, status: int, headers: Headers) -> None:
        headers = [*headers, *self.config.response_headers("h11")]
        if self.finishing or self.connection.their_state in _UNFINISHED:
            # In the second case because the rest of such a request is not read.
            headers.append((b"connection", b"close"))
        await self._send_h11_event(h11.Response(status_code=status, headers=headers, reason=_reason(status)))

    async def _send_h11_event(self, event: H11SendableEvent) -> None:
        try:
            data = self.connection.send(event)
        except h11.LocalProtocolError:
            if self.connection.their_state is not h11.ERROR:
                raise
            return
        if isinstance(event, h11.Response):
            self._head = data  # leaves with the first of the body: one packet, not two
            return
        data, self._head = self._head + data, b""
        await self.send(RawData(data))

    async def _check_protocol(self, event: h11.Request) -> None:
        """Stay with HTTP/1.1: Hypercorn would let a client turn the connection into h2c here, under TLS too."""

    async def _create_stream(self, request: h11.Request) -> None:
        try:
            target, headers = read_http1_head(request)
        except BadRequestError:
            await self._send_error_response(HTTPStatus.BAD_REQUEST)
            await self.send(Closed())
            return
        self.stream = HTTPStream(
            self.app,
            self.config,
            self.context,
            self.task_group,
            self.ssl,
            self.client,
            self.server,
            self.stream_send,
            STREAM_ID,
        )
        await self.stream.handle(
            Request(
                stream_id=STREAM_ID,
                headers=headers,
                http_version=request.http_version.decode("ascii"),
                method=request.method.decode("ascii"),
                raw_path=target,
                state=self.connection_state,
            )
        )


def _reason(status: int) -> bytes:
    try:
        return HTTPStatus(status).phrase.encode("ascii")
    except ValueError:
        return b""
