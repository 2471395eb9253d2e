"""CORS by the Fetch standard: reading for the origins that are allowed, nothing else for anybody."""

from __future__ import annotations

from typing import Any

import pytest

from frontend.cors import Cors, options_reply, with_headers
from frontend.start_error import StartError
from tests.asgi_client import AsgiClient

SHOP = "https://shop.example"
OTHER = "https://other.example"


def _preflight(origin: str = SHOP, method: str = "GET") -> dict[str, str]:
    return {"origin": origin, "access-control-request-method": method}


@pytest.mark.parametrize("origin", [None, SHOP, "null"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_all_may_read(origin: str | None, method: str) -> None:
    """``*`` is one answer for everybody, which caches may give to everybody."""
    headers = dict(Cors(["*"]).headers(origin, method))
    assert headers["access-control-allow-origin"] == "*"
    assert headers["timing-allow-origin"] == "*"
    assert "vary" not in headers


@pytest.mark.parametrize(
    "name",
    ["ETag", "Content-Length", "X-Request-ID", "X-Cache", "Server-Timing", "Retry-After", "X-Tintype-Ignored"],
)
def test_our_headers_can_be_read(name: str) -> None:
    """A script can read the headers that we describe, and not only those every script can."""
    exposed = dict(Cors(["*"]).headers(SHOP, "GET"))["access-control-expose-headers"]
    assert name in exposed.split(", ")


def test_listed_origin_is_named() -> None:
    """One of a list is answered with itself, and caches are told."""
    headers = dict(Cors([SHOP, OTHER]).headers(SHOP, "GET"))
    assert headers["access-control-allow-origin"] == SHOP
    assert headers["timing-allow-origin"] == SHOP
    assert headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "origin", [None, "null", OTHER, SHOP + ".evil.example", SHOP + ":8443", "", "HTTPS://SHOP.EXAMPLE"]
)
def test_unlisted_origin_is_not_allowed(origin: str | None) -> None:
    """Any other, and none, is allowed nothing; caches are told all the same."""
    assert Cors([SHOP]).headers(origin, "GET") == (("vary", "Origin"),)


@pytest.mark.parametrize("origins", [["none"], ["NONE"], []])
def test_none_allows_nobody(origins: list[str]) -> None:
    """Switched off, nothing is said, and what looks like a preflight is an ``OPTIONS`` like any other."""
    cors = Cors(origins)
    assert cors.headers(SHOP, "GET") == ()
    assert cors.preflight(_preflight()) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("origins", [["*"], [SHOP]])
def test_other_methods_cannot_be_read(origins: list[str], method: str) -> None:
    """What changes something is answered to nobody across origins."""
    assert Cors(origins).headers(SHOP, method, is_image=True) == ()


@pytest.mark.parametrize("origins", [["*"], [SHOP], ["none"]])
def test_image_may_be_shown_anywhere(origins: list[str]) -> None:
    """A page that embeds only what agrees to it (COEP) can show an image, whether or not it may read it."""
    shown = ("cross-origin-resource-policy", "cross-origin")
    assert shown in Cors(origins).headers(None, "GET", is_image=True)
    assert shown not in Cors(origins).headers(None, "GET")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("HTTPS://Shop.Example", SHOP),
        ("https://shop.example:443", SHOP),
        ("http://shop.example:80", "http://shop.example"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("https://[0:0::1]:8443", "https://[::1]:8443"),
        ("capacitor://localhost", "capacitor://localhost"),
        (" https://shop.example ", SHOP),
    ],
)
def test_origin_is_compared_as_browsers_write_it(written: str, meant: str) -> None:
    """Capitals and the usual port make no other origin."""
    assert ("access-control-allow-origin", meant) in Cors([written]).headers(meant, "GET")


@pytest.mark.parametrize(
    "bad",
    [
        "shop.example",
        "https://shop.example/",
        "https://shop.example/path",
        "https://shop.example?q",
        "https://user@shop.example",
        "https://*.shop.example",
        "https://shöp.example",
        "https://shop.example:0",
        "https://shop.example:65536",
        "https://shop.example:",
        "https://[::g]",
        "https://",
        "//shop.example",
        "null",
        "https://a.example https://b.example",
        "https://a.example\r\nx: y",
    ],
)
def test_what_is_no_origin_ends_the_start(bad: str) -> None:
    """A mistake in the setting is told, with the entry at fault."""
    with pytest.raises(StartError) as caught:
        Cors([SHOP, bad])
    assert str(caught.value).startswith(f"cors_origin: {bad!r} is no origin")


@pytest.mark.parametrize("alone", ["*", "none"])
def test_all_and_none_stand_alone(alone: str) -> None:
    """``*`` or ``none`` beside an origin is a contradiction, and nobody guesses."""
    with pytest.raises(StartError, match="stands alone"):
        Cors([SHOP, alone])


@pytest.mark.parametrize(("origins", "allowed"), [(["*"], "*"), ([SHOP], SHOP)])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_preflight_allows_reading(origins: list[str], allowed: str, method: str) -> None:
    """A browser that asks is told what a script may send: a key, and what makes an answer smaller."""
    reply = Cors(origins).preflight(_preflight(method=method))
    assert reply is not None
    headers = dict(reply.headers)
    assert (reply.status, reply.body) == (204, b"")
    assert headers["access-control-allow-origin"] == allowed
    assert headers["access-control-allow-methods"] == "GET, HEAD"
    sent = headers["access-control-allow-headers"].split(", ")
    assert sent == ["Authorization", "If-None-Match", "If-Modified-Since", "Range", "X-Request-ID"]
    assert int(headers["access-control-max-age"]) > 0
    assert "Origin" in headers["vary"].split(", ")


@pytest.mark.parametrize(
    ("origins", "origin", "method"),
    [
        (["*"], SHOP, "POST"),
        (["*"], SHOP, "DELETE"),
        (["*"], SHOP, "get"),
        ([SHOP], OTHER, "GET"),
        ([SHOP], "null", "GET"),
    ],
)
def test_preflight_refuses_the_rest(origins: list[str], origin: str, method: str) -> None:
    """Another method or origin is answered without a word of allowance."""
    reply = Cors(origins).preflight(_preflight(origin, method))
    assert reply is not None
    assert reply.status == 204
    assert not [name for name, _ in reply.headers if name.startswith("access-control")]


def test_credentials_are_never_allowed() -> None:
    """A browser must not add what it knows of a person by itself."""
    for origins in (["*"], [SHOP]):
        cors = Cors(origins)
        reply = cors.preflight(_preflight())
        assert reply is not None
        names = [name for name, _ in (*reply.headers, *cors.headers(SHOP, "GET"))]
        assert "access-control-allow-credentials" not in names


@pytest.mark.parametrize("headers", [{}, {"origin": SHOP}, {"access-control-request-method": "GET"}])
def test_plain_options_is_no_preflight(headers: dict[str, str]) -> None:
    """Only a browser's question is one: it has an origin and a method."""
    assert Cors(["*"]).preflight(headers) is None


def test_options_tells_the_methods() -> None:
    """Anybody may know what can be asked of an address."""
    reply = options_reply(["HEAD", "GET"])
    assert reply.status == 204
    assert dict(reply.headers)["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("there", "together"),
    [
        ([], b"Origin"),
        ([b"Accept"], b"Accept, Origin"),
        ([b"accept, origin"], b"accept, Origin"),
        ([b"Accept", b"Cookie,Accept"], b"Accept, Cookie, Origin"),
        ([b"*"], b"*"),
    ],
)
def test_vary_is_one_header(there: list[bytes], together: bytes) -> None:
    """What the answer varies with already is kept, each name once."""
    headers = [(b"etag", b'"x"'), *((b"vary", value) for value in there)]
    merged = with_headers(headers, Cors([SHOP]).headers(None, "GET"))
    assert merged == [(b"etag", b'"x"'), (b"vary", together)]


@pytest.mark.parametrize("status", [200, 304, 404, 503])
async def test_every_answer_can_be_read(status: int) -> None:
    """Also an error: a script is to see what is wrong, and not only that something is."""
    cors = Cors([SHOP])

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own
        send = cors.send(send, origin=SHOP, method=scope["method"], is_image=True)
        await send({"type": "http.response.start", "status": status, "headers": [(b"vary", b"Accept")]})
        await send({"type": "http.response.body", "body": b""})

    answer = await AsgiClient(app=app).get("/cat.png")
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["vary"] == "Accept, Origin"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


def test_send_stays_as_it_is_where_nothing_is_added() -> None:
    """Switched off, it costs nothing."""

    async def send(_event: dict[str, Any]) -> None:
        """Take anything."""

    assert Cors(["none"]).send(send, origin=SHOP, method="GET", is_image=False) is send
