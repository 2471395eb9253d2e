"""One bad connection costs that connection, never the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import trio
import trio.testing
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.events import Closed, RawData
from structlog.testing import capture_logs

from frontend.server.connection_table import ConnectionTable
from frontend.server.hypercorn_guard import GuardedConnection, Service, check_hypercorn
from tests.frontend.server.asgi_app import BIG_BYTES, App
from tests.frontend.server.attacks import (
    BREAK_OFF,
    END_HYPERCORN,
    Attack,
    gone_before_the_handshake,
    nonsense_for_a_handshake,
)
from tests.frontend.server.https_serving import LIMITS, read_to_end, serving
from tests.http_client import Http1Client


def test_another_hypercorn_is_refused() -> None:
    """The guard knows the inner parts of one minor version, and says so of any other."""
    with pytest.raises(RuntimeError, match=r"0\.18\.\* is needed, and 0\.19\.0 is installed"):
        check_hypercorn("0.19.0")


@pytest.mark.parametrize("attack", END_HYPERCORN)
async def test_what_ends_hypercorn_does_not_end_the_server(attack: Attack) -> None:
    """Frames that Hypercorn dies of cost a stream or a connection; the next client is served."""
    with capture_logs() as logged:
        async with serving(App()) as server:
            await attack(server)
            assert await server.answers()
    assert "connection.failed" not in [line["event"] for line in logged]


@pytest.mark.parametrize("attack", BREAK_OFF)
async def test_a_connection_that_breaks_is_let_go(attack: Attack) -> None:
    """However a client leaves, its connection ends with it: nothing of it holds up the shutdown."""
    app = App()
    with capture_logs() as logged:
        async with serving(app) as server:
            await attack(server)
            assert await server.answers()
            app.release.set()
            server.shutdown.set()
            with trio.fail_after(LIMITS.grace_s / 2):
                await server.stopped.wait()
    assert logged == []


def _service(config: Config) -> Service:
    app, table = ASGIWrapper(App().asgi()), ConnectionTable(limit=1)
    return Service(app=app, config=config, limits=LIMITS, tls=None, state={}, table=table)


@asynccontextmanager
async def _accepted(service: Service) -> AsyncIterator[tuple[trio.SocketStream, GuardedConnection]]:
    """Connect a client to a connection that nobody runs yet."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener, await trio.testing.open_stream_to_socket_listener(listener) as client:
        yield client, GuardedConnection(await listener.accept(), service)


async def test_what_nobody_has_thought_of_is_logged_once() -> None:
    """An error out of the protocol's depths ends its connection, and is logged with the client's address."""

    class BrokenConfig(Config):
        def response_headers(self, protocol: str) -> list[tuple[bytes, bytes]]:
            raise LookupError(protocol)

    with capture_logs() as logged:
        async with _accepted(_service(BrokenConfig())) as (client, connection), trio.open_nursery() as nursery:
            nursery.start_soon(connection.run)
            await client.send_all(b"not http\r\n\r\n")
            assert await read_to_end(client) == b""
            address = client.socket.getsockname()
    assert [(line["event"], line["client"]) for line in logged] == [("connection.failed", address)]


async def test_nothing_is_sent_after_the_end() -> None:
    """What an answer's task says once its connection has been ended is kept from the client."""
    async with _accepted(_service(Config())) as (client, connection):
        await connection._send(RawData(b"in time"))
        await connection._send(Closed())
        await connection._send(RawData(b"too late"))
        connection.abort()
        assert await read_to_end(client) == b"in time"


async def test_plain_http_on_the_tls_port_is_told_so() -> None:
    """A client that has forgotten the s of https reads what is wrong, instead of an empty reply."""
    async with serving(App()) as server:
        answer = await Http1Client(await server.connect()).get("/")
    assert (answer.status, answer.is_complete) == (400, True)
    assert b"speaks HTTPS" in answer.body


async def test_a_handshake_has_a_deadline() -> None:
    """A client that connects and never says hello is hung up on."""
    async with serving(App(), limits=replace(LIMITS, handshake_timeout_s=0.1)) as server:
        assert await read_to_end(await server.connect()) == b""


@pytest.mark.parametrize("version", [1, 2])
async def test_an_idle_connection_has_a_deadline(version: int) -> None:
    """Who asks for nothing is hung up on after the keep-alive time, also who has never asked."""
    async with serving(App(), limits=replace(LIMITS, keep_alive_s=0.2)) as server:
        silent, idle = await server.client(version), await server.client(version)
        assert (await idle.get("/")).is_complete
        await read_to_end(silent.stream)
        await read_to_end(idle.stream)


async def test_a_slow_head_has_a_deadline_of_its_own() -> None:
    """A head that does not come to its end is answered 408, long before the connection counts as idle."""
    async with serving(App(), limits=replace(LIMITS, head_timeout_s=0.1)) as server:
        stream = await server.connect_tls("http/1.1")
        await stream.send_all(b"GET / HTTP/1.1\r\nHost: local")
        assert (await read_to_end(stream)).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


@pytest.mark.parametrize("version", [1, 2])
async def test_a_reader_that_stalls_is_hung_up_on(version: int) -> None:
    """A piece of an answer that is not taken in time ends the connection, and the application's work on it."""
    app = App()
    with capture_logs() as logged:
        async with serving(app, limits=replace(LIMITS, write_timeout_s=0.2)) as server:
            client = await server.client(version)
            await client.ask("/big")
            await app.until_ended("/big")
            assert await server.answers()
    assert [line["event"] for line in logged] == ["connection.stalled"]


async def test_a_reader_that_is_slow_gets_all_of_it() -> None:
    """The deadline is for a piece, not for an answer: who takes each in time may take long in all."""
    async with serving(App(), limits=replace(LIMITS, write_timeout_s=0.4)) as server:
        client = await server.http1()
        await client.ask("/whole")
        received_bytes = 0
        while received_bytes < BIG_BYTES:
            await trio.sleep(0.02)
            for _ in range(64):
                received_bytes += len(await client.stream.receive_some())
    assert received_bytes >= BIG_BYTES


@pytest.mark.parametrize("version", [1, 2])
async def test_a_stalled_reader_does_not_block_the_shutdown(version: int) -> None:
    """The server returns once the grace is over, whatever still waits for a client to read."""
    app = App()
    async with serving(app, limits=replace(LIMITS, grace_s=0.2)) as server:
        client = await server.client(version)
        await client.ask("/big")
        await app.until_asked("/big")
        server.shutdown.set()
        with trio.fail_after(2):
            await server.stopped.wait()
    assert app.ended == ["/big"]


@pytest.mark.parametrize("version", [1, 2])
async def test_a_cancelled_request_leaves_its_connection_whole(version: int) -> None:
    """What a task was sending when it was cancelled leaves as a whole: others' bytes may be among it."""
    async with serving(App()) as server:
        client = await server.client(version)
        assert (await client.get("/cancelled")).status == 200
        if version == 2:
            assert (await client.get("/next")).is_complete


@pytest.mark.parametrize("version", [1, 2])
async def test_an_application_that_raises_answers_500(version: int) -> None:
    """A bug in the application is logged, and costs its own request."""
    with capture_logs() as logged:
        async with serving(App()) as server:
            client = await server.client(version)
            assert (await client.get("/crash")).status == 500
            assert await server.answers()
    assert [(line["event"], line["path"]) for line in logged] == [("request.crashed", "/crash")]


async def test_who_leaves_in_the_handshake_leaves_room() -> None:
    """Connections that fail before they are any are counted out again, to the last one."""
    async with serving(App(), limits=replace(LIMITS, max_connections=2)) as server:
        for _ in range(5):
            await gone_before_the_handshake(server)
            await nonsense_for_a_handshake(server)
        first, second = await server.http1(), await server.http1()
        assert (await first.get("/")).is_complete
        assert (await second.get("/")).is_complete


async def test_a_full_server_gives_up_its_longest_idle_connection() -> None:
    """Past the limit a new client takes the place of the one that has asked for nothing for longest."""
    async with serving(App(), limits=replace(LIMITS, max_connections=2)) as server:
        first, second = await server.http1(), await server.http1()
        assert (await second.get("/")).is_complete
        assert (await first.get("/")).is_complete
        assert await server.answers()
        assert await read_to_end(second.stream) == b""
        assert (await first.get("/")).is_complete


async def test_a_server_full_of_work_turns_new_clients_away() -> None:
    """Where no connection is idle the new one is closed before its handshake, and the old ones are answered."""
    app = App()
    with capture_logs() as logged:
        async with serving(app, limits=replace(LIMITS, max_connections=1)) as server:
            busy = await server.http1()
            await busy.ask("/held")
            await app.until_asked("/held")
            assert await read_to_end(await server.connect()) == b""
            app.release.set()
            assert (await busy.answer()).is_complete
    assert [(line["event"], line["refused"]) for line in logged] == [("connections.full", 1)]
