"""Fetching images, from real servers on loopback: what is asked, what may come, and how it ends."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from frontend.library.ingest_errors import (
    SourceFailedError,
)
from frontend.library.remote_fetch import CHUNK_BYTES, fetch
from shared.errors import TooLargeError, UnsupportedFormatError
from tests.frontend.library.web_servers import (
    PNG,
    Stream,
    answer,
    in_turn,
    picture,
    redirect,
    refused,
    sends,
    sends_and_stays,
    serve,
    take,
)


async def test_image_is_fetched_as_it_is(nursery: trio.Nursery) -> None:
    """The bytes arrive unchanged and in chunks, with the format their beginning shows."""
    body = picture(300_000)
    server = await serve(nursery, sends(answer(body)))
    async with fetch(server.url(), server.policy()) as image:
        assert image.format.name == "png"
        chunks = [chunk async for chunk in image]
    assert b"".join(chunks) == body
    assert len(chunks) > 2


async def test_request_says_little(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request names its host, us and what is wanted: nothing of the client, our environment, the last answer."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1/")
    server = await serve(
        nursery, in_turn(sends(redirect("/b?c=ä", "Set-Cookie: a=b; Path=/")), sends(answer(picture())))
    )
    await take(server.url("/a#b"), server.policy())
    assert server.requests == [
        (
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUser-Agent: tintype\r\n"
            "Accept: image/*, */*;q=0.5\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
        ).encode()
        for target in ("/a", "/b?c=%C3%A4")
    ]


async def test_chunked_answer_is_joined(nursery: trio.Nursery) -> None:
    """A server that sends byte by byte does not have us write byte by byte."""
    body = picture(5000)
    pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    server = await serve(nursery, sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", pieces))
    async with fetch(server.url(), server.policy()) as image:
        chunks = [chunk async for chunk in image]
    assert b"".join(chunks) == body
    assert len(chunks) == 2


async def test_answer_may_end_with_the_connection(nursery: trio.Nursery) -> None:
    """Without a length the end of the connection is the end of the image, as in HTTP/1.0."""
    server = await serve(nursery, sends(b"HTTP/1.0 200 OK\r\n\r\n" + picture(200)))
    assert await take(server.url(), server.policy()) == picture(200)


@pytest.mark.parametrize(
    "status", ["204 No Content", "206 Partial Content", "304 Not Modified", "404 Not Found", "503 X"]
)
async def test_other_status_is_told(nursery: trio.Nursery, status: str) -> None:
    """The client learns with which status the other server refused."""
    server = await serve(nursery, sends(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()))
    error = await refused(server.url(), server.policy())
    assert (error.status, error.message) == (502, f"'127.0.0.1' answered with status {status[:3]}")


async def test_switched_protocol_is_no_image(nursery: trio.Nursery) -> None:
    """A server that wants to speak something else is not listened to."""
    server = await serve(nursery, sends_and_stays(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"))
    assert isinstance(await refused(server.url(), server.policy()), SourceFailedError)


async def test_promised_size_is_refused_before_the_body(nursery: trio.Nursery) -> None:
    """A Content-Length above the limit is a 413 at once: not a byte of the body is waited for."""
    server = await serve(nursery, sends_and_stays(answer(length=1001)))
    error = await refused(server.url(), server.policy(max_bytes=1000))
    assert isinstance(error, TooLargeError)
    assert error.message == "the image has more than 1000 bytes"


async def test_image_may_be_as_large_as_the_limit(nursery: trio.Nursery) -> None:
    """The limit itself is allowed, however the size is told."""
    server = await serve(
        nursery, in_turn(sends(answer(picture(1000))), sends(b"HTTP/1.1 200 OK\r\n\r\n" + picture(1000)))
    )
    for _ in range(2):
        assert await take(server.url(), server.policy(max_bytes=1000)) == picture(1000)


async def test_endless_image_ends_at_the_limit(nursery: trio.Nursery) -> None:
    """A body without a length is counted while it comes, and no chunk beyond the limit is given out."""

    async def never_ends(stream: Stream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\n\r\n" + PNG)
        while True:
            await stream.send_all(bytes(1 << 16))

    server = await serve(nursery, never_ends)
    got: list[int] = []

    async def take_all() -> None:
        async with fetch(server.url(), server.policy(max_bytes=1 << 20)) as image:
            async for chunk in image:
                got.append(len(chunk))  # noqa: PERF401 - must be there when the next one is refused

    with pytest.raises(TooLargeError):
        await take_all()
    assert (1 << 20) - 2 * CHUNK_BYTES < sum(got) <= 1 << 20


async def test_what_is_no_image_is_not_read(nursery: trio.Nursery) -> None:
    """The first bytes decide, whatever the Content-Type says: 415, without waiting for more."""
    page = b"<!doctype html><title>Not a cat</title>" + b" " * 100
    server = await serve(nursery, sends_and_stays(answer(page, "Content-Type: image/png", length=50_000_000)))
    assert isinstance(await refused(server.url(), server.policy()), UnsupportedFormatError)


async def test_empty_answer_is_no_image(nursery: trio.Nursery) -> None:
    """No bytes are of no format."""
    server = await serve(nursery, sends(answer(b"")))
    assert isinstance(await refused(server.url(), server.policy()), UnsupportedFormatError)


async def test_format_without_leading_bytes_is_known_by_the_name(nursery: trio.Nursery) -> None:
    """TGA shows in the URL's extension, be it the one before the redirects."""
    tga = bytes([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 8, 0, 24, 0]) + bytes(192)
    server = await serve(nursery, in_turn(sends(redirect("/by-number/1")), sends(answer(tga)), sends(answer(tga))))
    async with fetch(server.url("/cat.TGA"), server.policy()) as image:
        assert image.format.name == "tga"
    assert isinstance(await refused(server.url("/cat"), server.policy()), UnsupportedFormatError)


async def test_answer_shorter_than_promised_fails(nursery: trio.Nursery) -> None:
    """A connection that ends too early leaves no image behind that looks whole."""
    server = await serve(nursery, sends(answer(picture(500), length=1000)))
    error = await refused(server.url(), server.policy())
    assert (error.status, error.message) == (502, "'127.0.0.1' sent an answer that breaks off or is not HTTP")


async def test_answer_longer_than_promised_is_cut(nursery: trio.Nursery) -> None:
    """What follows the promised bytes is none of the image's."""
    server = await serve(nursery, sends(answer(picture(500), length=400)))
    assert await take(server.url(), server.policy()) == picture(400)


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "x"])
async def test_compressed_answer_is_refused(nursery: trio.Nursery, coding: str) -> None:
    """We ask for the bytes as they are, and unpack nothing that could grow."""
    server = await serve(nursery, sends(answer(picture(), f"Content-Encoding: {coding}")))
    assert "compressed" in (await refused(server.url(), server.policy())).message


async def test_identity_is_no_compression(nursery: trio.Nursery) -> None:
    """A server may say that it has done nothing."""
    server = await serve(nursery, sends(answer(picture(), "Content-Encoding: identity")))
    assert await take(server.url(), server.policy()) == picture()


@pytest.mark.parametrize(
    "head",
    [
        b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"1" * 5000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a number\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"",
    ],
)
async def test_what_is_no_http_fails(nursery: trio.Nursery, head: bytes) -> None:
    """Another protocol, a broken answer or none at all is a 502."""
    server = await serve(nursery, sends(head))
    assert (await refused(server.url(), server.policy())).status == 502


@pytest.mark.parametrize("more", [b"\r\nX: y" * 1000, b"y" * 5000])
async def test_endless_head_fails(nursery: trio.Nursery, more: bytes) -> None:
    """The head of an answer is bounded, in many lines and in one."""

    async def never_ends(stream: Stream) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\nX: y")
        while True:
            await stream.send_all(more)

    server = await serve(nursery, never_ends)
    assert isinstance(await refused(server.url(), server.policy()), SourceFailedError)


async def test_leaving_early_hangs_up(nursery: trio.Nursery) -> None:
    """Whoever stops reading leaves no connection and nothing half-read behind."""
    server = await serve(nursery, sends_and_stays(answer(picture(200_000), length=1 << 20)))
    async with fetch(server.url(), server.policy()) as image:
        assert await anext(image)
    gc.collect()  # would warn of a generator that nobody has closed
    while not server.hung_up:
        await trio.lowlevel.checkpoint()


async def test_connection_ends_with_its_redirect(nursery: trio.Nursery) -> None:
    """A server that redirects is hung up on before the next one is asked."""

    async def notes_hung_up(stream: Stream) -> None:
        await stream.send_all(answer(picture()) if server.hung_up else answer(status="409 Still here"))

    server = await serve(nursery, in_turn(sends_and_stays(redirect("/b")), notes_hung_up))
    assert await take(server.url(), server.policy()) == picture()


async def test_takers_own_error_is_left_alone(nursery: trio.Nursery) -> None:
    """A full disk of ours is not the other server's failure."""
    server = await serve(nursery, sends_and_stays(answer(picture(200_000))))

    async def fill_disk() -> None:
        async with fetch(server.url(), server.policy()) as image:
            await anext(image)
            raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        await fill_disk()
    gc.collect()


async def test_cancelling_hangs_up(nursery: trio.Nursery) -> None:
    """A fetch that is cancelled while it waits ends at once, and so does its connection."""
    server = await serve(nursery, sends_and_stays(answer(picture(100), length=1000)))
    with trio.CancelScope() as scope:
        async with fetch(server.url(), server.policy()) as image:
            assert len(await anext(image)) == 100
            nursery.start_soon(_cancel_soon, scope)
            await anext(image)
    assert scope.cancelled_caught
    gc.collect()
    while not server.hung_up:
        await trio.lowlevel.checkpoint()


async def _cancel_soon(scope: trio.CancelScope) -> None:
    await wait_all_tasks_blocked()
    scope.cancel()


async def test_chunks_go_into_any_sink(nursery: trio.Nursery) -> None:
    """What is fetched is an ordinary asynchronous iterator, for functions that know nothing of fetching."""

    @asynccontextmanager
    async def doubled(chunks: AsyncIterator[bytes]) -> AsyncIterator[AsyncIterator[bytes]]:
        async def double() -> AsyncIterator[bytes]:
            async for chunk in chunks:
                yield chunk * 2

        async with aclosing(double()) as iterator:  # type: ignore[type-var]
            yield iterator

    server = await serve(nursery, sends(answer(picture(64))))
    async with fetch(server.url(), server.policy()) as image, doubled(image) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == picture(64) * 2
