"""A server's workers can do all that may be asked of them, or there is no server."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio
from trio.testing import MockClock

from frontend.complete_pool import open_complete_pool
from frontend.settings import PoolSettings
from frontend.start_error import StartError
from shared.operations import STEPS
from tests.fakes import FakeWorker, FakeWorkers, hello_of

NAMES = tuple(kind.name for kind in STEPS)


async def start(nursery: trio.Nursery, modules: tuple[str, ...]) -> None:
    """Open and close a pool whose workers have these modules."""

    async def introduce(worker: FakeWorker) -> None:
        await worker.say(replace(hello_of(worker), modules=modules))

    settings = PoolSettings(workers=1)
    workers = FakeWorkers(nursery, on_start=introduce)
    async with open_complete_pool(settings, start=workers.start(settings)) as pool:
        assert pool.status.ready == 1


async def test_workers_with_all_modules_are_taken(autojump_clock: MockClock) -> None:
    """Every step of a plan has its module; what reads and writes is none."""
    async with trio.open_nursery() as nursery:
        await start(nursery, NAMES)


async def test_missing_module_stops_the_start(autojump_clock: MockClock) -> None:
    """The error names what the workers cannot do."""
    with pytest.RaisesGroup(
        pytest.RaisesExc(StartError, match="cannot do crop, blur: why"), flatten_subgroups=True
    ):
        async with trio.open_nursery() as nursery:
            await start(nursery, tuple(name for name in NAMES if name not in ("blur", "crop")))
