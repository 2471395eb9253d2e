"""Fetches an image from a URL: what may be asked, how long it may take, and how much may come.

Which addresses may be connected to is decided in ``frontend/library/public_address.py`` and kept to in
``frontend/library/pinned_network.py``. There are no cookies, no proxies from the environment and no kept
connections: nothing of one fetch is left for the next.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

import httpcore
import trio

from frontend.library.image_stream import ImageStream, too_large
from frontend.library.ingest_errors import BadUrlError, SourceFailedError, SourceTimeoutError
from frontend.library.pace import Pace
from frontend.library.pinned_network import PinnedNetwork
from frontend.library.public_address import AllowList
from frontend.library.source_url import SourceUrl
from shared.formats import SNIFF_BYTES

USER_AGENT = "tintype"
CHUNK_BYTES = 64 << 10
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """What bounds a fetch. ``head_timeout_s`` is for each redirect, ``total_timeout_s`` for all of it.

    Make one and keep it: whom to trust by default is read from files.
    """

    allow: AllowList = field(default_factory=AllowList)
    max_bytes: int = 64 << 20
    max_redirects: int = 3
    connect_timeout_s: float = 5.0
    head_timeout_s: float = 10.0
    total_timeout_s: float = 60.0
    # A server may be silent for the slack, and slower than the least speed for no longer.
    least_bytes_per_s: float = 4096.0
    slack_s: float = 10.0
    ssl_context: ssl.SSLContext = field(default_factory=httpcore.default_ssl_context, repr=False)


@asynccontextmanager
async def fetch(url: str, policy: FetchPolicy) -> AsyncIterator[ImageStream]:
    """Ask for the URL; the block iterates over the image's bytes, as they come.

    Raises BadUrlError, SourceForbiddenError, SourceFailedError, SourceTimeoutError, TooLargeError or
    UnsupportedFormatError: before the block as far as that is known by then, and within it.
    """
    asked = SourceUrl.parse(url)
    with trio.move_on_after(policy.total_timeout_s) as whole:
        async with _pool(policy) as pool, _follow(pool, asked, policy) as body:
            extension = body.url.extension or asked.extension
            yield await ImageStream.begin(body, extension=extension, max_bytes=policy.max_bytes)
    if whole.cancelled_caught:
        raise SourceTimeoutError(asked.host, detail=f"not done in {policy.total_timeout_s} s")


def _pool(policy: FetchPolicy) -> httpcore.AsyncConnectionPool:
    return httpcore.AsyncConnectionPool(
        ssl_context=policy.ssl_context, network_backend=PinnedNetwork(policy.allow), max_keepalive_connections=0
    )


@asynccontextmanager
async def _follow(pool: httpcore.AsyncConnectionPool, url: SourceUrl, policy: FetchPolicy) -> AsyncIterator[_Body]:
    """Go where redirects lead, each checked like the first URL; give the body of the file at the end."""
    for _ in range(policy.max_redirects + 1):
        response = await _ask(pool, url, policy)
        try:
            if response.status not in _REDIRECTS:
                _check_head(response, url, policy)
                async with _Body(response, url, policy) as body:
                    yield body
                return
        finally:
            await response.aclose()
        url = _next_url(response, url)
    raise SourceFailedError(url.host, problem=f"is reached by more than {policy.max_redirects} redirects")


async def _ask(pool: httpcore.AsyncConnectionPool, url: SourceUrl, policy: FetchPolicy) -> httpcore.Response:
    """Send a request and wait for the head of its answer."""
    request = httpcore.Request(
        "GET",
        httpcore.URL(scheme=url.scheme, host=url.host, port=url.port, target=url.target),
        headers=[
            ("Host", url.authority),
            ("User-Agent", USER_AGENT),
            ("Accept", "image/*, */*;q=0.5"),
            # A compressed answer could grow to any size here; images do not shrink by it anyway.
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
        ],
        extensions={"timeout": {"connect": policy.connect_timeout_s}},
    )
    with _told_as_ours(url), trio.fail_after(policy.head_timeout_s):
        return await pool.handle_async_request(request)


def _check_head(response: httpcore.Response, url: SourceUrl, policy: FetchPolicy) -> None:
    """Refuse what its head says is no file of an image that we would take."""
    if response.status != 200:
        raise SourceFailedError(url.host, problem=f"answered with status {response.status}")
    if _header(response, b"content-encoding").lower() not in ("", "identity"):
        raise SourceFailedError(url.host, problem="sent the image compressed, although asked not to")
    # h11 lets only digits pass. What it promises is held against it later.
    if int(_header(response, b"content-length") or 0) > policy.max_bytes:
        raise too_large(max_bytes=policy.max_bytes)


def _next_url(response: httpcore.Response, url: SourceUrl) -> SourceUrl:
    """Read where a redirect leads."""
    location = _header(response, b"location")
    if not location:
        raise SourceFailedError(url.host, problem="redirects to nowhere")
    try:
        following = url.join(location)
    except BadUrlError as error:
        raise SourceFailedError(
            url.host, problem="redirects to a URL that is not fetched", detail=str(error)
        ) from error
    if (url.scheme, following.scheme) == ("https", "http"):
        raise SourceFailedError(url.host, problem="redirects from https to http")
    return following


def _header(response: httpcore.Response, name: bytes) -> str:
    """The first value of a header; empty when there is none."""
    values = (value for key, value in response.headers if key.lower() == name)
    return next(values, b"").decode("utf-8", "replace")


class _Body:
    """The bytes of an answer, joined to chunks worth a write; none may arrive too slowly."""

    def __init__(self, response: httpcore.Response, url: SourceUrl, policy: FetchPolicy) -> None:
        self.url = url
        self._pieces = response.aiter_stream()
        self._pace = Pace(least_bytes_per_s=policy.least_bytes_per_s, slack_s=policy.slack_s)
        # At first no more than shows whether it is an image at all.
        self._wanted_bytes = SNIFF_BYTES

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        # The stream is made of generators within generators, of which only the outermost could be closed. A
        # cancellation at the next wait goes through them all.
        with trio.CancelScope() as scope, suppress(httpcore.NetworkError, httpcore.ProtocolError):
            scope.cancel()
            async for _piece in self._pieces:
                pass

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        chunk = bytearray()
        while len(chunk) < self._wanted_bytes:
            piece = await self._next_piece()
            if not piece:
                break
            chunk += piece
        if not chunk:
            raise StopAsyncIteration
        self._wanted_bytes = CHUNK_BYTES
        return bytes(chunk)

    async def _next_piece(self) -> bytes:
        # Many tiny pieces come out of one read without a wait, during which nobody else would run.
        await trio.lowlevel.checkpoint()
        with _told_as_ours(self.url), self._pace.waiting():
            piece = await anext(self._pieces, b"")
        self._pace.credit(len(piece))
        return piece


@contextmanager
def _told_as_ours(url: SourceUrl) -> Iterator[None]:
    """Turn what httpcore and our own deadlines raise into errors of the source."""
    try:
        yield
    except (httpcore.TimeoutException, trio.TooSlowError) as error:
        raise SourceTimeoutError(url.host, detail=type(error).__name__) from error
    except httpcore.ConnectError as error:
        # PinnedNetwork has told of all else that keeps a connection from being made.
        problem = "has no TLS certificate that is valid for it, or does not speak TLS"
        raise SourceFailedError(url.host, problem=problem, detail=str(error)) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise SourceFailedError(
            url.host, problem="sent an answer that breaks off or is not HTTP", detail=str(error)
        ) from error
