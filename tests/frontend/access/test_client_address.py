"""Whom a request comes from, by what a peer says who is believed or is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis.strategies import ip_addresses, lists, sampled_from, text

from frontend.access.client_address import MAX_HOPS, ClientAddresses, limit_key
from frontend.start_error import StartError

PROXIES = ClientAddresses(["10.0.0.0/8", "2001:db8:ff::/48", "192.0.2.1"])
PROXY = "10.0.0.1"


def forwarded_for(value: str) -> str:
    """Whom the proxies mean with this X-Forwarded-For."""
    return PROXIES.of(PROXY, {"x-forwarded-for": value})


def forwarded(value: str) -> str:
    """Whom the proxies mean with this Forwarded."""
    return PROXIES.of(PROXY, {"forwarded": value})


@pytest.mark.parametrize("peer", ["203.0.113.9", "11.0.0.1", "2001:db8::1", "192.0.2.2"])
def test_header_of_a_stranger_is_never_looked_at(peer: str) -> None:
    """Whoever is not trusted is the client, whatever it claims."""
    headers = {"x-forwarded-for": "198.51.100.7", "forwarded": "for=198.51.100.7"}
    assert PROXIES.of(peer, headers) == peer
    assert ClientAddresses([]).of(peer, headers) == peer


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.7, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("198.51.100.7,203.0.113.9,10.0.0.2,192.0.2.1,2001:db8:ff::1", "203.0.113.9"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (" \t203.0.113.9\t , , 10.0.0.2,", "203.0.113.9"),
        ("", PROXY),
        (" , ,", PROXY),
    ],
)
def test_first_stranger_from_the_right_is_the_client(value: str, expected: str) -> None:
    """Proxies of ours are passed over; what stands left of the first stranger may be made up."""
    assert forwarded_for(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("203.0.113.9, unknown", PROXY),
        ("203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"),
        ("203.0.113.9, 10.0.0.300", PROXY),
        ("203.0.113.9, 010.0.0.2", PROXY),
        ("203.0.113.9, 10.0.0.2:", PROXY),
        ("203.0.113.9, 10.0.0.2:123456", PROXY),
        ("203.0.113.9, [::1", PROXY),
        ("203.0.113.9, fe80::1%eth0", PROXY),
        ("203.0.113.9, 10.0.0.2 10.0.0.3", PROXY),
        ("203.0.113.9, <script>", PROXY),
        ("203.0.113.9, ١٠.0.0.2", PROXY),
    ],
)
def test_what_is_no_address_ends_the_walk(value: str, expected: str) -> None:
    """Beyond an entry that says nothing nobody is believed: the last good address counts."""
    assert forwarded_for(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:80", "203.0.113.9"),
        ("203.0.113.9, ::ffff:10.0.0.2", "203.0.113.9"),
    ],
)
def test_address_is_told_plainly(value: str, expected: str) -> None:
    """Without port or brackets, in the one usual spelling, and an IPv4 address as one."""
    assert forwarded_for(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("for=203.0.113.9", "203.0.113.9"),
        ("For=203.0.113.9;Proto=https;by=10.0.0.1", "203.0.113.9"),
        ('for="203.0.113.9:4711"', "203.0.113.9"),
        ('proto=https ; for="[2001:db8::1]:4711"', "2001:db8::1"),
        ("for=198.51.100.7, for=203.0.113.9, for=10.0.0.2", "203.0.113.9"),
        ("for=203.0.113.9, for=unknown", PROXY),
        ("for=203.0.113.9, for=_hidden", PROXY),
        ("for=203.0.113.9, proto=https", PROXY),
        ("for=198.51.100.7;for=203.0.113.9", PROXY),
        ('for="203.0.113.9', PROXY),
        ('for="', PROXY),
        ("for=", PROXY),
        ("for=203.0.113.9, for;;=", PROXY),
        ("203.0.113.9", PROXY),
        ('for=198.51.100.7;by=", for=203.0.113.9', "203.0.113.9"),
        ("x=" + "a" * 10_000 + ";for=203.0.113.9", PROXY),
        ("", PROXY),
    ],
)
def test_forwarded_is_read_where_there_is_no_other(value: str, expected: str) -> None:
    """RFC 7239 says the same in its own spelling; a quote that a client opens hides nothing."""
    assert forwarded(value) == expected


def test_x_forwarded_for_goes_before_forwarded() -> None:
    """Where both are sent, only the one that the setting speaks of is read."""
    headers = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=198.51.100.7"}
    assert PROXIES.of(PROXY, headers) == "203.0.113.9"
    assert PROXIES.of(PROXY, headers | {"x-forwarded-for": ""}) == PROXY


def test_only_so_many_hops_are_walked() -> None:
    """A client beyond the last hop that is looked at is not found; that hop counts."""
    hops = [f"10.1.0.{number}" for number in range(MAX_HOPS)]
    assert forwarded_for(", ".join(["203.0.113.9", *hops[1:]])) == "203.0.113.9"
    assert forwarded_for(", ".join(["203.0.113.9", *hops])) == "10.1.0.0"
    assert forwarded_for("203.0.113.9" + "," * MAX_HOPS) == PROXY


@pytest.mark.parametrize("piece", [",", ", ", "10.0.0.2,", ";", "for=10.0.0.2,", 'for="', "1", "[", ":", "\\"])
def test_header_of_any_length_is_answered(piece: str) -> None:
    """Sixty-four kilobytes of anything name nobody but proxies."""
    huge = piece * (65_536 // len(piece))
    assert forwarded_for(huge) in (PROXY, "10.0.0.2")
    assert forwarded(huge) in (PROXY, "10.0.0.2")


@settings(deadline=None, derandomize=True)
@given(
    made_up=text(alphabet='0123456789abcdef.:,;[]"%= for', max_size=60),
    client=ip_addresses(v=4, network="203.0.113.0/24"),
    proxies=lists(sampled_from(["10.0.0.2", "10.255.0.1", "192.0.2.1"]), max_size=4),
)
def test_client_cannot_choose_its_address(made_up: str, client: object, proxies: list[str]) -> None:
    """Whatever a client sends, what our proxies add at the right decides."""
    hops = [made_up, str(client), *proxies]
    assert forwarded_for(", ".join(hops)) == str(client)
    assert forwarded(", ".join([made_up, *(f"for={hop}" for hop in hops[1:])])) == str(client)


@settings(deadline=None, derandomize=True)
@given(anything=text(max_size=200))
def test_no_header_is_too_strange(anything: str) -> None:
    """Any text gives an address, and never an error."""
    for name in ("x-forwarded-for", "forwarded"):
        assert PROXIES.of(PROXY, {name: anything})


def test_peer_is_told_plainly() -> None:
    """A socket of both families gives IPv4 peers as mapped ones, and link-local ones with a zone."""
    assert PROXIES.of("::ffff:203.0.113.9", {}) == "203.0.113.9"
    assert PROXIES.of("fe80::1%eth0", {}) == "fe80::1"
    assert PROXIES.of("::ffff:10.0.0.1", {"x-forwarded-for": "203.0.113.9"}) == "203.0.113.9"


def test_peer_that_is_no_address_is_trusted_by_nobody() -> None:
    """What cannot be read as an address goes by what it says, and its headers are not looked at."""
    everyone = ClientAddresses(["0.0.0.0/0", "::/0", "unix"])
    assert everyone.of("somewhere", {"x-forwarded-for": "203.0.113.9"}) == "somewhere"


def test_unix_socket_is_trusted_only_by_its_word() -> None:
    """A connection without an address is called ``unix``; with that word among the trusted it may name clients."""
    headers = {"x-forwarded-for": "203.0.113.9, 10.0.0.2"}
    assert ClientAddresses(["0.0.0.0/0"]).of(None, headers) == "unix"
    trusting = ClientAddresses(["unix", "10.0.0.0/8"])
    assert trusting.of(None, headers) == "203.0.113.9"
    assert trusting.of(None, {}) == "unix"
    assert trusting.of(None, {"x-forwarded-for": "unknown"}) == "unix"
    assert trusting.of("203.0.113.7", headers) == "203.0.113.7"


def test_network_in_mapped_spelling_is_that_network() -> None:
    """Trusting IPv4 addresses in their IPv6 spelling trusts them."""
    mapped = ClientAddresses([" ::ffff:10.0.0.0/104 "])
    assert mapped.of("10.0.0.1", {"x-forwarded-for": "203.0.113.9"}) == "203.0.113.9"
    assert mapped.of("11.0.0.1", {"x-forwarded-for": "203.0.113.9"}) == "11.0.0.1"


@pytest.mark.parametrize(
    "entry", ["", "10.0.0.1/8", "10.0.0.0/33", "proxy.lan", "*", "10.0.0.1:80", "[::1]", "UNIX"]
)
def test_entry_that_is_none_is_named(entry: str) -> None:
    """A mistake in the setting ends the start and is told with the entry at fault."""
    with pytest.raises(StartError, match=r"trusted_proxy: .* is neither a network") as caught:
        ClientAddresses(["10.0.0.0/8", entry])
    assert repr(entry) in str(caught.value)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
    ],
)
def test_limit_goes_by_address_or_by_subscriber(address: str, expected: str) -> None:
    """IPv4 is limited by the address, IPv6 by the network that one subscriber has all of."""
    assert limit_key(address) == expected
