"""Runs what a command does until it is done or a signal says stop, and turns what the storage says into words."""

from __future__ import annotations

import signal
import sys
from collections.abc import Awaitable, Callable

import trio

from frontend.error_leaves import leaves
from frontend.library.errors import CatalogueUnavailableError
from frontend.logs import configure_logs
from frontend.settings_sources import LoadedSettings
from frontend.volumes.errors import VolumeError

EXIT_FOUND = 1
EXIT_FAILED = 2
_EXIT_SIGNALLED = 128


def run_errand(work: Callable[[], Awaitable[int]], loaded: LoadedSettings) -> int:
    """Return the exit code of the work: its own, 2 if the storage fails, or 128 and the number of a signal.

    Raises StartError when it cannot begin.
    """
    settings = loaded.settings
    if loaded.origins["log_level"].kind == "default":
        # Results are told by the command itself; what else goes well, nobody asked about.
        settings = settings.model_copy(update={"log_level": "warning"})
    configure_logs(settings)
    return trio.run(_run, work)


async def _run(work: Callable[[], Awaitable[int]]) -> int:
    exit_code = EXIT_FAILED
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        try:
            async with trio.open_nursery() as nursery:

                async def heed_signals() -> None:
                    nonlocal exit_code
                    async for number in signals:
                        exit_code = _EXIT_SIGNALLED + number
                        nursery.cancel_scope.cancel()

                nursery.start_soon(heed_signals)
                exit_code = await work()
                nursery.cancel_scope.cancel()
        except* (VolumeError, CatalogueUnavailableError) as failures:
            for failure in leaves(failures):
                print(f"tintype: {failure.message} ({failure})", file=sys.stderr)
    return exit_code
