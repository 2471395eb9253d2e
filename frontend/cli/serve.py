"""``tintype serve``: the server, until a signal says stop."""

from __future__ import annotations

import trio

from frontend.logs import configure_logs
from frontend.runtime import serve
from frontend.settings_sources import LoadedSettings


def run(loaded: LoadedSettings) -> int:
    """Serve and return the exit code. Raises StartError when it cannot start."""
    configure_logs(loaded.settings)
    return trio.run(serve, loaded.settings, loaded.recipes)
