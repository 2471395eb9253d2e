"""HTTP/1.1: requests that mean one thing are answered, and others are refused."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from structlog.testing import capture_logs

from frontend.server.hypercorn_guard import LINGER_S
from tests.frontend.server.asgi_app import App
from tests.frontend.server.https_serving import Running, read_to_end, serving


async def _say(server: Running, said: bytes) -> bytes:
    stream = await server.connect_tls("http/1.1")
    await stream.send_all(said)
    return await read_to_end(stream)


async def test_an_answer_names_its_reason() -> None:
    """The status line carries the status in words: some clients take an empty reason for a broken answer."""
    async with serving(App()) as server:
        answer = await (await server.http1()).get("/")
    assert (answer.status, answer.reason) == (200, "OK")


async def test_an_answer_does_not_name_the_software() -> None:
    """There is a date, and no Server header for scanners to collect."""
    async with serving(App()) as server:
        answer = await (await server.http1()).get("/")
    assert b"date" in answer.headers
    assert b"server" not in answer.headers


async def test_a_connection_is_used_again() -> None:
    """Requests follow each other on one connection, well past the thousandth."""
    async with serving(App()) as server:
        client = await server.http1()
        for _ in range(1100):
            assert (await client.get("/")).body == b"GET / 0"


async def test_an_upload_is_read_whole() -> None:
    """The application receives every byte of a body that is much larger than what waits for it at a time."""
    async with serving(App()) as server:
        head = b"POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\nConnection: close\r\n\r\n"
        answer = await _say(server, head + bytes(5_000_000))
    assert answer.endswith(b"POST /up 5000000")


async def test_an_early_answer_reaches_who_is_still_sending() -> None:
    """A client that is refused half way through its upload, and goes on with it, still reads why in the end."""
    app = App()
    async with serving(app) as server:
        stream = await server.connect_tls("http/1.1")
        await stream.send_all(b"POST /early HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n")
        await app.until_ended("/early")
        for _ in range(6):
            await trio.sleep(LINGER_S / 5)
            await stream.send_all(bytes(1_000_000))
        answer = await read_to_end(stream)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer
    assert answer.endswith(b"too much")


async def test_an_application_that_reads_nothing_is_not_waited_for() -> None:
    """An answer ends its request, also where the body has filled all the room there is for it."""
    app = App()
    async with serving(app) as server:
        stream = await server.connect_tls("http/1.1")
        async with trio.open_nursery() as nursery:
            head = b"POST /unread HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50000000\r\n\r\n"
            nursery.start_soon(stream.send_all, head + bytes(20_000_000))
            await app.until_asked("/unread")
            await trio.testing.wait_all_tasks_blocked(cushion=0.05)
            app.release.set()
            answer = await stream.receive_some()
            await app.until_ended("/unread")
            nursery.cancel_scope.cancel()
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("protocol", ["websocket", "h2c", "nonsense/7"])
async def test_an_upgrade_is_not_taken_up(protocol: str) -> None:
    """Whatever a client would rather speak, its request is answered in HTTP/1.1, and so is the next."""
    upgrade = [
        ("Connection", "Upgrade"),
        ("Upgrade", protocol),
        ("HTTP2-Settings", "!"),
        ("Sec-WebSocket-Key", "!"),
    ]
    async with serving(App()) as server:
        client = await server.http1()
        assert (await client.get("/x", headers=upgrade)).body == b"GET /x 0"
        assert (await client.get("/y")).body == b"GET /y 0"


@pytest.mark.parametrize(
    ("target", "path", "host"),
    [
        (b"http://other.example:81/a?b=c", "/a", b"other.example:81"),
        (b"HTTPS://[::1]/a", "/a", b"[::1]"),
        (b"https://other.example?b=c", "/", b"other.example"),
        (b"https://other.example", "/", b"other.example"),
    ],
)
async def test_an_absolute_target_stands_for_path_and_host(target: bytes, path: str, host: bytes) -> None:
    """A target in absolute form is served, and its authority counts for more than the Host header."""
    app = App()
    async with serving(app) as server:
        await _say(server, b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    (scope,) = app.scopes
    assert scope["path"] == path
    assert [value for name, value in scope["headers"] if name == b"host"] == [host]


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET http://[bad/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET somewhere HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"get / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x00\x01\x02\x03\r\n\r\n",
    ],
)
async def test_what_means_nothing_or_two_things_is_refused(request_head: bytes) -> None:
    """Heads that make no sense, or that a proxy might read otherwise, are errors, and the connection's last."""
    app = App()
    with capture_logs() as logged:
        async with serving(app) as server:
            answer = await _say(server, request_head)
            assert await server.answers()
    assert answer[:10] in {b"HTTP/1.1 4", b"HTTP/1.1 5"}
    assert [scope["path"] for scope in app.scopes] == ["/healthy"]
    assert logged == []


async def test_a_head_has_a_largest_size() -> None:
    """Headers without end are refused with 431 before they fill the memory."""
    async with serving(App()) as server:
        answer = await _say(server, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 60_000)
    assert answer.startswith(b"HTTP/1.1 431 ")


async def test_an_answer_that_breaks_off_is_not_taken_for_whole() -> None:
    """An application that raises within its answer costs the connection: there is no other way to say so."""
    with capture_logs():
        async with serving(App()) as server:
            answer = await (await server.http1()).get("/half")
    assert (answer.body, answer.is_complete) == (b"half", False)
