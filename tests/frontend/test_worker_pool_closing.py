"""Closing the pool: every job ends, whatever it was doing, and no worker stays."""

from __future__ import annotations

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from frontend.settings import PoolSettings
from frontend.worker_pool import WorkerPool
from shared.errors import DrainingError
from tests.fakes import KILLED, FakeWorkers, ask, work
from tests.habits import hangs, never_says_hello, starts_in_turn

ONE = PoolSettings(workers=1)


async def test_closing_ends_running_and_waiting_jobs(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Who waits for a job when the pool closes is told that the server is shutting down, at once."""
    workers = FakeWorkers(nursery, on_job=hangs)
    outcomes: list[object] = []
    async with trio.open_nursery() as clients, WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        for image in ("running", "waiting", "waiting too"):
            clients.start_soon(ask, pool, work(image), outcomes)
        await wait_all_tasks_blocked()
        assert (pool.status.busy, pool.status.waiting) == (1, 2)
    assert outcomes == [DrainingError] * 3
    assert trio.current_time() < 1
    assert sum(map(len, workers.seen)) == 1


async def test_closing_leaves_no_worker(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """An idle worker leaves by itself when hung up on; one with a job is killed."""
    settings = PoolSettings(workers=2)
    workers = FakeWorkers(nursery, on_job=hangs)
    async with trio.open_nursery() as clients, WorkerPool.open(settings, start=workers.start(settings)) as pool:
        await wait_all_tasks_blocked()
        clients.start_soon(ask, pool, work(), [])
        await wait_all_tasks_blocked()
    assert sorted(code for code in workers.codes if code is not None) == [KILLED, 0]


async def test_job_that_comes_as_the_pool_closes_ends(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A job put in at the very moment of closing is refused, whether or not a worker just took it."""
    workers = FakeWorkers(nursery, on_job=hangs)
    outcomes: list[object] = []

    async def come(pool: WorkerPool, coming: trio.Event) -> None:
        coming.set()  # from here on worker and closer race, in whichever order Trio runs them
        await ask(pool, work(), outcomes)

    for _ in range(20):
        coming = trio.Event()
        async with trio.open_nursery() as clients, WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
            await wait_all_tasks_blocked()
            clients.start_soon(come, pool, coming)
            await coming.wait()
    assert outcomes == [DrainingError] * 20
    assert not workers.alive


async def test_crash_as_the_pool_closes_is_not_retried(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A job whose worker dies at the moment of closing is refused: no worker is left that could try again."""
    workers = FakeWorkers(nursery, on_job=hangs)
    outcomes: list[object] = []
    async with trio.open_nursery() as clients, WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        clients.start_soon(ask, pool, work(), outcomes)
        await wait_all_tasks_blocked()
        workers.all[0].die()
    assert outcomes == [DrainingError]
    assert len(workers.all) == 1


async def test_closed_pool_refuses_at_once(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A job that comes later does not wait for workers that are gone."""
    workers = FakeWorkers(nursery)
    outcomes: list[object] = []
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        pass
    closed_s = trio.current_time()
    await ask(pool, work(), outcomes)
    assert outcomes == [DrainingError]
    assert trio.current_time() == closed_s


async def test_pool_closes_while_workers_start(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A worker that is still coming up is hung up on and ended with the others."""
    settings = PoolSettings(workers=2)
    workers = FakeWorkers(nursery, on_start=starts_in_turn(never_says_hello))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        assert pool.status.ready == 1
    assert not workers.alive
    assert trio.current_time() < 1
