"""Keeps one bad connection from ending the process: everything about a connection that is not its protocol.

Hypercorn's own connection task lets whatever a client provokes end the server, waits without bound for a client
to read, and closes idle connections over the requests that have just arrived on them. Hence this one in its
place. What is said on the connection is up to ``http1.py`` and ``http2.py`` beside this file; how many connections
there may be to ``connection_table.py``.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import metadata

import structlog
import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.http_stream import HTTPStream
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState, LifespanState
from hypercorn.utils import parse_socket_addr

from frontend.server.app_tasks import AppTasks, OnRead
from frontend.server.connection_table import ConnectionTable
from frontend.server.http1 import Http1Protocol
from frontend.server.http2 import Http2Protocol, StreamSend
from frontend.server.patience import FIRST_REQUEST_S, READ_BYTES, Patience
from frontend.server.server_limits import ServerLimits

HYPERCORN = "0.18."
WRITE_BYTES = 64 << 10
# After its last words a connection waits for the client to take note of them: closing over bytes that have not
# been read would reset it. So long while the client is silent, and while it is still sending its request.
LINGER_S, LINGER_MAX_S = 1.0, 30.0

_TLS_HANDSHAKE = b"\x16"
_NOT_TLS_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 45\r\nConnection: close\r\n\r\n"
    b"This port speaks HTTPS: the URL is https://.\n"
)

log = structlog.get_logger()


def check_hypercorn(version: str = metadata.version("hypercorn")) -> None:
    """Raise RuntimeError unless this is the Hypercorn whose inner parts are used here."""
    if not version.startswith(HYPERCORN):
        raise RuntimeError(f"Hypercorn {HYPERCORN}* is needed, and {version} is installed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What all connections of one server have in common. ``tls`` is None for plain HTTP."""

    app: ASGIWrapper
    config: Config
    limits: ServerLimits
    tls: ssl.SSLContext | None
    state: LifespanState
    table: ConnectionTable
    context: WorkerContext = field(default_factory=lambda: WorkerContext(None))


class GuardedConnection:
    """One client's connection, from its TLS handshake to its end."""

    def __init__(self, transport: trio.SocketStream, service: Service) -> None:
        self._transport = transport
        self._stream: trio.abc.Stream = transport
        self._service = service
        self._limits = service.limits
        self._client: tuple[str, int] | None = None
        self._protocol: Http1Protocol | Http2Protocol | None = None
        self._send_lock = trio.Lock()
        self._patience = Patience(service.limits)
        self._handshake = trio.CancelScope(deadline=trio.current_time() + self._limits.handshake_timeout_s)
        self._conversation = trio.CancelScope()
        self._has_last_words = False

    async def run(self) -> None:
        """Serve the client until either side has had enough. Raises nothing that a client could cause."""
        try:
            await self._serve()
        except* (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # the client has gone
        except* Exception as errors:
            # Not a list of types: what has not been thought of is the point of this file.
            log.error("connection.failed", client=self._client, exc_info=errors)
        finally:
            self.abort()

    def finish(self) -> None:
        """Close the connection as soon as nothing is under way on it."""
        self._patience.finish()
        if self._protocol is not None:
            self._protocol.finishing = True
        else:
            self._handshake.deadline = min(self._handshake.deadline, trio.current_time() + FIRST_REQUEST_S)

    def abort(self) -> None:
        """Close the socket now: whatever waits for the client, shielded or not, then ends."""
        self._transport.socket.close()

    async def _serve(self) -> None:
        socket = self._transport.socket
        self._client = parse_socket_addr(socket.family, socket.getpeername())
        alpn = None
        with self._handshake:
            alpn = await self._shake_hands()
        if alpn is None:
            return
        async with AppTasks() as tasks:
            self._protocol = self._speak(alpn, tasks)
            self._protocol.finishing = self._patience.is_finishing
            await self._protocol.initiate()
            with self._conversation:
                await self._listen(self._protocol)
            await self._protocol.handle(Closed())
            await self._part()

    async def _shake_hands(self) -> str | None:
        """Return the protocol agreed on, or None for a client that does not speak TLS."""
        if self._service.tls is None:
            return "http/1.1"
        first_byte = await self._transport.socket.recv(1, trio.socket.MSG_PEEK)
        if first_byte != _TLS_HANDSHAKE:
            if first_byte:
                await self._transport.send_all(_NOT_TLS_ANSWER)
                self._has_last_words = True
            await self._part()
            return None
        stream = trio.SSLStream(self._transport, self._service.tls, server_side=True, https_compatible=True)
        await stream.do_handshake()
        self._stream = stream
        return stream.selected_alpn_protocol() or "http/1.1"

    def _speak(self, alpn: str, tasks: AppTasks) -> Http1Protocol | Http2Protocol:
        service, socket = self._service, self._transport.socket
        server = parse_socket_addr(socket.family, socket.getsockname())
        state = ConnectionState(dict(service.state))
        about = (service.tls is not None, self._client, server)
        if alpn != "h2":
            return Http1Protocol(service.app, service.config, service.context, tasks, state, *about, self._send)

        def open_stream(send: StreamSend, stream_id: int, on_read: OnRead) -> HTTPStream:
            told = tasks.telling(on_read)
            return HTTPStream(service.app, service.config, service.context, told, *about, send, stream_id)

        return Http2Protocol(
            config=service.config,
            limits=self._limits,
            client=self._client,
            state=state,
            open_stream=open_stream,
            send=self._send,
        )

    async def _listen(self, protocol: Http1Protocol | Http2Protocol) -> None:
        """Hand on what the client says until it hangs up or says nothing for too long."""
        self._rest()
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while data := await self._patience.hear(self._stream):
                await protocol.handle(RawData(data))
                self._patience.note_head(has_begun=protocol.is_mid_head)
            if data is None:
                self._has_last_words = await protocol.say_goodbye()

    async def _send(self, event: Event) -> None:
        """Do what the protocol asks for."""
        if self._conversation.cancel_called:
            # What a task still has to send could make half an answer look whole.
            await trio.lowlevel.checkpoint()
        elif isinstance(event, RawData):
            await self._write(event.data)
        elif isinstance(event, Closed):
            self._has_last_words = True
            await self._end()
        elif isinstance(event, Updated):
            if event.idle:
                self._rest()
            else:
                self._service.table.work(self)
                self._patience.work()

    def _rest(self) -> None:
        self._service.table.rest(self)
        self._patience.rest()

    async def _write(self, data: bytes) -> None:
        # Shielded from the start: the bytes of a cancelled request's task may belong to another one's answer.
        with trio.CancelScope(shield=True):
            async with self._send_lock:
                pieces = memoryview(data)
                for start in range(0, len(pieces), WRITE_BYTES):
                    if not await self._write_piece(pieces[start : start + WRITE_BYTES]):
                        break
                else:
                    return
            self.abort()
            await self._end()

    async def _write_piece(self, piece: memoryview) -> bool:
        with trio.move_on_after(self._limits.write_timeout_s) as patience:
            try:
                await self._stream.send_all(piece)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return False
        if patience.cancelled_caught:
            log.warning("connection.stalled", client=self._client)
        return not patience.cancelled_caught

    async def _end(self) -> None:
        self._conversation.cancel()
        if self._protocol is not None:
            await self._protocol.handle(Closed())

    async def _part(self) -> None:
        """Close, but where something was said last, only after the client has had time to hear it."""
        if self._has_last_words:
            with (
                trio.move_on_after(LINGER_MAX_S),
                suppress(trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError),
            ):
                async with self._send_lock:
                    await self._transport.send_eof()
                    await self._discard_rest()
        self.abort()

    async def _discard_rest(self) -> None:
        """Read until the client hangs up. Raises TooSlowError once it says nothing any more."""
        data = b"more"
        while data:
            with trio.fail_after(LINGER_S):
                data = await self._transport.receive_some(READ_BYTES)
