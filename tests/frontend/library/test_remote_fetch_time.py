"""How long fetching may take: with servers that are silent, or drip. They let the time pass themselves."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from frontend.library.ingest_errors import (
    SourceTimeoutError,
)
from frontend.library.remote_fetch import CHUNK_BYTES, FetchPolicy, fetch
from tests.frontend.library.web_servers import (
    PNG,
    FakeDns,
    Stream,
    answer,
    picture,
    refused,
    sends,
    sends_and_stays,
    serve,
)


async def pass_time(clock: MockClock, seconds: float) -> None:
    """Let time pass while everybody waits for everybody else."""
    await wait_all_tasks_blocked()
    clock.jump(seconds)


async def test_silent_dns_is_a_timeout(autojump_clock: MockClock) -> None:
    """A name server that does not answer costs the time to connect, and no more."""

    FakeDns().is_silent = True
    error = await refused("http://images.example/", FetchPolicy(connect_timeout_s=5))
    assert isinstance(error, SourceTimeoutError)
    assert trio.current_time() == pytest.approx(5)


async def test_silent_handshake_is_a_timeout(nursery: trio.Nursery, mock_clock: MockClock) -> None:
    """A server that accepts and says nothing costs the time to connect."""

    async def lets_time_pass(stream: Stream) -> None:
        await pass_time(mock_clock, 6)
        await sends_and_stays()(stream)

    server = await serve(nursery, lets_time_pass, greets=False)
    error = await refused(server.url(scheme="https"), server.policy(connect_timeout_s=5, head_timeout_s=1000))
    assert isinstance(error, SourceTimeoutError)


async def test_silent_server_is_a_timeout(nursery: trio.Nursery, mock_clock: MockClock) -> None:
    """The first byte has a deadline; the client is told by a 504 that names the host."""

    async def lets_time_pass(stream: Stream) -> None:
        await pass_time(mock_clock, 11)
        await sends_and_stays()(stream)

    server = await serve(nursery, lets_time_pass)
    error = await refused(server.url(), server.policy(head_timeout_s=10))
    assert (error.status, error.message) == (504, "'127.0.0.1' took too long to send the image")


@pytest.mark.parametrize("drop", [b"X", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_dripping_head_is_a_timeout(nursery: trio.Nursery, mock_clock: MockClock, drop: bytes) -> None:
    """A head that comes byte by byte, or after ever more interim answers, has the same deadline as none."""

    async def drips(stream: Stream) -> None:
        if drop == b"X":
            await stream.send_all(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            await pass_time(mock_clock, 1)
            await stream.send_all(drop)

    server = await serve(nursery, drips)
    error = await refused(server.url(), server.policy(head_timeout_s=10))
    assert isinstance(error, SourceTimeoutError)
    assert 10 <= mock_clock.current_time() <= 11


async def test_dripping_body_is_a_timeout(nursery: trio.Nursery, mock_clock: MockClock) -> None:
    """A body that comes byte by byte uses up our patience, long before the whole may end."""

    async def drips(stream: Stream) -> None:
        await stream.send_all(answer(picture(), length=1 << 20))
        while True:
            await pass_time(mock_clock, 1)
            await stream.send_all(b"x")

    server = await serve(nursery, drips)
    error = await refused(server.url(), server.policy(least_bytes_per_s=1000, slack_s=10, total_timeout_s=1000))
    assert isinstance(error, SourceTimeoutError)
    assert 10 <= mock_clock.current_time() <= 11


async def test_whole_has_a_deadline(nursery: trio.Nursery, mock_clock: MockClock) -> None:
    """A server that is just fast enough, for ever, is left after the time for the whole."""

    async def goes_on(stream: Stream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\n\r\n" + PNG)
        while True:
            await pass_time(mock_clock, 1)
            await stream.send_all(bytes(CHUNK_BYTES))

    server = await serve(nursery, goes_on)
    error = await refused(server.url(), server.policy(max_bytes=1 << 40, total_timeout_s=60))
    assert isinstance(error, SourceTimeoutError)
    assert mock_clock.current_time() == 60


async def test_slow_taker_is_not_held_against_the_server(nursery: trio.Nursery, mock_clock: MockClock) -> None:
    """Time spent on writing what has come does not count as the server's slowness."""
    server = await serve(nursery, sends(answer(picture(1_000_000))))
    taken = 0
    async with fetch(server.url(), server.policy(slack_s=1, total_timeout_s=10_000)) as image:
        async for chunk in image:
            taken += len(chunk)
            mock_clock.jump(100)
    assert taken == 1_000_000
