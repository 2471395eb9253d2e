"""Which addresses are public, and what an operator's list allows beside them."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis.strategies import integers, sampled_from

from frontend.library.public_address import AllowList, is_public

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "::ffff:8.8.8.8",
    "::8.8.8.8",
    "2002:808:808::1",
    "2a00:1450::5efe:808:808",
]

# The first and the last address of a network each, where it is more than one.
NOT_PUBLIC = {
    "this network": ["0.0.0.0", "0.0.0.1", "0.255.255.255"],
    "private": ["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"],
    "carrier-grade NAT": ["100.64.0.0", "100.127.255.255", "100.100.100.200"],
    "loopback": ["127.0.0.0", "127.0.0.1", "127.255.255.255"],
    "link-local": ["169.254.0.0", "169.254.169.254", "169.254.255.255"],
    "protocol assignments": ["192.0.0.0", "192.0.0.192", "192.0.0.255"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.255"],
    "6to4 relays": ["192.88.99.1"],
    "AS112 and AMT": ["192.31.196.1", "192.52.193.1", "192.175.48.1"],
    "benchmarking": ["198.18.0.0", "198.19.255.255"],
    "multicast": ["224.0.0.0", "239.255.255.255"],
    "reserved": ["240.0.0.0", "255.255.255.254"],
    "broadcast": ["255.255.255.255"],
    "a cloud's host agent": ["168.63.129.16"],
    "IPv6 unspecified and loopback": ["::", "::1"],
    "IPv4-mapped": [
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "::ffff:10.0.0.1",
        "::ffff:0:0",
        "::ffff:169.254.169.254",
    ],
    "IPv4-compatible": ["::127.0.0.1", "::10.0.0.1", "::2"],
    "IPv4-translated": ["::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8"],
    "NAT64": ["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"],
    "discard-only": ["100::1", "100:0:0:1::1"],
    "Teredo": ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "IPv6 protocol assignments": ["2001:2::1", "2001:10::1", "2001:20::1", "2001:1ff:ffff::1"],
    "IPv6 documentation": ["2001:db8::1", "3fff::1", "3fff:fff:ffff::1"],
    "6to4 of such addresses": ["2002:7f00:1::1", "2002:a00:1::", "2002:c0a8:101::1", "2002:a9fe:a9fe::1"],
    "ISATAP of such addresses": [
        "2a00:1450::5efe:127.0.0.1",
        "2a00:1450::200:5efe:10.0.0.1",
        "fe80::5efe:8.8.8.8",
    ],
    "segment routing": ["5f00::1"],
    "unique local": ["fc00::1", "fd00:ec2::254", "fdff:ffff::1"],
    "link-local IPv6": ["fe80::1", "febf::1", "fe80::1%lo"],
    "site-local": ["fec0::1", "feff::1"],
    "IPv6 multicast": ["ff00::1", "ff02::1", "ff0e::1"],
    "never given out": ["4000::1", "8000::1", "1fff::1"],
}

# The registries of special-purpose addresses, as of 2025; without those that only wrap an IPv4 address.
SPECIAL = [
    *(
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
    ),
    *("192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
    *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32"),
    *(
        "::1/128",
        "::/128",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "100:0:0:1::/64",
        "2001::/23",
        "2001::/32",
    ),
    *(
        "2001:db8::/32",
        "2620:4f:8000::/48",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    ),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_address_of_the_internet_is_public(address: str) -> None:
    """Addresses just outside a special network are anybody's, and so are public ones within IPv6 ones."""
    assert is_public(address)


@pytest.mark.parametrize(
    "address", [pytest.param(each, id=f"{kind} {each}") for kind, many in NOT_PUBLIC.items() for each in many]
)
def test_special_address_is_not_public(address: str) -> None:
    """No address of a special purpose is fetched from, whichever way it is wrapped."""
    assert not is_public(address)


@given(
    number=integers(0, 2**32 - 1),
    wrap=sampled_from([0xFFFF << 32, 0, None]),
)
def test_wrapping_gains_nothing(number: int, wrap: int | None) -> None:
    """An IPv4 address is as public as it is when written as an IPv6 address: mapped, compatible or 6to4."""
    address = IPv6Address((0x2002 << 112) | (number << 80)) if wrap is None else IPv6Address(wrap | number)
    assert is_public(address) == is_public(IPv4Address(number))


@given(network=sampled_from(SPECIAL), fraction=integers(0, 2**128 - 1))
def test_special_network_is_refused_whole(network: str, fraction: int) -> None:
    """Of a network that IANA has set aside no address is public, neither at its ends nor between them."""
    every = ip_network(network)
    for place in (0, fraction % every.num_addresses, every.num_addresses - 1):
        assert not is_public(every[place])


def test_what_is_no_address_is_an_error() -> None:
    """A name never counts as an address, public or not."""
    with pytest.raises(ValueError, match="localhost"):
        is_public("localhost")


def test_empty_list_permits_public_addresses_at_the_usual_ports() -> None:
    """Nothing is allowed by default but the web of everyone."""
    nothing = AllowList()
    assert nothing.permits("images.example", "8.8.8.8", port=80)
    assert nothing.permits("images.example", "8.8.8.8", port=443)
    assert not nothing.permits("images.example", "8.8.8.8", port=8080)
    assert not nothing.permits("images.example", "8.8.8.8", port=22)
    assert not nothing.permits("images.example", "10.0.0.1", port=80)


@pytest.mark.parametrize(
    ("entry", "host", "address", "port", "expected"),
    [
        ("10.0.0.0/8", "nas", "10.1.2.3", 80, True),
        ("10.0.0.0/8", "nas", "10.1.2.3", 443, True),
        ("10.0.0.0/8", "nas", "10.1.2.3", 8080, False),
        ("10.0.0.0/8", "nas", "11.1.2.3", 8080, False),
        ("10.0.0.0/8", "nas", "192.168.0.1", 80, False),
        ("10.0.0.0/8", "nas", "::ffff:10.1.2.3", 80, True),
        ("10.1.2.3", "nas", "10.1.2.3", 80, True),
        ("10.1.2.3", "nas", "10.1.2.4", 80, False),
        ("10.1.2.3:8080", "nas", "10.1.2.3", 8080, True),
        ("10.1.2.3:8080", "nas", "10.1.2.3", 80, False),
        ("10.1.2.3:8080", "nas", "10.1.2.4", 8080, False),
        ("fd00::/8", "nas", "fd12::1", 443, True),
        ("fd00::1", "nas", "fd00::1", 443, True),
        ("[fd00::1]:8080", "nas", "fd00::1", 8080, True),
        ("[fd00::1]", "nas", "fd00::1", 80, True),
        ("nas.lan", "nas.lan", "10.1.2.3", 80, True),
        ("nas.lan", "nas.lan", "10.1.2.3", 8080, False),
        ("nas.lan", "other.lan", "10.1.2.3", 80, False),
        ("nas.lan", "evil.nas.lan", "10.1.2.3", 80, False),
        ("nas.lan:8080", "nas.lan", "10.1.2.3", 8080, True),
        ("nas.lan:8080", "nas.lan", "10.1.2.3", 80, False),
        ("NAS.lan.", "nas.lan", "10.1.2.3", 80, True),
        ("bücher.lan", "xn--bcher-kva.lan", "10.1.2.3", 80, True),
        ("cdn.example:8443", "cdn.example", "8.8.8.8", 8443, True),
    ],
)
def test_entry_allows_just_what_it_says(entry: str, host: str, address: str, port: int, expected: bool) -> None:
    """A network, an address or a host is allowed at the usual ports, or at the one that is named."""
    assert AllowList.parse([entry]).permits(host, address, port=port) is expected


def test_any_entry_suffices() -> None:
    """Entries add to each other, and to what is public."""
    allowed = AllowList.parse([" 10.0.0.0/8 ", "nas.lan:8080"])
    assert allowed.permits("x", "10.0.0.1", port=80)
    assert allowed.permits("nas.lan", "192.168.0.1", port=8080)
    assert allowed.permits("images.example", "1.1.1.1", port=443)
    assert not allowed.permits("nas.lan", "192.168.0.1", port=80)


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "http://nas.lan/",
        "nas.lan:0",
        "nas.lan:65536",
        "nas lan",
        "*",
        "a..b",
        "[::1",
    ],
)
def test_entry_that_is_none_is_named(entry: str) -> None:
    """A mistake in the list is told with the entry at fault, not passed over."""
    with pytest.raises(ValueError, match="is neither a network") as caught:
        AllowList.parse(["10.0.0.0/8", entry])
    assert repr(entry) in str(caught.value)


def test_entries_are_networks_as_written() -> None:
    """A network is taken whole, from its first to its last address."""
    allowed = AllowList.parse(["192.168.16.0/20"])
    network = ip_network("192.168.16.0/20")
    assert allowed.permits("x", str(network[0]), port=80)
    assert allowed.permits("x", str(network[-1]), port=80)
    assert not allowed.permits("x", str(network[-1] + 1), port=80)
