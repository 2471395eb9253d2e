"""Connects to hosts at addresses that have been checked, and to nothing else.

A name is resolved once, and the connection goes to what has been checked: a name that means another address a
moment later (DNS rebinding) gains nothing. Whatever a host's name looks like, only what it resolves to counts.
"""

from __future__ import annotations

import math
import socket
from collections.abc import Iterable

import httpcore
import trio

from frontend.library.ingest_errors import SourceError, SourceFailedError, SourceForbiddenError, SourceTimeoutError
from frontend.library.public_address import AllowList

MAX_ADDRESSES = 4
"""How many of a host's addresses are tried, one after the other."""


class PinnedNetwork(httpcore.AsyncNetworkBackend):
    """What httpcore reaches hosts by. All of a host's addresses must be permitted by ``allow``."""

    def __init__(self, allow: AllowList) -> None:
        self._allow = allow
        self._network = httpcore.TrioBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to one of the host's addresses. Raises SourceError."""
        failure: SourceError = SourceFailedError(host, problem="cannot be found")
        with trio.move_on_after(math.inf if timeout is None else timeout):
            addresses = await self._permitted_addresses(host, port)
            for address in addresses:
                # One that does not answer must leave time for the next.
                share_s = None if timeout is None else timeout / len(addresses)
                try:
                    return await self._network.connect_tcp(address, port, share_s, local_address, socket_options)
                except httpcore.ConnectTimeout:
                    failure = SourceTimeoutError(host)
                except httpcore.ConnectError as error:
                    failure = SourceFailedError(host, problem="cannot be connected to", detail=str(error))
            raise failure
        raise SourceTimeoutError(host)

    async def _permitted_addresses(self, host: str, port: int) -> list[str]:
        """Resolve the name, and check all that it means, also what would not be tried."""
        addresses = await _resolve(host, port)
        for address in addresses:
            if not self._allow.permits(host, address, port=port):
                raise SourceForbiddenError(host, detail=f"{address} at port {port} is not allowed")
        return addresses[:MAX_ADDRESSES]


async def _resolve(host: str, port: int) -> list[str]:
    """Ask what the name means, once, for addresses in the order in which to try them."""
    try:
        # As bytes: of a string Python would make its own reading before it asks.
        found = await trio.socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise SourceFailedError(host, problem="cannot be found", detail=str(error)) from error
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
