"""Which addresses the server may fetch from: public ones, and those that its operator has allowed.

Nothing is resolved here; ``frontend/library/pinned_network.py`` asks about what a name resolved to. Sources: the
IANA registries of special-purpose addresses (RFC 6890), in a table of our own because the standard library's
answers differ between patch releases of Python.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from frontend.library.source_url import DEFAULT_PORTS, parse_authority

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host, this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, and a cloud's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host agent: public by number only
        "169.254.0.0/16",  # link-local, and most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and a cloud's metadata
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112: the nearest sink for misdirected DNS
        "192.52.193.0/24",  # automatic multicast tunnelling: the nearest relay
        "192.88.99.0/24",  # 6to4: the nearest relay
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

# All that IANA has given out. Outside are loopback, unique local, link-local, site-local, multicast, discard-only,
# segment routing, and NAT64, behind which lies whatever its translator reaches.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID, anycast
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)

_COMPATIBLE = IPv6Network("::/96")
_ISATAP_MARKS = (0x0000_5EFE, 0x0200_5EFE)


def is_public(address: str | Address) -> bool:
    """Tell whether an address is anybody's on the Internet, and not of this machine, its network or its cloud.

    Raises ValueError for what is no address.
    """
    known = ip_address(address)
    if isinstance(known, IPv4Address):
        return not any(known in network for network in _NOT_PUBLIC_V4)
    embedded = _embedded_v4(known)
    if embedded is not None and not is_public(embedded):
        return False
    if known.ipv4_mapped is not None or known in _COMPATIBLE:
        return True  # an IPv4 address and nothing else
    return known in _GLOBAL_UNICAST and not any(known in network for network in _NOT_PUBLIC_V6)


def _embedded_v4(address: IPv6Address) -> IPv4Address | None:
    """Find the IPv4 address to which packets for this one may go in the end."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    low_bits = int(address) & 0xFFFF_FFFF_FFFF_FFFF
    if address in _COMPATIBLE or low_bits >> 32 in _ISATAP_MARKS:
        return IPv4Address(low_bits & 0xFFFF_FFFF)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Allowed:
    """One entry: a network or a host, at the usual ports or at one."""

    network: Network | None = None
    host: str | None = None
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> _Allowed:
        network = _network(text)
        if network is not None:
            return cls(network=network)
        try:
            host, port = parse_authority(text)
        except ValueError:
            raise ValueError(
                f"{text!r} is neither a network such as 10.0.0.0/8, nor a host such as nas.lan or nas.lan:8080"
            ) from None
        network = _network(host)
        return cls(network=network, host=None if network else host, port=port)

    def covers(self, host: str, address: Address, *, port: int) -> bool:
        if not (port in DEFAULT_PORTS.values() if self.port is None else port == self.port):
            return False
        return host == self.host if self.network is None else address in self.network


def _network(text: str) -> Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class AllowList:
    """What may be fetched from although it is not public, or not at port 80 or 443. Empty by default."""

    entries: tuple[_Allowed, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> AllowList:
        """Read networks (``10.0.0.0/8``), addresses and hosts, each with a port if not at the usual ones.

        A host is allowed wherever its name leads. Raises ValueError that names the entry at fault.
        """
        return cls(tuple(_Allowed.parse(text.strip()) for text in texts))

    def permits(self, host: str, address: str, *, port: int) -> bool:
        """Tell whether ``host`` may be asked at this address, to which its name has resolved, and this port."""
        known = ip_address(address)
        if isinstance(known, IPv6Address) and known.ipv4_mapped is not None:
            known = known.ipv4_mapped
        if any(entry.covers(host, known, port=port) for entry in self.entries):
            return True
        return port in DEFAULT_PORTS.values() and is_public(known)
