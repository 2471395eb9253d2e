"""Who the client is: the connection's other end, or whom a trusted proxy names; and what of that a limit goes by.

``X-Forwarded-For`` is read from the right, RFC 7239's ``Forwarded`` only where there is none. Each proxy adds the
address that it was called from at the right, so whatever stands left of the first stranger may be made up by that
stranger. A trusted proxy must therefore write ``X-Forwarded-For``, or at least remove what clients send of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from frontend.start_error import StartError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNIX = "unix"
"""The client's name where the connection has no address, and the word that trusts such connections."""

MAX_HOPS = 32
"""So many entries of a header are looked at, empty ones counted. Nobody has that many proxies of their own."""

MAX_ENTRY_CHARS = 512
_SUBSCRIBER_BITS = 64
_MAPPED = IPv6Network("::ffff:0:0/96")

_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]{2,45})\](?::\d{1,5})?", re.ASCII)
_IPV4 = re.compile(r"([0-9.]{7,15})(?::\d{1,5})?", re.ASCII)
_IPV6 = re.compile(r"([0-9A-Fa-f:.]{2,45})", re.ASCII)


class ClientAddresses:
    """Tells clients' addresses, given the proxies that are believed.

    ``trusted`` are networks and addresses, and ``unix`` for whoever connects by a Unix socket. Raises StartError
    that names the entry at fault.
    """

    def __init__(self, trusted: Sequence[str]) -> None:
        entries = [entry.strip() for entry in trusted]
        self._trusts_unix = UNIX in entries
        self._networks = tuple(_network(entry) for entry in entries if entry != UNIX)

    def of(self, peer: str | None, headers: Mapping[str, str]) -> str:
        """The client's address without port or brackets, IPv4 as such; ``unix`` where there is none.

        ``peer`` is the address that the connection comes from, None for a Unix socket. ``headers`` have names in
        small letters, or ignore case; repeated ones are joined by commas. They are looked at only if the peer is
        trusted. An entry that is no address ends the walk: then the last good one counts.
        """
        client = None if peer is None else _plain(peer)
        if not (self._trusts_unix if peer is None else self._trusts(client)):
            return _shown(client, peer)
        for entry in _hops(headers):
            hop = _hop(entry)
            if hop is None:
                break
            client = hop
            if not self._trusts(hop):
                break
        return _shown(client, peer)

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def limit_key(address: str) -> str:
    """What a limit on this address is called: IPv4 by the whole address, IPv6 by its network of 64 bits.

    One subscriber has at least that network and every address in it (RFC 6177), so that a limit on one address
    would be none. Some have a /48, which are 65 536 such networks; others share a /64 with nobody they know.
    What is no address is its own name.
    """
    known = _plain(address)
    if isinstance(known, IPv6Address):
        bits = int(known) >> _SUBSCRIBER_BITS << _SUBSCRIBER_BITS
        return f"{IPv6Address(bits)}/{_SUBSCRIBER_BITS}"
    return address if known is None else str(known)


def _network(entry: str) -> Network:
    try:
        network = ip_network(entry)
    except ValueError:
        raise StartError(
            f"trusted_proxy: {entry!r} is neither a network such as 10.0.0.0/8, nor an address, nor {UNIX}"
        ) from None
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        # Such addresses are unwrapped before they are compared.
        return IPv4Network((int(network.network_address) & 0xFFFF_FFFF, network.prefixlen - 96))
    return network


# Every request asks, and most come from those who have asked just before.
@lru_cache(maxsize=4096)
def _plain(text: str) -> Address | None:
    """Read an address, without its zone, and an IPv4 address out of an IPv6 one that only wraps it."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _shown(address: Address | None, peer: str | None) -> str:
    return str(address) if address is not None else UNIX if peer is None else peer


def _hops(headers: Mapping[str, str]) -> Iterator[str]:
    """Yield what the proxies say they were called from, the nearest first; nothing for an element that says none.

    Commas within quotes are not minded: no address holds one, and reading quotes from the left would let a client
    swallow what the proxies wrote by opening one.
    """
    header = headers.get("x-forwarded-for")
    is_forwarded = header is None
    if header is None:
        header = headers.get("forwarded", "")
    # Split from the right, and no further than it is read: the header may be 64 KB of commas.
    for entry in header.rsplit(",", MAX_HOPS)[: -MAX_HOPS - 1 : -1]:
        stripped = entry.strip(" \t")
        if stripped:  # a list may have empty entries: RFC 9110, 5.6.1
            yield _forwarded_for(stripped) if is_forwarded else stripped


def _forwarded_for(element: str) -> str:
    """The value of ``for`` in an element such as ``for="[2001:db8::1]:4711";proto=https``; else nothing."""
    if len(element) > MAX_ENTRY_CHARS:
        return ""
    pairs = (pair.partition("=") for pair in element.split(";"))
    values = [value.strip(" \t") for name, _, value in pairs if name.strip(" \t").lower() == "for"]
    if len(values) != 1:
        return ""
    quoted = len(values[0]) >= 2 and values[0][0] == values[0][-1] == '"'
    return values[0][1:-1] if quoted else values[0]


def _hop(entry: str) -> Address | None:
    """Read an address with or without brackets and port; None for all else, ``unknown`` and ``_hidden`` too."""
    for pattern in (_BRACKETED, _IPV4, _IPV6):
        if match := pattern.fullmatch(entry):
            return _plain(match[1])
    return None
