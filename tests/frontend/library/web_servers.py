"""Web servers on loopback that answer byte for byte what a test wants, and a DNS that says what it wants."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import pytest
import trio

from frontend.library.public_address import AllowList
from frontend.library.remote_fetch import FetchPolicy, fetch
from shared.errors import ServiceError
from tests.tls import client_context, throwaway_identity

PNG = b"\x89PNG\r\n\x1a\n"
Stream = trio.abc.Stream
Act = Callable[[Stream], Awaitable[None]]


def picture(size_bytes: int = 1000) -> bytes:
    """Bytes that begin like an image; no two pieces of them are alike."""
    return (PNG + b"".join(number.to_bytes(4, "big") for number in range(size_bytes // 4)))[:size_bytes]


def answer(body: bytes = b"", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A whole answer, with a Content-Length that may lie."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


def redirect(location: str, *headers: str, status: str = "302 Found") -> bytes:
    """An answer that leads elsewhere."""
    return answer(b"elsewhere", f"Location: {location}", *headers, status=status)


def sends(*pieces: bytes) -> Act:
    """Send these bytes and hang up."""

    async def act(stream: Stream) -> None:
        for piece in pieces:
            await stream.send_all(piece)

    return act


def sends_and_stays(*pieces: bytes) -> Act:
    """Send these bytes, and then nothing until the client hangs up."""

    async def act(stream: Stream) -> None:
        await sends(*pieces)(stream)
        while await stream.receive_some():
            pass

    return act


def in_turn(*acts: Act) -> Act:
    """Do the first for the first request, the second for the second, and so on."""
    remaining = iter(acts)

    async def act(stream: Stream) -> None:
        await next(remaining)(stream)

    return act


@dataclass
class WebServer:
    """A running server. ``requests`` are the heads it was sent; ``hung_up`` counts ended conversations."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    hung_up: int = 0

    def url(self, path: str = "/cat.png", *, host: str = "127.0.0.1", scheme: str = "http") -> str:
        """The URL of a file on it."""
        return f"{scheme}://{host}:{self.port}{path}"

    def policy(self, *allowed: str, **changes: Any) -> FetchPolicy:  # noqa: ANN401 - any field of a policy
        """A policy under which it may be asked, and trusted."""
        entries = allowed or (f"127.0.0.1:{self.port}",)
        return FetchPolicy(**{"allow": AllowList.parse(entries), "ssl_context": client_context(), **changes})


async def serve(nursery: trio.Nursery, act: Act, *, tls: bool = False, greets: bool = True) -> WebServer:
    """Start a server that does ``act`` after each request; unless it ``greets``, before there is one."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    server = WebServer(port=listeners[0].socket.getsockname()[1])
    converse = partial(_converse, server=server, act=act, tls=tls, greets=greets)
    nursery.start_soon(partial(trio.serve_listeners, converse, listeners))
    return server


async def _converse(transport: trio.SocketStream, *, server: WebServer, act: Act, tls: bool, greets: bool) -> None:
    server.connections += 1
    stream = (
        trio.SSLStream(transport, _server_context(), server_side=True, https_compatible=True) if tls else transport
    )
    with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        async with stream:
            head = b""
            while greets and b"\r\n\r\n" not in head:
                data = await stream.receive_some()
                if not data:
                    return
                head += data
            server.requests.append(head)
            await act(stream)
    server.hung_up += 1


def _server_context() -> ssl.SSLContext:
    identity = throwaway_identity()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(identity.certificate, identity.key)
    return context


async def take(url: str, policy: FetchPolicy) -> bytes:
    """Fetch the whole of it."""
    async with fetch(url, policy) as image:
        return b"".join([chunk async for chunk in image])


@cache
def default_policy() -> FetchPolicy:
    """What is allowed when nobody has allowed anything."""
    return FetchPolicy()


async def refused(url: str, policy: FetchPolicy | None = None) -> ServiceError:
    """Fetch in vain, and return why."""
    with pytest.raises(ServiceError) as caught:
        await take(url, policy or default_policy())
    return caught.value


class FakeDns(trio.abc.HostnameResolver):
    """Answers for names; each name has a list of answers, of which the last one stays.

    Stands where Trio asks the system, for the run of one test. Addresses do not come here: Trio reads them itself.
    """

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.asked: list[str] = []
        self.is_silent = False
        self._answers = {name.replace("_", "."): list(each) for name, each in answers.items()}
        trio.socket.set_custom_hostname_resolver(self)

    async def getaddrinfo(
        self,
        host: bytes | None,
        port: bytes | str | int | None,
        family: int = 0,
        type: int = 0,  # noqa: A002 - Trio's signature
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        """Answer as the system would."""
        await trio.lowlevel.checkpoint()
        name = (host or b"").decode()
        self.asked.append(name)
        if self.is_silent:
            await trio.sleep_forever()
        if name not in self._answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answers = self._answers[name]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [_info(address, port) for address in addresses]

    async def getnameinfo(self, sockaddr: object, flags: int) -> tuple[str, str]:
        """Nobody asks this way."""
        raise NotImplementedError


def _info(address: str, port: object) -> tuple[object, ...]:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)
