"""The server listens where it was told to, or says where it cannot."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from frontend.server.listening import Listener, open_listeners


@contextmanager
def _listening(*binds: str) -> Iterator[list[Listener]]:
    listeners = open_listeners(binds)
    try:
        yield listeners
    finally:
        for listener in listeners:
            listener.close()


def test_a_name_stands_for_all_its_addresses() -> None:
    """Of a host with several addresses each is listened on, all on one port."""
    names = {info[4][0] for info in socket.getaddrinfo("localhost", 0, type=socket.SOCK_STREAM)}
    with _listening("localhost:0") as listeners:
        assert {listener.address[0] for listener in listeners} <= names
        assert len({listener.address[1] for listener in listeners}) == 1
        assert all(listener.is_local for listener in listeners)
        for listener in listeners:
            socket.create_connection(listener.address).close()


def test_addresses_of_both_families_stand_side_by_side() -> None:
    """``[::]`` is for IPv6 alone, so that ``0.0.0.0`` may have the same port."""
    with _listening("0.0.0.0:0") as (v4,):
        port = v4.address[1]
        with _listening(f"[::]:{port}") as (v6,):
            assert v6.address == ("::", port)
            assert not v6.is_local


def test_a_unix_socket_that_is_in_use_is_not_taken_over(tmp_path: Path) -> None:
    """A second server on the same path is refused, and the first is still reached."""
    bind = f"unix:{tmp_path}/tintype.sock"
    with _listening(bind) as (listener,):
        with pytest.raises(OSError, match=f"cannot listen on {bind}: Address already in use"):
            open_listeners([bind])
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(listener.address[0])


def test_a_unix_socket_that_was_left_behind_is_replaced(tmp_path: Path) -> None:
    """The file of a server that was killed does not keep the next from starting."""
    path = tmp_path / "tintype.sock"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))
    with _listening(f"unix:{path}") as (listener,), socket.socket(socket.AF_UNIX) as client:
        client.connect(listener.address[0])


def test_one_bind_that_fails_leaves_none_open() -> None:
    """What was opened before the one that failed is closed again."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(OSError, match=r"cannot listen on 203\.0\.113\.1:0: Cannot assign requested address"):
        open_listeners([f"127.0.0.1:{port}", "203.0.113.1:0"])
    socket.create_server(("127.0.0.1", port)).close()
