"""A worker that is lost while it has nothing to do: noticed, replaced, and no job or image pays for it."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from frontend.settings import PoolSettings
from frontend.worker_pool import WorkerPool
from shared.errors import ServiceError, WorkerCrashedError
from tests.fakes import FakeWorkers, ask, work
from tests.habits import answers_and_dies, in_turn

ONE = PoolSettings(workers=1)
TWO = PoolSettings(workers=2)


async def test_idle_death_is_noticed(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A worker that dies idle is replaced without anybody asking for anything."""
    workers = FakeWorkers(nursery)
    async with WorkerPool.open(TWO, start=workers.start(TWO)) as pool:
        await wait_all_tasks_blocked()
        workers.all[0].die()
        await wait_all_tasks_blocked()
        assert pool.status.ready == 1
        await trio.sleep(0.2)
        assert (pool.status.ready, len(workers.alive)) == (2, 2)


async def test_death_between_jobs_costs_none(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A worker that answers and then dies loses neither the answer nor the next job."""
    workers = FakeWorkers(nursery, on_job=in_turn(answers_and_dies, answers_and_dies))
    outcomes: list[object] = []
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool, trio.open_nursery() as clients:
        for image in ("cat", "dog", "eel"):
            clients.start_soon(ask, pool, work(image), outcomes)
    assert sorted(outcomes, key=str) == ["cat", "dog", "eel"]
    assert pool.status.crashes == 0


async def test_job_that_comes_as_its_worker_dies(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A job is not given to a worker known to be dead, and not lost with it: the other one does it at once."""
    workers = FakeWorkers(nursery)
    async with WorkerPool.open(TWO, start=workers.start(TWO)) as pool:
        await wait_all_tasks_blocked()
        await pool.run(work("cat"))
        await wait_all_tasks_blocked()
        # The one that waits longest is the one that is woken.
        longest_idle = next(worker for worker in workers.all if not worker.jobs)
        longest_idle.die()
        came_s = trio.current_time()
        assert (await pool.run(work("dog"))).result.body == b"dog"
        assert trio.current_time() == came_s
        assert pool.status.crashes == 0


async def test_image_is_not_blamed_for_a_deaf_worker(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """An image whose job never reached its worker is not on the way into quarantine."""
    workers = FakeWorkers(nursery)
    settings = PoolSettings(workers=2)
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        await wait_all_tasks_blocked()
        for worker in workers.all:
            worker.hang_up()
        with pytest.raises(WorkerCrashedError):
            await pool.run(work("cat"))
        assert workers.attempts("cat") == 0
        assert (pool.status.crashes, pool.status.quarantined) == (0, 0)
        assert (await pool.run(work("cat"))).result.body == b"cat"


async def test_job_too_large_to_send_costs_nobody_else(
    autojump_clock: MockClock, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that does not fit into a frame fails by itself; its worker does the next one."""
    workers = FakeWorkers(nursery)
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        monkeypatch.setattr("shared.wire.MAX_FRAME_BYTES", 1000)
        with pytest.raises(ServiceError, match="limit is 1000"):
            await pool.run(work("x" * 1000))
        assert (await pool.run(work("cat"))).result.body == b"cat"
        assert (pool.status.crashes, len(workers.all)) == (0, 1)
