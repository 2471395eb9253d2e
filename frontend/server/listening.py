"""Opens the sockets the server listens on. Accepting from them is up to ``frontend/server/https_server.py``."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trio

# A host and a port; of a unix socket its path and 0.
Address = tuple[str, int]

# The kernel lowers it to net.core.somaxconn.
_BACKLOG = 0xFFFF
_UNIX = "unix:"
# The host name has such an address, and this machine does not (IPv6 is often switched off).
_MISSING_ERRNOS = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One listening socket. ``is_ours``: we have opened it, and nobody listens on it after us."""

    socket: socket.socket
    address: Address
    is_ours: bool

    @property
    def is_local(self) -> bool:
        """Whether only this machine can connect to it."""
        return self.socket.family is socket.AF_UNIX or ipaddress.ip_address(self.address[0]).is_loopback

    def drain(self) -> Iterator[trio.SocketStream]:
        """Yield the connections that clients believe they have and nobody has accepted yet."""
        while self.is_ours:
            try:
                connection, _ = self.socket.accept()
            except ConnectionAbortedError:
                continue
            except OSError:
                return  # none is left, or no file descriptor
            yield trio.SocketStream(trio.socket.from_stdlib_socket(connection))

    def close(self) -> None:
        """Listen no more."""
        self.socket.close()
        if self.is_ours and self.socket.family is socket.AF_UNIX:
            Path(self.address[0]).unlink(missing_ok=True)


def _listener(one: socket.socket, *, is_ours: bool) -> Listener:
    one.setblocking(False)
    name = one.getsockname()
    address = (name, 0) if one.family is socket.AF_UNIX else (name[0], name[1])
    return Listener(socket=one, address=address, is_ours=is_ours)


def open_listeners(binds: Sequence[str], inherited: Sequence[socket.socket] = ()) -> list[Listener]:
    """Listen on every one of ``host:port``, ``[v6]:port`` and ``unix:/path``, and on what was handed down to us.

    Raises OSError naming the one that cannot be had, and then listens on none of them.
    """
    with ExitStack() as opened:
        listeners = [_listener(one, is_ours=False) for one in inherited]
        for bind in binds:
            try:
                sockets = _open_unix(bind) if bind.startswith(_UNIX) else _open_tcp(bind)
            except OSError as error:
                raise OSError(error.errno, f"cannot listen on {bind}: {error.strerror}") from error
            for one in sockets:
                listeners.append(_listener(one, is_ours=True))
                opened.callback(listeners[-1].close)
        opened.pop_all()
    return listeners


def _open_tcp(bind: str) -> list[socket.socket]:
    """Listen on every address of the host that this machine has."""
    host, _, port_text = bind.rpartition(":")
    port = int(port_text)
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    missing: OSError | None = None
    with ExitStack() as opened:
        sockets: list[socket.socket] = []
        for family, kind, protocol, _, address in dict.fromkeys(found):
            one = opened.enter_context(socket.socket(family, kind, protocol))
            try:
                _listen_tcp(one, (address[0], port, *address[2:]))
            except OSError as error:
                if error.errno not in _MISSING_ERRNOS:
                    raise
                missing = error
                one.close()
                continue
            # A port of 0 takes any free one: for the host's further addresses then the same one.
            port = one.getsockname()[1]
            sockets.append(one)
        if missing is not None and not sockets:
            raise missing
        opened.pop_all()
    return sockets


def _listen_tcp(one: socket.socket, address: tuple[Any, ...]) -> None:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if one.family is socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.bind(address)
    one.listen(_BACKLOG)


def _open_unix(bind: str) -> list[socket.socket]:
    path = Path(bind.removeprefix(_UNIX))
    with ExitStack() as opened:
        one = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        if path.is_socket() and not _is_answered(path):
            path.unlink()  # left behind by a server that was killed
        one.bind(str(path))
        one.listen(_BACKLOG)
        opened.pop_all()
    return [one]


def _is_answered(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.setblocking(False)
        try:
            caller.connect(str(path))
        except ConnectionRefusedError:
            return False
        except BlockingIOError:
            pass  # more clients wait there than it accepts: it is alive
    return True
