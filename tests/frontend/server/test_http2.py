"""HTTP/2: many requests on one connection, none of which may take the others with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
import trio
from h2.errors import ErrorCodes
from structlog.testing import capture_logs

from frontend.server.http2_windows import CONNECTION_WINDOW_BYTES, STREAM_WINDOW_BYTES
from tests.frontend.server.asgi_app import PART_BYTES, App
from tests.frontend.server.attacks import FLOOD
from tests.frontend.server.https_serving import LIMITS, Clients, serving
from tests.http_client import Http2Client


async def test_requests_share_a_connection() -> None:
    """As many requests as are allowed at once are answered each with its own answer."""
    async with serving(App()) as server:
        client = await server.http2()
        streams = [await client.ask(f"/{number}") for number in range(100)]
        bodies = [(await client.answer(stream_id)).body for stream_id in streams]
    assert bodies == [b"GET /%d 0" % number for number in range(100)]


async def test_a_connection_is_used_again() -> None:
    """Requests follow each other on one connection, well past the thousandth, with a priority each."""
    async with serving(App()) as server:
        client = await server.http2()
        for _ in range(1100):
            assert (await client.answer(await client.ask("/", weight=200))).body == b"GET / 0"


async def test_an_upload_is_read_whole() -> None:
    """The application receives every byte of a body that is much larger than any window."""
    async with serving(App()) as server:
        client = await server.http2()
        stream_id = await client.ask("/up", method="POST", end_stream=False)
        left = 3_000_000
        while left:
            size = min(left, client.h2.local_flow_control_window(stream_id), client.h2.max_outbound_frame_size)
            if size:
                client.h2.send_data(stream_id, bytes(size))
                await client.flush()
                left -= size
            else:
                await client.read()
        client.h2.end_stream(stream_id)
        await client.flush()
        assert (await client.answer(stream_id)).body == b"POST /up 3000000"


async def _fill_window(client: Http2Client, stream_id: int) -> int:
    """Send as much as the server allows; return how much that was."""
    sent_bytes = 0
    while size := min(client.h2.local_flow_control_window(stream_id), client.h2.max_outbound_frame_size):
        client.h2.send_data(stream_id, bytes(size))
        await client.flush()
        sent_bytes += size
    return sent_bytes


async def test_an_upload_nobody_reads_waits_by_itself() -> None:
    """A body fills its own window and no more, and the other requests of its connection are answered meanwhile."""
    app = App()
    async with serving(app) as server:
        client = await server.http2()
        assert (await client.get("/")).is_complete
        stream_id = await client.ask("/unread", method="POST", end_stream=False)
        assert await _fill_window(client, stream_id) == STREAM_WINDOW_BYTES
        assert (await client.get("/next")).is_complete
        assert await _fill_window(client, stream_id) == 0
        app.release.set()
        assert (await client.answer(stream_id)).status == 413


async def test_what_was_never_read_is_given_back() -> None:
    """Answers that leave their requests unread do not use up the window all requests of a connection share."""
    app = App()
    async with serving(app) as server:
        client = await server.http2()
        assert (await client.get("/")).is_complete
        for _ in range(2 * CONNECTION_WINDOW_BYTES // STREAM_WINDOW_BYTES):
            stream_id = await client.ask("/unread", method="POST", end_stream=False)
            assert await _fill_window(client, stream_id) == STREAM_WINDOW_BYTES
            await client.get("/next")
            app.release.set()
            assert (await client.answer(stream_id)).status == 413
            app.release = trio.Event()
            await client.get("/next")


async def test_a_reset_request_leaves_the_others_alone() -> None:
    """A request the client gives up ends, and its connection goes on."""
    app = App()
    async with serving(app) as server:
        client = await server.http2()
        given_up = await client.ask("/big")
        await app.until_asked("/big")
        client.h2.reset_stream(given_up, ErrorCodes.CANCEL)
        await client.flush()
        await app.until_ended("/big")
        assert (await client.get("/next")).is_complete


@pytest.mark.parametrize(
    "field",
    [
        ("authorization", "Bearer "),
        ("x-note", "two\r\nlines"),
        ("X-Upper", "case"),
        ("connection", "close"),
        ("te", "gzip"),
        (":late", "pseudo"),
        (":path", "/again"),
        ("", "nameless"),
        ("host", "elsewhere"),
    ],
)
async def test_a_bad_head_costs_its_own_stream(field: tuple[str, str]) -> None:
    """What HTTP/2 forbids in a request is refused with that request: others on the connection go on."""
    app = App()
    async with serving(app) as server:
        client = await server.http2()
        before = await client.ask("/first")
        fields: list[tuple[str, str | bytes]] = [
            (":method", "GET"), (":path", "/bad"), (":scheme", "https"), (":authority", "localhost"), field,
        ]  # fmt: skip
        refused = await client.answer(await client.ask_with(fields))
        assert refused.reset == ErrorCodes.PROTOCOL_ERROR
        assert (await client.answer(before)).is_complete
        assert (await client.get("/next")).is_complete


async def test_an_answer_that_breaks_off_resets_its_stream() -> None:
    """An application that raises within its answer costs its own stream: the client is not left waiting."""
    with capture_logs():
        async with serving(App()) as server:
            client = await server.http2()
            answer = await client.get("/half")
            assert (await client.get("/next")).is_complete
    assert (answer.body, answer.reset) == (b"half", ErrorCodes.INTERNAL_ERROR)


async def test_a_body_after_its_answer_is_cut_short() -> None:
    """Who goes on uploading after the answer is heard out for a while, and then told to stop."""
    async with serving(App(), limits=replace(LIMITS, max_discarded_bytes=1_000_000)) as server:
        client = await server.http2()
        stream_id = await client.ask("/early", method="POST", end_stream=False)
        answer = await client.answer(stream_id)
        sent_bytes = 0
        while answer.reset is None:
            size = min(client.h2.local_flow_control_window(stream_id), client.h2.max_outbound_frame_size)
            if size:
                client.h2.send_data(stream_id, bytes(size))
                await client.flush()
                sent_bytes += size
            else:
                await client.read()
        assert (await client.get("/next")).is_complete
    assert (answer.status, answer.is_complete, answer.reset) == (413, True, ErrorCodes.NO_ERROR)
    assert 1_000_000 < sent_bytes < 2_000_000


async def test_an_answer_waits_for_its_reader() -> None:
    """The server does not run ahead of a client whose window is full: it holds a part of the answer, not all."""
    app = App()
    async with serving(app) as server:
        client = await server.http2()
        client.is_stalling = True
        stream_id = await client.ask("/big")
        while len(client.answers[stream_id].body) < 65_535:
            await client.read()
        next_id = await client.ask("/next")
        while not client.answers[next_id].status:
            await client.read()
        assert app.sent_bytes == PART_BYTES


@pytest.mark.parametrize(("flood", "error"), FLOOD)
async def test_a_flood_ends_its_connection(
    flood: Callable[[Clients], Awaitable[Http2Client]], error: ErrorCodes
) -> None:
    """A client that only makes work is told so, hung up on, and leaves nothing behind."""
    app = App()
    with capture_logs() as logged:
        async with serving(app) as server:
            goaway = await (await flood(server)).closed()
            assert await server.answers()
            app.release.set()
    assert goaway is not None
    assert goaway.error_code == error
    assert {line["event"] for line in logged} <= {"connection.flooding"}


async def test_a_reader_who_takes_little_is_hung_up_on() -> None:
    """A window opened by a few bytes at a time is no reading: the connection ends as if none were taken."""
    app = App()
    with capture_logs() as logged:
        async with serving(app, limits=replace(LIMITS, write_timeout_s=0.3)) as server:
            client = await server.http2()
            client.is_stalling = True
            stream_id = await client.ask("/big")
            while await client.read():
                client.h2.increment_flow_control_window(1, stream_id)
                client.h2.increment_flow_control_window(1)
                await client.flush()
            await app.until_ended("/big")
    assert [line["event"] for line in logged] == ["connection.stalled"]
