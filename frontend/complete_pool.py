"""Opens the workers of a server: they must be able to do all that may be asked of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from frontend.settings import PoolSettings
from frontend.start_error import StartError
from frontend.worker_pool import WorkerPool
from frontend.worker_process import open_worker
from frontend.worker_slot import StartWorker
from shared.messages import Hello
from shared.operations import Encode, Open
from shared.operations.registry import OPERATIONS


@asynccontextmanager
async def open_complete_pool(
    settings: PoolSettings, *, start: StartWorker | None = None
) -> AsyncIterator[WorkerPool]:
    """Open the pool; raise StartError when no worker comes up, or when one lacks the work of an operation."""
    async with WorkerPool.open(settings, start=start or partial(open_worker, settings)) as pool:
        _check_modules(pool.hello)
        yield pool


def _check_modules(hello: Hello) -> None:
    steps = [kind.name for kind in OPERATIONS.all if kind is not Open and kind is not Encode]
    missing = [name for name in steps if name not in hello.modules]
    if missing:
        raise StartError(f"the workers cannot do {', '.join(missing)}: why, they have said above")
