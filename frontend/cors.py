"""Which pages of other origins may read answers, and what an ``OPTIONS`` is told.

Reading is all that is ever allowed across origins, and never with the credentials a browser would add by itself:
a script that has a key sends it in ``Authorization``. What a key is good for is decided in ``frontend/access``.
Sources: the Fetch standard (CORS protocol, Cross-Origin-Resource-Policy), W3C Resource Timing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from frontend.reply import Headers, Reply
from frontend.start_error import StartError

RawHeaders = list[tuple[bytes, bytes]]
Event = dict[str, Any]
Send = Callable[[Event], Awaitable[None]]

ALL, NONE = "*", "none"
METHODS = ("GET", "HEAD")
# A day, the longest that any browser heeds.
MAX_AGE_S = 86_400
MAX_PORT = 65_535

_REQUEST_HEADERS = "Authorization, If-None-Match, If-Modified-Since, Range, X-Request-ID"
# Beside those the Fetch standard lets every script read: Cache-Control, Content-Type, Last-Modified and the like.
_EXPOSED = (
    "ETag, Content-Length, Content-Range, Content-Disposition, Link, Retry-After, Server-Timing, RateLimit-Limit, "
    "RateLimit-Remaining, RateLimit-Reset, X-Cache, X-Request-ID, X-Tintype-Ignored"
)
# Under which an image may be shown on any page, also one that asks for it (COEP); it cannot be read by that.
_SHOWN_ANYWHERE = (("cross-origin-resource-policy", "cross-origin"),)

_ORIGIN = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>\d{1,5}))?"
)
_USUAL_PORTS = {"http": 80, "https": 443}


class Cors:
    """Answers for ``origins``: some, or ``*`` or ``none`` alone. Raises StartError naming what is no origin."""

    def __init__(self, origins: Iterable[str]) -> None:
        given = tuple(origin.strip().lower() for origin in origins)
        alone = {ALL, NONE}.intersection(given)
        if alone and len(set(given)) > 1:
            raise StartError(f"cors_origin: {min(alone)!r} stands alone, and not among other origins")
        self._is_for_all = ALL in given
        self._allowed = frozenset(_serialized(origin) for origin in given if origin not in alone)
        self._for_all = _granted(ALL) if self._is_for_all else ()

    def headers(self, origin: str | None, method: str, *, is_image: bool = False) -> Headers:
        """What to add to the answer of a request of this ``Origin``, be it an error or not."""
        if method not in METHODS:
            return ()
        shown = _SHOWN_ANYWHERE if is_image else ()
        if self._is_for_all:
            return self._for_all + shown
        if not self._allowed:
            return shown
        granted = _granted(origin) if origin is not None and origin in self._allowed else ()
        # Also where there is nothing to allow: a cache must not give that answer to a page that may read it.
        return (*granted, ("vary", "Origin"), *shown)

    def preflight(self, headers: Mapping[str, str]) -> Reply | None:
        """Answer a browser that asks before it lets a script ask; None if that is not what an ``OPTIONS`` is.

        ``headers`` are by names in lower case. A refusal is an answer that allows nothing.
        """
        origin, method = headers.get("origin"), headers.get("access-control-request-method")
        if origin is None or method is None or not (self._is_for_all or self._allowed):
            return None
        vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
        reply: Headers = (("vary", vary), ("cache-control", "no-store"))
        if method in METHODS and (self._is_for_all or origin in self._allowed):
            reply += (
                ("access-control-allow-origin", ALL if self._is_for_all else origin),
                ("access-control-allow-methods", ", ".join(METHODS)),
                ("access-control-allow-headers", _REQUEST_HEADERS),
                ("access-control-max-age", str(MAX_AGE_S)),
            )
        return Reply(status=int(HTTPStatus.NO_CONTENT), headers=reply)

    def send(self, send: Send, *, origin: str | None, method: str, is_image: bool) -> Send:
        """Send the same, with these headers added to the answer's own."""
        extra = self.headers(origin, method, is_image=is_image)
        if not extra:
            return send

        async def send_with_cors(event: Event) -> None:
            if event["type"] == "http.response.start":
                event = {**event, "headers": with_headers(event["headers"], extra)}
            await send(event)

        return send_with_cors


def options_reply(methods: Iterable[str]) -> Reply:
    """Say what may be asked of an address; nobody needs a key to know."""
    allow = ", ".join(sorted({*methods, "OPTIONS"}))
    return Reply(status=int(HTTPStatus.NO_CONTENT), headers=(("allow", allow), ("cache-control", "no-store")))


def with_headers(headers: Iterable[tuple[bytes, bytes]], extra: Headers) -> RawHeaders:
    """Add ``extra`` to an answer's headers; what they name in ``Vary`` is joined into one."""
    added = _encoded(extra)
    if not any(name == b"vary" for name, _ in added):
        return [*headers, *added]
    together = [*headers, *added]
    vary = b", ".join(value for name, value in together if name.lower() == b"vary")
    rest = [pair for pair in together if pair[0].lower() != b"vary"]
    return [*rest, (b"vary", _each_once(vary))]


# There are as many of them as origins are allowed, and few of those are asked from at a time.
@lru_cache(maxsize=64)
def _encoded(headers: Headers) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers)


def _each_once(vary: bytes) -> bytes:
    names = {name.strip().lower(): name.strip() for name in vary.split(b",") if name.strip()}
    return b"*" if b"*" in names else b", ".join(names.values())


def _granted(origin: str) -> Headers:
    """Let scripts of this origin read the answer, its headers and how long its parts have taken."""
    return (
        ("access-control-allow-origin", origin),
        ("access-control-expose-headers", _EXPOSED),
        ("timing-allow-origin", origin),
    )


def _serialized(origin: str) -> str:
    """Write an origin as browsers do. Raises StartError."""
    match = _ORIGIN.fullmatch(origin)
    if match is None:
        raise _no_origin(origin, "what is meant is scheme://host or scheme://host:port, and nothing behind it")
    scheme, host, port = match["scheme"], match["host"], int(match["port"] or 0)
    if host.startswith("["):
        try:
            host = f"[{ipaddress.IPv6Address(host[1:-1])}]"
        except ValueError:
            raise _no_origin(origin, f"{host} is no IPv6 address") from None
    if match["port"] is None or port == _USUAL_PORTS.get(scheme):
        return f"{scheme}://{host}"
    if not 0 < port <= MAX_PORT:
        raise _no_origin(origin, f"there is no port {port}")
    return f"{scheme}://{host}:{port}"


def _no_origin(origin: str, reason: str) -> StartError:
    return StartError(f"cors_origin: {origin!r} is no origin: {reason}")
