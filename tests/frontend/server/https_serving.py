"""A real HTTPS server inside a test, and the clients that connect to it."""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import trio

from frontend.server.https_server import Address, ServerLimits, serve_https, tls_context
from tests.frontend.server.asgi_app import App
from tests.http_client import Http1Client, Http2Client, TlsStream, shake_hands
from tests.tls import throwaway_identity

# The grace is long enough not to be met, and short enough for a test that fails to end by itself.
LIMITS = ServerLimits(grace_s=5)


@dataclass(frozen=True, kw_only=True)
class Clients:
    """Connections to one server. They are closed when ``opened`` is."""

    address: Address
    opened: AsyncExitStack

    async def connect(self) -> trio.SocketStream:
        """Connect, and leave it at that."""
        return await self.opened.enter_async_context(await trio.open_tcp_stream(*self.address))

    async def connect_tls(self, alpn: str) -> TlsStream:
        """Connect and shake hands."""
        return await self.opened.enter_async_context(await shake_hands(await self.connect(), alpn))

    async def http1(self) -> Http1Client:
        """Connect an HTTP/1.1 client."""
        return Http1Client(await self.connect_tls("http/1.1"))

    async def http2(self) -> Http2Client:
        """Connect an HTTP/2 client that has said hello."""
        client = Http2Client(await self.connect_tls("h2"))
        await client.say_hello()
        return client

    async def client(self, version: int) -> Http1Client | Http2Client:
        """Connect a client of that version of HTTP."""
        return await (self.http1() if version == 1 else self.http2())

    async def answers(self) -> bool:
        """Tell whether a decent request on a new connection gets its answer."""
        client = await self.http1()
        async with client.stream:
            answer = await client.get("/healthy")
        return answer.body == b"GET /healthy 0"


@dataclass(frozen=True, kw_only=True)
class Running(Clients):
    """A server that runs, and connections to it. ``stopped`` is set once it has returned."""

    shutdown: trio.Event
    stopped: trio.Event


@asynccontextmanager
async def serving(app: App, *, limits: ServerLimits = LIMITS) -> AsyncIterator[Running]:
    """Serve over TLS on a free port; after the block, shut down and see it return."""
    shutdown, stopped = trio.Event(), trio.Event()
    identity = throwaway_identity()
    tls = tls_context(certificate=identity.certificate, key=identity.key)

    async def serve(*, task_status: trio.TaskStatus[list[Address]]) -> None:
        await serve_https(
            app.asgi(),
            binds=["127.0.0.1:0"],
            tls=tls,
            shutdown=shutdown,
            limits=limits,
            task_status=task_status,
        )
        stopped.set()

    async with trio.open_nursery() as nursery:
        (address,) = await nursery.start(serve)
        async with AsyncExitStack() as opened:
            yield Running(address=address, opened=opened, shutdown=shutdown, stopped=stopped)
        shutdown.set()


async def read_to_end(stream: trio.abc.ReceiveStream) -> bytes:
    """Read until the server hangs up, one way or another."""
    data = bytearray()
    try:
        async for part in stream:
            data += part
    except trio.BrokenResourceError:
        pass
    return bytes(data)


def vanish(transport: trio.SocketStream) -> None:
    """Break the connection off: the server reads a reset, not an end."""
    transport.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.socket.close()
