"""A server in a process of its own: prints its port, and leaves on SIGTERM as the real one does."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import trio

from frontend.server.https_server import ServerLimits, serve_https, tls_context
from tests.frontend.server.asgi_app import App


async def main(files: Sequence[str]) -> None:
    """Serve with this certificate and key until told to stop."""
    certificate, key = map(Path, files)
    shutdown = trio.Event()
    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            serve = partial(
                serve_https,
                App().asgi(),
                binds=["127.0.0.1:0"],
                tls=tls_context(certificate=certificate, key=key),
                shutdown=shutdown,
                limits=ServerLimits(grace_s=1),
            )
            ((_, port),) = await nursery.start(serve)
            print(port, flush=True)
            async for _ in signals:
                shutdown.set()
                break


if __name__ == "__main__":
    trio.run(main, sys.argv[1:])
