"""Serves an ASGI application over HTTPS until it is told to stop, then finishes what is under way.

Owns the listening sockets and the order of starting and stopping. One connection is up to
``frontend/server/hypercorn_guard.py``.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.lifespan import Lifespan
from hypercorn.typing import ASGIFramework, LifespanState

from frontend.server.connection_table import ConnectionTable
from frontend.server.hypercorn_guard import GuardedConnection, Service, check_hypercorn
from frontend.server.listening import Address, Listener, open_listeners
from frontend.server.server_limits import ServerLimits

__all__ = ["Address", "ServerLimits", "serve_https", "tls_context"]

# Out of file descriptors or memory, and no idle connection left to close: how long new clients have to wait.
ACCEPT_PAUSE_S = 1.0

log = structlog.get_logger()


def tls_context(
    *, certificate: Path, key: Path, oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> ssl.SSLContext:
    """Make what ``serve_https`` needs for HTTPS. Raises OSError (also ssl.SSLError) for files that cannot be used.

    Loading another certificate into it later takes effect for new connections.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = oldest
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")  # of TLS 1.2; those of 1.3 are all fit for HTTP/2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.load_cert_chain(certificate, key)
    return context


async def serve_https(
    app: ASGIFramework,
    *,
    binds: Sequence[str],
    tls: ssl.SSLContext | None,
    shutdown: trio.Event,
    limits: ServerLimits = ServerLimits(),  # noqa: B008 - frozen
    inherited: Sequence[socket.socket] = (),
    task_status: trio.TaskStatus[list[Address]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until ``shutdown`` is set and what is under way then is finished, or ``grace_s`` is over.

    ``binds`` are ``host:port``, ``[v6]:port`` or ``unix:/path``; ``inherited`` are listening sockets handed down
    by a service manager. Without ``tls`` plain HTTP is spoken, and only where no other machine can connect.
    Reports the addresses listened on. Raises OSError for an address that cannot be had, before the application
    starts. Cancel to stop at once.
    """
    check_hypercorn()
    listeners = open_listeners(binds, inherited)
    try:
        if tls is None:
            _check_local(listeners)
        config = limits.hypercorn_config()
        async with _lifespan(app, config) as state:
            service = Service(
                app=ASGIWrapper(app),
                config=config,
                limits=limits,
                tls=tls,
                state=state,
                table=ConnectionTable(limit=limits.max_connections),
            )
            await _Server(service, listeners).run(shutdown, task_status)
    finally:
        for listener in listeners:
            listener.close()


def _check_local(listeners: Sequence[Listener]) -> None:
    for listener in listeners:
        if not listener.is_local:
            raise ValueError(f"plain HTTP is for this machine only, not for {listener.address[0]}")


@asynccontextmanager
async def _lifespan(app: ASGIFramework, config: Config) -> AsyncIterator[LifespanState]:
    """Start the application, and tell it to end after the block."""
    state: LifespanState = {}
    lifespan = Lifespan(ASGIWrapper(app), config, state)
    async with trio.open_nursery() as nursery:
        await nursery.start(lifespan.handle_lifespan)
        await lifespan.wait_for_startup()
        yield state
        await lifespan.wait_for_shutdown()
        nursery.cancel_scope.cancel()


class _Server:
    """The accepting and ending of connections."""

    def __init__(self, service: Service, listeners: Sequence[Listener]) -> None:
        self._service = service
        self._table = service.table
        self._listeners = listeners

    async def run(self, shutdown: trio.Event, task_status: trio.TaskStatus[list[Address]]) -> None:
        async with trio.open_nursery() as connections:
            try:
                async with trio.open_nursery() as accepting:
                    for listener in self._listeners:
                        accepting.start_soon(self._accept, listener, connections)
                    task_status.started([listener.address for listener in self._listeners])
                    await shutdown.wait()
                    accepting.cancel_scope.cancel()
                self._close_listeners(connections)
                for connection in self._table:
                    connection.finish()
                with trio.move_on_after(self._service.limits.grace_s):
                    await self._table.wait_empty()
            finally:
                # Cancelling alone would leave writes waiting, which are shielded.
                for connection in self._table:
                    connection.abort()
                connections.cancel_scope.cancel()

    async def _accept(self, listener: Listener, connections: trio.Nursery) -> None:
        accepting = trio.SocketListener(trio.socket.from_stdlib_socket(listener.socket))
        while True:
            try:
                transport = await accepting.accept()
            except OSError as error:
                if not self._table.make_room():
                    log.error("connection.not_accepted", reason=str(error))
                    await trio.sleep(ACCEPT_PAUSE_S)
            else:
                self._admit(transport, connections)

    def _close_listeners(self, connections: trio.Nursery) -> None:
        for listener in self._listeners:
            for transport in listener.drain():
                self._admit(transport, connections)
            listener.close()

    def _admit(self, transport: trio.SocketStream, connections: trio.Nursery) -> None:
        connection = GuardedConnection(transport, self._service)
        if self._table.admit(connection):
            connections.start_soon(self._run, connection)
        else:
            connection.abort()

    async def _run(self, connection: GuardedConnection) -> None:
        try:
            await connection.run()
        finally:
            self._table.remove(connection)
