"""``tintype serve``: the server, until a signal says stop."""

from __future__ import annotations

import trio

from frontend.logs import configure_logs
from frontend.runtime import serve
from frontend.settings import Settings
from shared.recipe import Recipes


def run(settings: Settings) -> int:
    """Serve and return the exit code. Raises StartError when it cannot start."""
    configure_logs(settings)
    return trio.run(serve, settings, Recipes())
