"""HTTP clients that say exactly what a test wants said, also what no decent client would say.

For the rest there is httpx.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import h11
import trio
from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection

from tests.tls import client_context

TlsStream = trio.SSLStream[trio.SocketStream]


@dataclass
class Answer:
    """What came back for one request. ``is_complete`` once its end has come too."""

    status: int = 0
    reason: str = ""
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""
    is_complete: bool = False
    reset: int | None = None


async def shake_hands(transport: trio.SocketStream, alpn: str) -> TlsStream:
    """Speak TLS on the connection, and be sure of it."""
    stream = trio.SSLStream(transport, client_context([alpn]), server_hostname="localhost", https_compatible=True)
    await stream.do_handshake()
    assert stream.selected_alpn_protocol() == alpn
    return stream


class Http1Client:
    """One HTTP/1.1 connection."""

    def __init__(self, stream: TlsStream | trio.SocketStream) -> None:
        self.stream = stream
        self._h11 = h11.Connection(h11.CLIENT)

    @property
    def transport(self) -> trio.SocketStream:
        """The connection below TLS."""
        return self.stream.transport_stream if isinstance(self.stream, trio.SSLStream) else self.stream

    async def get(self, target: str, *, headers: Iterable[tuple[str, str]] = ()) -> Answer:
        """Ask, and wait for the answer."""
        await self.ask(target, headers=headers)
        return await self.answer()

    async def ask(self, target: str, *, headers: Iterable[tuple[str, str]] = ()) -> None:
        """Send a whole GET request. A connection that has had its answer is used again."""
        if self._h11.states == {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE}:
            self._h11.start_next_cycle()
        request = h11.Request(method="GET", target=target, headers=[("Host", "localhost"), *headers])
        await self.stream.send_all(self._h11.send(request) + self._h11.send(h11.EndOfMessage()))

    async def answer(self) -> Answer:
        """Read to the end of an answer, or of the connection."""
        answer = Answer()
        while not answer.is_complete:
            match self._next_event():
                case h11.NEED_DATA:
                    self._h11.receive_data(bytes(await self.stream.receive_some()))
                case h11.Response() as head:
                    answer.status, answer.reason = head.status_code, head.reason.decode()
                    answer.headers = dict(head.headers)
                case h11.Data() as part:
                    answer.body += part.data
                case h11.EndOfMessage():
                    answer.is_complete = True
                case _:
                    break
        return answer

    def _next_event(self) -> type[h11.NEED_DATA | h11.PAUSED] | h11.Event | None:
        try:
            return self._h11.next_event()
        except h11.RemoteProtocolError:
            return None  # the connection has ended within the answer


class Http2Client:
    """One HTTP/2 connection. ``h2`` and ``stream`` are there for what is not provided for."""

    def __init__(self, stream: TlsStream) -> None:
        self.stream = stream
        self.h2 = H2Connection(
            H2Configuration(
                client_side=True,
                header_encoding=None,
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
            )
        )
        self.answers: dict[int, Answer] = defaultdict(Answer)
        self.goaway: events.ConnectionTerminated | None = None
        # Leaves what has been received unacknowledged, so that the server's windows close.
        self.is_stalling = False

    @property
    def transport(self) -> trio.SocketStream:
        """The connection below TLS."""
        return self.stream.transport_stream

    async def say_hello(self) -> None:
        """Send the preface and our settings."""
        self.h2.initiate_connection()
        await self.flush()

    async def get(self, path: str | bytes) -> Answer:
        """Ask, and wait for the answer."""
        return await self.answer(await self.ask(path))

    async def ask(
        self, path: str | bytes, *, method: str | bytes = "GET", end_stream: bool = True, weight: int | None = None
    ) -> int:
        """Send the head of a request; return its stream."""
        headers = [(":method", method), (":path", path), (":scheme", "https"), (":authority", "localhost")]
        return await self.ask_with(headers, end_stream=end_stream, weight=weight)

    async def ask_with(
        self, headers: list[tuple[str, str | bytes]], *, end_stream: bool = True, weight: int | None = None
    ) -> int:
        """Send these very headers."""
        stream_id = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream_id, headers, end_stream=end_stream, priority_weight=weight)
        await self.flush()
        return stream_id

    async def answer(self, stream_id: int) -> Answer:
        """Read to the end of this answer, its reset, or the end of the connection."""
        answer = self.answers[stream_id]
        while not answer.is_complete and answer.reset is None and await self.read():
            pass
        return answer

    async def closed(self) -> events.ConnectionTerminated | None:
        """Read until the server hangs up; return its last GOAWAY."""
        while await self.read():
            pass
        return self.goaway

    async def read(self) -> bool:
        """Take in what has come. False at the end of the connection."""
        try:
            data = await self.stream.receive_some()
            for event in self.h2.receive_data(data) if data else ():
                self._note(event)
            if self.goaway is None:
                await self.flush()
        except trio.BrokenResourceError:
            return False
        return bool(data)

    async def flush(self, more: bytes = b"") -> None:
        """Send what h2 has to send, and ``more``."""
        await self.stream.send_all(self.h2.data_to_send() + more)

    def _note(self, event: events.Event) -> None:
        match event:
            case events.ResponseReceived():
                headers = dict(event.headers)
                self.answers[event.stream_id].status = int(headers.pop(b":status"))
                self.answers[event.stream_id].headers = headers
            case events.DataReceived():
                self.answers[event.stream_id].body += event.data
                if not self.is_stalling:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case events.StreamEnded():
                self.answers[event.stream_id].is_complete = True
            case events.StreamReset():
                self.answers[event.stream_id].reset = event.error_code
            case events.ConnectionTerminated():
                self.goaway = event
