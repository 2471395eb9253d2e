"""The request log: one line for each request, however it has ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from frontend.client_presence import while_client_stays
from frontend.request_log import EVENT, MAX_METHOD_CHARS, RequestLog, note_error, note_user
from tests.asgi_client import AsgiClient
from tests.frontend.log_lines import LogLines
from tests.frontend.server.asgi_app import BIG_BYTES
from tests.frontend.server.attacks import gone_mid_download, gone_mid_download_http2
from tests.frontend.server.https_serving import serving
from tests.frontend.watched_app import Event, Receive, Send, WatchedApp, watched


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[LogLines]:
    """The log in its JSON form."""
    with LogLines.of(capsys) as lines:
        yield lines


def _start(status: int = 200, **headers: str) -> Event:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": raw}


def _body(data: bytes = b"", *, more: bool = False) -> Event:
    return {"type": "http.response.body", "body": data, "more_body": more}


def _only(lines: LogLines) -> dict[str, Any]:
    """The one line there is, without its time."""
    (event,) = lines.events()
    assert event.pop("timestamp").endswith("Z")
    return event


async def _image(_scope: Event, _receive: Receive, send: Send) -> None:
    """Answer as a variant is answered."""
    await trio.sleep(0.25)
    await send(
        _start(x_cache="miss", server_timing="lookup;dur=0.25, queue;dur=12.00, decode;dur=20.5, encode;dur=7")
    )
    await send(_body(b"12345"))


async def test_line_tells_all(lines: LogLines, autojump_clock: MockClock) -> None:
    """The line has what was asked and what was answered; what is a number is one."""
    await AsgiClient(app=watched(_image), http_version="2").get("/images/c%C3%A4t.png?w=100&sig=secret")
    assert _only(lines) == {
        "event": "request",
        "level": "info",
        "request_id": "id-7",
        "method": "GET",
        "path": "/images/cät.png",
        "query": "w=100&sig=***",
        "status": 200,
        "bytes": 5,
        "duration_ms": 250.0,
        "cache": "miss",
        "lookup_ms": 0.25,
        "queue_ms": 12.0,
        "decode_ms": 20.5,
        "encode_ms": 7.0,
        "address": "192.0.2.7",
        "http_version": "2",
    }


async def test_endless_method_is_cut(lines: LogLines) -> None:
    """A client may send a method of 64 KiB; the log does not grow by that."""
    await AsgiClient(app=watched(_image)).ask("A" * 60_000, "/cat.png")
    assert _only(lines)["method"] == "A" * MAX_METHOD_CHARS


async def test_what_was_not_is_left_out(lines: LogLines) -> None:
    """A request without query, key, cache and error has no word of them in its line."""

    async def app(_scope: Event, _receive: Receive, send: Send) -> None:
        await send(_start(304))
        await send(_body())

    await AsgiClient(app=watched(app)).get("/")
    absent = {"query", "user", "cache", "error", "aborted", "cut_short"}
    assert not absent & _only(lines).keys()


async def test_head_sends_no_body(lines: LogLines) -> None:
    """What the application leaves to the server to drop was not sent."""

    async def app(_scope: Event, _receive: Receive, send: Send) -> None:
        await send(_start(content_length="5"))
        await send(_body(b"12345"))

    await AsgiClient(app=watched(app)).head("/")
    line = _only(lines)
    assert (line["method"], line["status"], line["bytes"]) == ("HEAD", 200, 0)


@pytest.mark.parametrize(
    ("status", "level"),
    [(200, "info"), (304, "info"), (404, "info"), (429, "info"), (500, "warning"), (503, "warning")],
)
async def test_failures_of_ours_are_warnings(lines: LogLines, status: int, level: str) -> None:
    """A log of warnings holds the requests that we have failed, and none of what clients get wrong."""

    async def app(_scope: Event, _receive: Receive, send: Send) -> None:
        await send(_start(status))
        await send(_body())

    await AsgiClient(app=watched(app)).get("/")
    line = _only(lines)
    assert (line["status"], line["level"]) == (status, level)


async def test_notes_are_told(lines: LogLines) -> None:
    """Who asked and what went wrong is noted from wherever it is found out, also in a task of the request."""

    async def find_out() -> None:
        note_user("ada")
        note_error("image_not_found")

    async def app(_scope: Event, _receive: Receive, send: Send) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(find_out)
        await send(_start(404))
        await send(_body())

    await AsgiClient(app=watched(app)).get("/")
    line = _only(lines)
    assert (line["user"], line["error"]) == ("ada", "image_not_found")


async def test_notes_stay_with_their_request(lines: LogLines, autojump_clock: MockClock) -> None:
    """Requests that run at the same time keep what was noted apart."""

    async def app(scope: Event, _receive: Receive, send: Send) -> None:
        await trio.sleep(1)
        note_user(scope["path"])
        await trio.sleep(1)
        await send(_start())
        await send(_body())

    client = AsgiClient(app=watched(app))
    async with trio.open_nursery() as nursery:
        for name in "abc":
            nursery.start_soon(client.get, f"/{name}")
    events = lines.events()
    assert sorted(event["path"] for event in events) == ["/a", "/b", "/c"]
    assert all(event["user"] == event["path"] for event in events)


async def test_note_without_a_request_is_nothing() -> None:
    """What is shared with the shell's commands may note in vain, and a request that is over is left alone."""
    scope = {"method": "GET", "path": "/", "query_string": b"", "http_version": "1.1"}
    with RequestLog(is_on=False).watch(scope, address="192.0.2.7") as record:
        note_error("not_found")
    note_user("ada")
    note_error("draining")
    assert (record.user, record.error) == (None, "not_found")


async def test_client_that_leaves_in_the_middle(lines: LogLines) -> None:
    """The line says so, and how much was sent until then."""
    leaving = trio.Event()

    async def app(_scope: Event, receive: Receive, send: Send) -> None:
        async with while_client_stays(receive):
            await send(_start(content_length="1000"))
            await send(_body(b"12345", more=True))
            leaving.set()
            await trio.sleep_forever()

    await AsgiClient(app=watched(app)).ask("GET", "/", leaving=leaving)
    line = _only(lines)
    assert (line["aborted"], line["status"], line["bytes"], line["level"]) == (True, 200, 5, "info")
    assert "cut_short" not in line


async def test_client_that_leaves_before_the_answer(lines: LogLines) -> None:
    """Where nothing was answered there is no status."""
    leaving = trio.Event()
    leaving.set()

    async def app(_scope: Event, receive: Receive, _send: Send) -> None:
        async with while_client_stays(receive):
            await trio.sleep_forever()

    await AsgiClient(app=watched(app)).ask("GET", "/", leaving=leaving)
    line = _only(lines)
    assert line["aborted"] is True
    assert "status" not in line


async def test_leaving_with_the_last_byte_is_no_abort(lines: LogLines) -> None:
    """A server says that the client is gone as soon as it has everything, while the end is still being sent."""

    async def receive() -> Event:
        return {"type": "http.disconnect"}

    async def send(event: Event) -> None:
        if event["type"] == "http.response.body":
            await asked[0]()

    asked: list[Receive] = []

    async def app(_scope: Event, receive: Receive, send: Send) -> None:
        asked.append(receive)
        await send(_start())
        await send(_body(b"12345"))

    scope = {"method": "GET", "path": "/", "query_string": b"", "http_version": "1.1"}
    await watched(app)(scope, receive, send)
    line = _only(lines)
    assert "aborted" not in line
    assert line["bytes"] == 5


async def test_cancelled_request_is_told(lines: LogLines) -> None:
    """A request that ends with its connection, or with the server, is aborted."""

    async def app(_scope: Event, _receive: Receive, send: Send) -> None:
        await send(_start())
        await send(_body(b"12345", more=True))
        scope.cancel()
        await trio.sleep_forever()

    with trio.CancelScope() as scope:
        await AsgiClient(app=watched(app)).get("/")
    line = _only(lines)
    assert (line["aborted"], line["bytes"]) == (True, 5)


@pytest.mark.parametrize("bug", [ValueError("x"), ExceptionGroup("from a nursery", [KeyError("x")])])
async def test_crash_is_a_500(lines: LogLines, bug: Exception) -> None:
    """The line tells what the server answers for an application that has crashed; the exception goes on."""

    async def app(*_: object) -> None:
        raise bug

    with pytest.raises(type(bug)):
        await AsgiClient(app=watched(app)).get("/")
    line = _only(lines)
    assert (line["status"], line["error"], line["level"]) == (500, "internal_error", "warning")


async def test_crash_in_the_middle_cuts_short(lines: LogLines) -> None:
    """An answer that has begun keeps its status, and is not whole."""

    async def app(_scope: Event, _receive: Receive, send: Send) -> None:
        await send(_start())
        await send(_body(b"12345", more=True))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await AsgiClient(app=watched(app)).get("/")
    line = _only(lines)
    assert (line["status"], line["bytes"], line["cut_short"]) == (200, 5, True)
    assert (line["error"], line["level"]) == ("internal_error", "warning")


async def test_answer_without_an_end_is_cut_short(lines: LogLines) -> None:
    """An application that stops sending while the client is there has not answered."""

    async def app(_scope: Event, _receive: Receive, send: Send) -> None:
        await send(_start())
        await send(_body(b"12345", more=True))

    await AsgiClient(app=watched(app)).get("/")
    line = _only(lines)
    assert (line["cut_short"], line["bytes"], line["level"]) == (True, 5, "warning")
    assert "aborted" not in line


@pytest.mark.parametrize("timing", ["", "lookup", "a;desc=b;dur=1", "lookup;dur=x", "lookup;dur=1.2.3", "é;dur=1"])
async def test_odd_timing_breaks_nothing(lines: LogLines, timing: str) -> None:
    """Whoever makes an answer, its line is written."""

    async def app(_scope: Event, _receive: Receive, send: Send) -> None:
        await send({**_start(), "headers": [(b"server-timing", timing.encode())]})
        await send(_body())

    await watched(app)(
        {"method": "GET", "path": "/", "query_string": b"", "http_version": "1.1"}, trio.sleep_forever, _drop
    )
    assert _only(lines)["status"] == 200


async def _drop(_event: Event) -> None:
    """Send nowhere."""


async def test_switched_off(lines: LogLines) -> None:
    """Whoever wants no lines has none, and notes are no trouble."""

    async def app(_scope: Event, _receive: Receive, send: Send) -> None:
        note_user("ada")
        await send(_start(503))
        await send(_body(b"12345"))

    assert (await AsgiClient(app=watched(app, is_on=False)).get("/")).status == 503
    assert lines.text() == ""


async def test_level_is_heeded(capsys: pytest.CaptureFixture[str], autojump_clock: MockClock) -> None:
    """Where only warnings are written, decent requests are not told of."""
    with LogLines.of(capsys, level="warning") as lines:
        await AsgiClient(app=watched(_image)).get("/")
        assert lines.text() == ""


async def test_line_for_people(capsys: pytest.CaptureFixture[str], autojump_clock: MockClock) -> None:
    """On a terminal the line reads like a sentence, with the id to look for at its end."""
    with LogLines.of(capsys, form="console") as lines:
        await AsgiClient(app=watched(_image)).get("/images/cat.png?w=100&sig=secret")
        (line,) = lines.text().splitlines()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
    assert "GET /images/cat.png?w=100&sig=*** 200 5 B 250.0 ms miss" in plain
    assert plain.rstrip().endswith("request_id=id-7")
    assert "lookup_ms" not in plain


async def test_line_for_people_without_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """A request that was given up has no status, and says why."""
    leaving = trio.Event()
    leaving.set()

    async def app(_scope: Event, receive: Receive, _send: Send) -> None:
        async with while_client_stays(receive):
            await trio.sleep_forever()

    with LogLines.of(capsys, form="console") as lines:
        await AsgiClient(app=watched(app)).ask("GET", "/a\x1b", leaving=leaving)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", lines.text())
    assert re.search(r"GET /a\\x1b - 0 B \d+\.\d ms", plain)
    assert "aborted=True" in plain


@pytest.mark.parametrize("version", [1, 2])
async def test_real_connection_has_one_line(lines: LogLines, version: int) -> None:
    """Over TLS each request has its own line, with the version that was spoken."""
    async with serving(WatchedApp()) as server:
        client = await server.client(version)
        await client.get("/one")
        await client.get("/two")
    events = lines.events(EVENT)
    assert [(event["path"], event["bytes"]) for event in events] == [("/one", 10), ("/two", 10)]
    assert [event["http_version"] for event in events] == [{1: "1.1", 2: "2"}[version]] * 2
    assert not any("aborted" in event or "cut_short" in event for event in events)


@pytest.mark.parametrize("leave", [gone_mid_download, gone_mid_download_http2])
async def test_download_that_is_given_up_has_one_line(lines: LogLines, leave: Any) -> None:  # noqa: ANN401
    """A client that resets its connection has had less than it asked for, and its line says so."""
    app = WatchedApp()
    async with serving(app) as server:
        await leave(server)
        await app.until_ended("/big")
    (line,) = lines.events(EVENT)
    assert (line["aborted"], line["status"]) == (True, 200)
    assert line["bytes"] < BIG_BYTES


@pytest.mark.parametrize("path", ["/crash", "/half"])
async def test_crash_on_a_real_connection_has_one_line(lines: LogLines, path: str) -> None:
    """What the client sees of a crash is what the line says."""
    async with serving(WatchedApp()) as server:
        answer = await (await server.http2()).get(path)
    (line,) = lines.events(EVENT)
    assert (line["status"], line["error"]) == (answer.status, "internal_error")
