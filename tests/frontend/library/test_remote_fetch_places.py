"""Where images may be fetched from: addresses in every spelling, names, redirects and certificates."""

from __future__ import annotations

import pytest
import trio

from frontend.library.ingest_errors import (
    BadUrlError,
    SourceFailedError,
    SourceForbiddenError,
)
from frontend.library.public_address import AllowList
from frontend.library.remote_fetch import FetchPolicy
from tests.frontend.library.web_servers import (
    FakeDns,
    answer,
    in_turn,
    picture,
    redirect,
    refused,
    sends,
    serve,
    take,
)


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST", "localhost.", "ｌｏｃａｌｈｏｓｔ"),
        *("127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.1"),
        *(
            "017700000001",
            "0177.0.0.1",
            "0177.0x0.1",
            "00000177.1",
            "１２７.０.０.１",
            "127。0。0。1",
            "①②⑦.0.0.1",
        ),
        *("0", "0.0.0.0", "0x0", "00"),
        *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::FFFF:7F00:1]", "[::127.0.0.1]"),
        *("169.254.169.254", "2852039166", "0xa9fea9fe", "[::ffff:a9fe:a9fe]", "[fe80::1]", "[fd00:ec2::254]"),
        *(
            "10.1.2.3",
            "10.66051",
            "012.1.2.3",
            "192.168.0.1",
            "172.16.0.1",
            "100.64.0.1",
            "198.18.0.1",
            "[fec0::1]",
        ),
        *("224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "[ff02::1]", "[2001:db8::1]"),
        *(
            "[64:ff9b::7f00:1]",
            "[64:ff9b:1::7f00:1]",
            "[2002:7f00:1::]",
            "[2001:0:7f00:1::]",
            "[2a00::5efe:7f00:1]",
        ),
    ],
)
async def test_this_machine_and_its_network_are_refused(host: str) -> None:
    """However an address that is not public is spelled, it is a 403 that names the host as we read it."""
    error = await refused(f"http://{host}/cat.png")
    assert isinstance(error, SourceForbiddenError)
    assert error.status == 403


@pytest.mark.parametrize(
    "host", ["%6c%6f%63%61%6c%68%6f%73%74", "[::1%25lo]", "[fe80::1%lo]", "", "user@127.0.0.1"]
)
async def test_host_that_is_none_is_refused_unresolved(host: str) -> None:
    """Escapes, zones, users and empty hosts are a 400 before anybody is asked."""
    dns = FakeDns()
    assert isinstance(await refused(f"http://{host}/cat.png"), BadUrlError)
    assert dns.asked == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.7"],
        ["93.184.215.14", "10.0.0.7"],
        ["10.0.0.7", "93.184.215.14"],
        ["2606:2800::1", "::ffff:10.0.0.7"],
    ],
)
async def test_name_is_refused_for_any_of_its_addresses(addresses: list[str]) -> None:
    """One address that is not public is enough; the client is told the name, and not what is behind it."""
    FakeDns(intranet_example=[addresses])
    error = await refused("http://intranet.example/cat.png")
    assert isinstance(error, SourceForbiddenError)
    assert "intranet.example" in error.message
    assert "10.0.0.7" not in error.message
    assert "10.0.0.7" in str(error)


async def test_every_address_is_checked_also_those_never_tried() -> None:
    """An address far down the list counts like the first."""
    FakeDns(many_example=[[*(f"8.8.8.{number}" for number in range(20)), "127.0.0.1"]])
    assert isinstance(await refused("http://many.example/"), SourceForbiddenError)


async def test_name_is_resolved_once_and_connected_to_as_checked(nursery: trio.Nursery) -> None:
    """A name that means another address the second time (DNS rebinding) is not asked about a second time."""
    server = await serve(nursery, sends(answer(picture())))
    dns = FakeDns(rebinding_example=[["127.0.0.1"], ["127.0.0.2"]])
    url = server.url(host="rebinding.example")
    assert await take(url, server.policy()) == picture()
    assert dns.asked == ["rebinding.example"]
    assert f"Host: rebinding.example:{server.port}".encode() in server.requests[0]
    assert isinstance(await refused(url, server.policy()), SourceForbiddenError)


async def test_redirect_is_resolved_and_checked_anew(nursery: trio.Nursery) -> None:
    """A host that was public when it redirected to itself is refused once it is private."""
    server = await serve(nursery, sends(redirect("/again")))
    FakeDns(rebinding_example=[["127.0.0.1"], ["10.0.0.7"]])
    error = await refused(server.url(host="rebinding.example"), server.policy())
    assert isinstance(error, SourceForbiddenError)
    assert server.connections == 1


async def test_allowed_name_may_lead_anywhere(nursery: trio.Nursery) -> None:
    """A host that the operator has allowed by name is fetched from, its neighbours are not."""
    server = await serve(nursery, sends(answer(picture())))
    FakeDns(nas_lan=[["127.0.0.1"]], other_lan=[["127.0.0.1"]])
    policy = server.policy(f"nas.lan:{server.port}")
    assert await take(server.url(host="nas.lan"), policy) == picture()
    assert isinstance(await refused(server.url(host="other.lan"), policy), SourceForbiddenError)


async def test_port_is_refused_unless_it_is_named(nursery: trio.Nursery) -> None:
    """Allowing a network does not allow all that listens in it."""
    server = await serve(nursery, sends(answer(picture())))
    error = await refused(server.url(), server.policy("127.0.0.0/8"))
    assert isinstance(error, SourceForbiddenError)
    assert server.connections == 0


async def test_public_address_is_refused_at_a_port_that_is_not_of_the_web() -> None:
    """Mail servers and databases are nobody's source of images, wherever they are."""
    for port in (22, 25, 5432, 8080):
        assert isinstance(await refused(f"http://8.8.8.8:{port}/"), SourceForbiddenError)


async def test_next_address_is_tried_when_one_refuses(nursery: trio.Nursery) -> None:
    """A host of several addresses is reached if one of them answers."""
    server = await serve(nursery, sends(answer(picture())))
    FakeDns(images_example=[["127.0.0.2", "127.0.0.1"]])
    policy = server.policy(f"images.example:{server.port}")
    assert await take(server.url(host="images.example"), policy) == picture()


async def test_name_that_does_not_resolve_is_the_sources_failure() -> None:
    """A name nobody knows is a 502 that says so."""
    FakeDns()
    error = await refused("http://nowhere.example/")
    assert (error.status, error.message) == (502, "'nowhere.example' cannot be found")


async def test_connection_that_is_refused_is_the_sources_failure(nursery: trio.Nursery) -> None:
    """Nobody listening is a 502 without an address or a number of the system's."""
    server = await serve(nursery, sends())
    policy = server.policy("127.0.0.2:1")
    error = await refused("http://127.0.0.2:1/", policy)
    assert (error.status, error.message) == (502, "'127.0.0.2' cannot be connected to")


async def test_three_redirects_are_followed(nursery: trio.Nursery) -> None:
    """Every kind of redirect leads on, relative ones as well."""
    other = await serve(nursery, sends(answer(picture())))
    server = await serve(
        nursery,
        in_turn(
            sends(redirect("/b", status="301 Moved")),
            sends(redirect("c?d", status="307 Temporary Redirect")),
            sends(redirect(f"//127.0.0.1:{other.port}/d", status="308 Permanent Redirect")),
        ),
    )
    policy = server.policy(f"127.0.0.1:{server.port}", f"127.0.0.1:{other.port}")
    assert await take(server.url(), policy) == picture()
    assert [head.split()[1] for head in (*server.requests, *other.requests)] == [
        b"/cat.png",
        b"/b",
        b"/c?d",
        b"/d",
    ]


async def test_fourth_redirect_is_not_followed(nursery: trio.Nursery) -> None:
    """A circle ends after three rounds."""
    server = await serve(nursery, sends(redirect("/round")))
    error = await refused(server.url(), server.policy())
    assert error.message == "'127.0.0.1' is reached by more than 3 redirects"
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2/",
        "http://localhost/",
        "//169.254.169.254/latest/meta-data/",
        "http://[::1]:6379/",
        "//0x7f.1/",
    ],
)
async def test_redirect_to_this_machine_is_refused(nursery: trio.Nursery, location: str) -> None:
    """A server of the Internet cannot lead us where its client may not."""
    server = await serve(nursery, sends(redirect(location)))
    assert isinstance(await refused(server.url(), server.policy()), SourceForbiddenError)


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "gopher://127.0.0.1/_", "http://user:secret@127.0.0.1/", "http://[", "\\\\h\\x"],
)
async def test_redirect_to_what_is_no_url_of_ours_fails(nursery: trio.Nursery, location: str) -> None:
    """Where we do not go is the other server's fault: 502."""
    server = await serve(nursery, sends(redirect(location)))
    error = await refused(server.url(), server.policy())
    assert (error.status, error.message) == (502, "'127.0.0.1' redirects to a URL that is not fetched")


async def test_redirect_without_location_fails(nursery: trio.Nursery) -> None:
    """A redirect must say where to."""
    server = await serve(nursery, sends(answer(picture(), status="302 Found")))
    assert (await refused(server.url(), server.policy())).message == "'127.0.0.1' redirects to nowhere"


async def test_redirect_from_https_to_http_fails(nursery: trio.Nursery) -> None:
    """What began confidential and checked stays so."""
    plain = await serve(nursery, sends(answer(picture())))
    server = await serve(nursery, sends(redirect(plain.url())), tls=True)
    policy = server.policy(f"127.0.0.1:{server.port}", f"127.0.0.1:{plain.port}")
    error = await refused(server.url(scheme="https"), policy)
    assert (error.status, error.message) == (502, "'127.0.0.1' redirects from https to http")
    assert plain.connections == 0


async def test_redirect_from_http_to_https_is_followed(nursery: trio.Nursery) -> None:
    """The other direction is the usual one."""
    server = await serve(nursery, sends(answer(picture())), tls=True)
    plain = await serve(nursery, sends(redirect(server.url(scheme="https"))))
    policy = server.policy(f"127.0.0.1:{server.port}", f"127.0.0.1:{plain.port}")
    assert await take(plain.url(), policy) == picture()


async def test_certificate_is_checked_against_the_urls_name(nursery: trio.Nursery) -> None:
    """The connection goes to an address, and TLS asks for the name: localhost's certificate is no other host's."""
    server = await serve(nursery, sends(answer(picture())), tls=True)
    FakeDns(localhost=[["127.0.0.1"]], images_example=[["127.0.0.1"]])
    assert await take(server.url(host="localhost", scheme="https"), server.policy()) == picture()
    error = await refused(server.url(host="images.example", scheme="https"), server.policy())
    assert isinstance(error, SourceFailedError)
    assert error.message == "'images.example' has no TLS certificate that is valid for it, or does not speak TLS"
    assert server.requests == [server.requests[0]]


async def test_certificate_must_be_vouched_for(nursery: trio.Nursery) -> None:
    """By default only the authorities everyone trusts count."""
    server = await serve(nursery, sends(answer(picture())), tls=True)
    policy = FetchPolicy(allow=AllowList.parse([f"127.0.0.1:{server.port}"]))
    assert isinstance(await refused(server.url(scheme="https"), policy), SourceFailedError)
    assert server.requests == []


async def test_plain_server_is_not_spoken_to_in_tls(nursery: trio.Nursery) -> None:
    """A server that answers a handshake with HTTP is a 502."""
    server = await serve(nursery, sends(b"HTTP/1.1 400 Bad Request\r\n\r\n"), greets=False)
    assert isinstance(await refused(server.url(scheme="https"), server.policy()), SourceFailedError)
