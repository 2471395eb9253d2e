"""The server starts in order or not at all, and stops without losing what was asked of it."""

from __future__ import annotations

import errno
import resource
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest
import trio
import trio.testing
from h2.errors import ErrorCodes

from frontend.server.https_server import serve_https, tls_context
from tests.frontend.server.asgi_app import App
from tests.frontend.server.attacks import BREAK_OFF, END_HYPERCORN, FLOOD
from tests.frontend.server.https_serving import LIMITS, Clients, Running, read_to_end, serving
from tests.http_client import Answer, Http1Client, shake_hands
from tests.tls import client_context, throwaway_identity

CHECKOUT = Path(__file__).parents[3]


def _tls(oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    identity = throwaway_identity()
    return tls_context(certificate=identity.certificate, key=identity.key, oldest=oldest)


async def test_a_common_client_is_served() -> None:
    """A client from the shelf verifies the certificate, agrees on HTTP/2, and finds what the start left behind."""
    app = App()
    async with serving(app) as server:
        url = f"https://localhost:{server.address[1]}/a%20b?c=d"
        async with httpx.AsyncClient(verify=client_context(["h2"]), http2=True) as client:
            response = await client.post(url, content=b"12345")
    assert (response.http_version, response.text) == ("HTTP/2", "POST /a b 5")
    assert "server" not in response.headers
    (scope,) = app.scopes
    assert (scope["scheme"], scope["query_string"], scope["client"][0]) == ("https", b"c=d", "127.0.0.1")
    assert scope["state"] == {"origin": "startup"}


async def test_the_application_is_started_first_and_ended_last() -> None:
    """The application lives from before the first connection to after the last."""
    app = App()
    async with serving(app) as server:
        assert app.lived == ["startup"]
        assert await server.answers()
    assert app.lived == ["startup", "shutdown"]


async def test_a_taken_port_stops_the_start() -> None:
    """A port in use is an OSError that names the address, before the application hears of anything."""
    app = App()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(OSError, match=f"cannot listen on {bind}: Address already in use") as caught:
            await serve_https(app.asgi(), binds=["127.0.0.1:0", bind], tls=_tls(), shutdown=trio.Event())
    assert caught.value.errno == errno.EADDRINUSE
    assert app.lived == []


async def test_tls_1_2_is_refused_unless_allowed() -> None:
    """The oldest TLS that is spoken is 1.3, or what was asked for."""
    old = client_context()
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    for tls, version in ((_tls(), None), (_tls(ssl.TLSVersion.TLSv1_2), "TLSv1.2")):
        async with trio.open_nursery() as nursery:
            serve = partial(serve_https, App().asgi(), binds=["127.0.0.1:0"], tls=tls, shutdown=trio.Event())
            (address,) = await nursery.start(serve)
            async with trio.SSLStream(await trio.open_tcp_stream(*address), old) as stream:
                try:
                    await stream.do_handshake()
                    assert stream.version() == version
                except trio.BrokenResourceError:
                    assert version is None
            nursery.cancel_scope.cancel()


async def test_plain_http_is_for_this_machine_only() -> None:
    """Without TLS the server listens on loopback addresses and unix sockets, and refuses all others."""
    app = App()
    with pytest.raises(ValueError, match=r"plain HTTP is for this machine only, not for 0\.0\.0\.0"):
        await serve_https(app.asgi(), binds=["0.0.0.0:0"], tls=None, shutdown=trio.Event())
    assert app.lived == []


async def test_plain_http_on_a_unix_socket(tmp_path: Path) -> None:
    """A proxy on this machine asks over a unix socket, which is there as long as the server is."""
    path = tmp_path / "tintype.sock"
    shutdown = trio.Event()
    async with trio.open_nursery() as nursery:
        serve = partial(serve_https, App().asgi(), binds=[f"unix:{path}"], tls=None, shutdown=shutdown)
        assert await nursery.start(serve) == [(str(path), 0)]
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with httpx.AsyncClient(transport=transport) as client:
            assert (await client.get("http://localhost/a")).text == "GET /a 0"
        shutdown.set()
    assert not path.exists()


async def test_an_inherited_socket_is_left_as_it_was() -> None:
    """Clients that wait on a socket handed down by a service manager are left to the next server."""
    with socket.create_server(("127.0.0.1", 0)) as handed_down:
        shutdown = trio.Event()
        async with trio.open_nursery() as nursery:
            serve = partial(
                serve_https, App().asgi(), binds=[], inherited=[handed_down.dup()], tls=_tls(), shutdown=shutdown
            )
            (address,) = await nursery.start(serve)
            assert address == handed_down.getsockname()
            waiting = [socket.create_connection(address) for _ in range(20)]
            shutdown.set()
            await trio.testing.wait_all_tasks_blocked()
            for client in waiting:
                client.close()
        handed_down.setblocking(False)
        handed_down.accept()[0].close()


async def test_idle_connections_are_closed_at_once() -> None:
    """At shutdown nothing waits for clients that ask for nothing; HTTP/2 says which request was the last."""
    async with serving(App()) as server:
        one, two = await server.http1(), await server.http2()
        assert (await one.get("/")).is_complete
        assert (await two.get("/")).is_complete
        assert (await two.get("/")).is_complete
        server.shutdown.set()
        assert await read_to_end(one.stream) == b""
        goaway = await two.closed()
        await two.stream.aclose()
        with trio.fail_after(0.5):
            await server.stopped.wait()
    assert goaway is not None
    assert (goaway.error_code, goaway.last_stream_id) == (ErrorCodes.NO_ERROR, 3)


@pytest.mark.parametrize("version", [1, 2])
async def test_what_is_under_way_is_finished(version: int) -> None:
    """A request that runs at shutdown gets its answer, and a new client does not get in."""
    app = App()
    async with serving(app) as server:
        client = await server.client(version)
        asked = await client.ask("/held")
        await app.until_asked("/held")
        server.shutdown.set()
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(OSError, match="connect"):
            await server.connect()
        app.release.set()
        answer = await (client.answer() if isinstance(client, Http1Client) else client.answer(asked or 0))
        await client.stream.aclose()
        with trio.fail_after(0.5):
            await server.stopped.wait()
    assert answer.body == b"GET /held 0"
    assert answer.headers.get(b"connection") == (b"close" if version == 1 else None)


async def test_a_request_that_comes_during_the_shutdown_is_asked_of_the_application() -> None:
    """On a connection that is still busy further requests are handed on: what to say then is not the server's."""
    app = App()
    async with serving(app) as server:
        client = await server.http2()
        held = await client.ask("/held")
        await app.until_asked("/held")
        server.shutdown.set()
        await trio.testing.wait_all_tasks_blocked()
        assert (await client.get("/new")).body == b"GET /new 0"
        app.release.set()
        assert (await client.answer(held)).is_complete
        goaway = await client.closed()
    assert goaway is not None
    assert goaway.last_stream_id == 3


async def test_a_client_that_never_stops_asking_is_told_to() -> None:
    """One request after the other on an HTTP/2 connection does not keep the server; all it took is answered."""
    app = App()
    async with serving(app) as server:
        client = await server.http2()
        assert (await client.get("/")).is_complete
        server.shutdown.set()
        with trio.fail_after(2):
            while client.goaway is None:
                await client.get("/late")
            goaway = await client.closed()
            await client.stream.aclose()
            await server.stopped.wait()
    assert goaway is not None
    assert (goaway.error_code, goaway.last_stream_id) == (ErrorCodes.NO_ERROR, 2 * len(app.scopes) - 1)
    answered = [answer for answer in client.answers.values() if answer.is_complete]
    assert len(answered) == len(app.scopes)


async def test_the_grace_has_an_end() -> None:
    """A request that does not finish is cut off when the grace is over, and the server returns."""
    app = App()
    async with serving(app, limits=replace(LIMITS, grace_s=0.1)) as server:
        client = await server.http1()
        await client.ask("/held")
        await app.until_asked("/held")
        server.shutdown.set()
        assert not (await client.answer()).is_complete
        await server.stopped.wait()
    assert app.ended == ["/held"]


async def test_cancelling_stops_at_once() -> None:
    """Without a shutdown there is no grace, not even for a client that does not read."""
    app = App()
    with trio.fail_after(2):
        async with trio.open_nursery() as nursery:
            serve = partial(serve_https, app.asgi(), binds=["127.0.0.1:0"], tls=_tls(), shutdown=trio.Event())
            (address,) = await nursery.start(serve)
            async with await shake_hands(await trio.open_tcp_stream(*address), "http/1.1") as stream:
                await Http1Client(stream).ask("/big")
                await app.until_asked("/big")
                nursery.cancel_scope.cancel()


async def test_a_client_in_its_handshake_is_answered() -> None:
    """Who had connected before the shutdown, and has not even said hello, still gets an answer."""
    async with serving(App()) as server:
        transport = await server.connect()
        await trio.testing.wait_all_tasks_blocked()
        server.shutdown.set()
        await trio.testing.wait_all_tasks_blocked()
        answer = await Http1Client(await shake_hands(transport, "http/1.1")).get("/")
    assert (answer.body, answer.headers[b"connection"]) == (b"GET / 0", b"close")


async def test_clients_that_nobody_has_accepted_are_answered() -> None:
    """The kernel has connected them, so they count as connected: the backlog is emptied before it is closed."""
    async with serving(App()) as server:
        waiting = [socket.create_connection(server.address) for _ in range(20)]
        server.shutdown.set()
        await trio.testing.wait_all_tasks_blocked()
        for sock in waiting:
            transport = trio.SocketStream(trio.socket.from_stdlib_socket(sock))
            async with await shake_hands(transport, "http/1.1") as stream:
                assert (await Http1Client(stream).get("/")).body == b"GET / 0"


async def test_a_request_that_has_just_arrived_is_answered() -> None:
    """Bytes that have reached an idle connection before it is closed are a request, and get an answer."""
    async with serving(App()) as server:
        with socket.create_connection(server.address) as sock:
            connect = partial(client_context(["http/1.1"]).wrap_socket, sock, server_hostname="localhost")
            stream = await trio.to_thread.run_sync(connect)
            for path in (b"/first", b"/last"):
                if path == b"/last":
                    server.shutdown.set()  # the server has had no time to see either
                stream.send(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = await trio.to_thread.run_sync(stream.recv, 65_536)
                assert answer.endswith(b"GET " + path + b" 0")
            stream.close()


async def _ask_until_told_to_stop(server: Running, version: int, answers: list[Answer]) -> None:
    client = await server.client(version)
    is_told = False
    async with client.stream:
        while not is_told:
            asked = await client.ask("/busy")
            if isinstance(client, Http1Client):
                answer = await client.answer()
                is_told = answer.headers.get(b"connection") == b"close"
            else:
                answer = await client.answer(asked or 0)
                is_told = server.shutdown.is_set()
            answers.append(answer)


async def test_a_shutdown_under_load_loses_nothing() -> None:
    """Of many clients that ask all the time, on both protocols, each gets an answer to all it has asked."""
    app, answers = App(), list[Answer]()
    async with serving(app) as server:
        async with trio.open_nursery() as clients:
            for number in range(40):
                clients.start_soon(_ask_until_told_to_stop, server, 1 + number % 2, answers)
            await app.until_asked("/busy", times=100)
            server.shutdown.set()
        await server.stopped.wait()
    assert len(answers) == len(app.scopes) >= 100
    assert {answer.body for answer in answers} == {b"GET /busy 0"}
    assert all(answer.is_complete for answer in answers)


@asynccontextmanager
async def _process() -> AsyncIterator[tuple[trio.Process, Clients]]:
    """Run a server in a process of its own."""
    identity = throwaway_identity()
    command = [
        sys.executable,
        "-m",
        "tests.frontend.server.https_runner",
        str(identity.certificate),
        str(identity.key),
    ]
    process = await trio.lowlevel.open_process(command, cwd=CHECKOUT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with process.stdout, AsyncExitStack() as opened:
            port = int(await process.stdout.receive_some())
            yield process, Clients(address=("127.0.0.1", port), opened=opened)
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()


async def test_the_process_outlives_its_clients_and_exits_well() -> None:
    """A real process that has met the worst of clients answers the next one, and ends with exit code 0."""
    async with _process() as (process, clients):
        for attack in (*END_HYPERCORN, *BREAK_OFF, *(flood for flood, _ in FLOOD)):
            await attack(clients)
            assert await clients.answers()
        stalled = await clients.http1()
        await stalled.ask("/big")
        process.terminate()
        assert await process.wait() == 0


async def test_a_process_out_of_file_descriptors_gives_up_idle_connections() -> None:
    """Where the system allows fewer connections than the limits do, new clients still get in at once."""
    async with _process() as (process, clients):
        assert await clients.answers()
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (25, 25))
        with trio.fail_after(3):
            for _ in range(40):
                client = await clients.http1()
                assert (await client.get("/")).is_complete
