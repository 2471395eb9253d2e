"""The lane when something fails: clients leave, files shrink, code has bugs, and nothing is left open."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
import trio
from structlog.testing import capture_logs

from frontend.originals import CHUNK_BYTES
from shared.errors import DeadlineExceededError, QueueFullError
from shared.limits import Limits
from tests.frontend.site import PNG, Site, count_open_files

LARGE = PNG + bytes(3 * CHUNK_BYTES)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A folder with one image."""
    async with Site.open(tmp_path, limits=Limits()) as site:
        site.put("cat.png")
        yield site


async def test_work_is_let_go_when_its_client_leaves(site: Site) -> None:
    """A client that leaves while it waits takes its work out of the queue, and is answered nothing."""
    site.pool.gate = trio.Event()
    leaving = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(site.client.ask, "GET", "/cat.png?w=10", leaving=leaving))
        await site.pool.taken.wait()
        leaving.set()
    await trio.testing.wait_all_tasks_blocked()
    assert site.pool.given_up == 1


async def test_work_goes_on_for_those_who_stay(site: Site) -> None:
    """Of two clients that wait for the same variant one leaves; the other gets it, made once."""
    site.pool.gate = trio.Event()
    leaving = trio.Event()
    answers = []
    async with trio.open_nursery() as nursery:

        async def stay() -> None:
            answers.append(await site.client.get("/cat.png?w=10"))

        nursery.start_soon(stay)
        await site.pool.taken.wait()
        nursery.start_soon(partial(site.client.ask, "GET", "/cat.png?w=10", leaving=leaving))
        await trio.testing.wait_all_tasks_blocked(0.01)
        leaving.set()
        await trio.testing.wait_all_tasks_blocked()
        site.pool.gate.set()
    assert (answers[0].status, len(site.pool.works), site.pool.given_up) == (200, 1, 0)


async def test_client_that_leaves_is_sent_no_more(site: Site) -> None:
    """A client that leaves in the middle of an original: nothing more is read, and the file is closed."""
    site.put("large.png", LARGE)
    before = count_open_files()
    leaving = trio.Event()
    parts = []

    async def leave_after_first_piece() -> None:
        parts.append(count_open_files())
        if len(parts) == 2:
            leaving.set()
        await trio.lowlevel.checkpoint()

    answer = await site.client.ask("GET", "/large.png", leaving=leaving, on_chunk=leave_after_first_piece)
    assert not answer.is_whole
    assert len(answer.body) <= 2 * CHUNK_BYTES
    assert parts[0] == before + 1
    assert count_open_files() == before


async def test_shrinking_original_is_no_whole_answer(site: Site) -> None:
    """A file that shrinks while it is sent breaks the answer off: no client must take a piece for the whole."""
    path = site.put("large.png", LARGE)
    before = count_open_files()

    async def shrink() -> None:
        os.truncate(path, CHUNK_BYTES)

    with capture_logs() as logs:
        answer = await site.client.ask("GET", "/large.png", on_chunk=shrink)
    assert answer.status == 200
    assert not answer.is_whole
    assert len(answer.body) < int(answer.headers["content-length"])
    told, line = logs
    assert (told["event"], told["log_level"]) == ("reply.cut_short", "warning")
    assert (line["event"], line["log_level"], line["cut_short"]) == ("request", "warning", True)
    assert str(site.folder) not in str(logs)
    assert count_open_files() == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"range": "bytes=0-9"}, 206),
        ({"range": "bytes=99999-"}, 416),
        ({"if-none-match": "*"}, 304),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_original_is_closed(site: Site, method: str, headers: dict[str, str], status: int) -> None:
    """However the request for an original ends, its descriptor is given back."""
    before = count_open_files()
    answer = await site.client.ask(method, "/cat.png", headers=headers)
    assert answer.status == status
    assert count_open_files() == before


async def test_original_that_is_no_image_is_closed(site: Site) -> None:
    """Also when its first bytes show that it is none."""
    site.put("text.jpg", b"no image")
    before = count_open_files()
    assert (await site.client.get("/text.jpg")).status == 415
    assert count_open_files() == before


async def test_original_is_closed_when_the_server_gives_up(site: Site) -> None:
    """A request cancelled from outside while its file is being opened, or sent, leaves nothing open."""
    site.put("large.png", LARGE)
    before = count_open_files()
    for steps in range(12):
        with trio.CancelScope() as scope:

            async def cancel_at(step: int = steps, scope: trio.CancelScope = scope) -> None:
                for _ in range(step):
                    await trio.lowlevel.checkpoint()
                await trio.testing.wait_all_tasks_blocked()
                scope.cancel()

            async with trio.open_nursery() as nursery:
                nursery.start_soon(cancel_at)
                await site.client.get("/large.png")
                nursery.cancel_scope.cancel()
        assert count_open_files() == before


async def test_bug_is_a_500_that_tells_nothing(site: Site) -> None:
    """An unexpected exception is logged with its traceback; the client learns only that we are at fault."""
    site.pool.failures = [ZeroDivisionError("at /srv/secret/path")]
    with capture_logs() as logs:
        answer = await site.client.get("/cat.png?w=10", x_request_id="id")
    assert answer.status == 500
    assert answer.json() == {
        "code": 500,
        "error": "internal_error",
        "message": "Something went wrong on our side",
        "request_id": "id",
    }
    assert answer.headers["cache-control"] == "no-store"
    assert "secret" not in str(answer.headers)
    entry, line = logs
    assert (entry["event"], entry["path"], entry["exc_info"]) == ("request.crashed", "/cat.png", True)
    assert (line["event"], line["status"], line["error"]) == ("request", 500, "internal_error")


async def test_bug_in_a_group_is_a_500_too(site: Site) -> None:
    """What a nursery wraps up is no other matter."""
    site.pool.failures = [ExceptionGroup("from a nursery", [ValueError("x"), KeyError("y")])]
    with capture_logs():
        answer = await site.client.get("/cat.png?w=10")
    assert (answer.status, answer.json()["error"]) == (500, "internal_error")


async def test_failure_of_ours_is_logged_with_its_detail(site: Site) -> None:
    """What the client is not told about a failure, the log is."""
    site.pool.failures = [DeadlineExceededError("cat.png resize:width=10")]
    with capture_logs() as logs:
        answer = await site.client.get("/cat.png?w=10")
    assert (answer.status, answer.json()["error"]) == (504, "deadline_exceeded")
    told, line = logs
    assert told == {
        "event": "request.failed",
        "error": "deadline_exceeded",
        "detail": "cat.png resize:width=10",
        "log_level": "warning",
    }
    assert (line["event"], line["error"], line["log_level"]) == ("request", "deadline_exceeded", "warning")


async def test_failure_of_the_request_is_not_logged_as_ours(site: Site) -> None:
    """A log of warnings is about the server: what clients get wrong does not fill it."""
    with capture_logs() as logs:
        await site.client.get("/none")
        await site.client.get("/cat.png?w=x")
    assert [(line["event"], line["log_level"]) for line in logs] == [("request", "info")] * 2


async def test_full_queue_says_when_to_come_back(site: Site) -> None:
    """An answer at once, with the time after which it is worth asking again."""
    site.pool.failures = [QueueFullError(retry_after_s=7)]
    answer = await site.client.get("/cat.png?w=10")
    assert (answer.status, answer.json()["error"]) == (503, "queue_full")
    assert answer.headers["retry-after"] == "7"


async def test_failure_is_not_remembered(site: Site) -> None:
    """The next request for the same variant is tried anew."""
    site.pool.failures = [QueueFullError()]
    assert (await site.client.get("/cat.png?w=10")).status == 503
    assert (await site.client.get("/cat.png?w=10")).status == 200
