"""Workers that come up, late or not at all, and how soon the next one is started."""

from __future__ import annotations

from itertools import pairwise

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from frontend.settings import PoolSettings
from frontend.start_error import StartError
from frontend.worker_link import WorkerGoneError, WorkerLink
from frontend.worker_pool import WorkerPool
from shared.errors import WorkerCrashedError
from tests.fakes import KILLED, FakeWorkers, StartAct, answers, says_hello, work
from tests.habits import (
    babbles_at_start,
    dies,
    dies_at_start,
    in_turn,
    never_says_hello,
    says_hello_after,
    says_hello_and_dies,
    says_hello_of_another_version,
    says_hello_with,
    starts_in_turn,
)

ONE = PoolSettings(workers=1)
BAD_STARTS = [dies_at_start, babbles_at_start, says_hello_of_another_version, never_says_hello]


class NoProcesses(FakeWorkers):
    """A system that starts no process any more."""

    async def spawn(self, _settings: PoolSettings) -> tuple[trio.Process, WorkerLink]:
        """Fail, as where there is no memory."""
        await trio.lowlevel.checkpoint()
        raise WorkerGoneError("no process could be started")


@pytest.mark.parametrize("bad_start", BAD_STARTS)
async def test_server_without_workers_does_not_start(
    autojump_clock: MockClock, nursery: trio.Nursery, bad_start: StartAct
) -> None:
    """When no worker ever comes up the start ends in a sentence, after three tries and in bounded time."""
    workers = FakeWorkers(nursery, on_start=bad_start)
    with pytest.raises(StartError, match="in 3 tries"):
        async with WorkerPool.open(ONE, start=workers.start(ONE)):
            raise AssertionError("the pool opened without a worker")
    assert (len(workers.all), workers.alive) == (3, [])
    assert trio.current_time() < 100


async def test_server_without_processes_does_not_start(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A system that starts no process ends the start in the same sentence."""
    with pytest.raises(StartError):
        async with WorkerPool.open(ONE, start=NoProcesses(nursery).start(ONE)):
            raise AssertionError("the pool opened without a worker")


async def test_one_worker_is_enough_to_start(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """As long as one may come up, the failures of others do not end the start."""
    settings = PoolSettings(workers=4)
    starts = starts_in_turn(*[dies_at_start] * 3, says_hello_after(1), *[dies_at_start] * 9)
    workers = FakeWorkers(nursery, on_start=starts)
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        assert (trio.current_time(), pool.status.ready) == (1, 1)
        assert (await pool.run(work("cat"))).result.body == b"cat"


async def test_pool_opens_with_the_first_hello(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Serving does not wait for the slowest worker."""
    settings = PoolSettings(workers=3)
    workers = FakeWorkers(nursery, on_start=starts_in_turn(says_hello_after(5), says_hello_after(2)))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        assert (trio.current_time(), pool.status.ready, pool.status.configured) == (0, 1, 3)
        await trio.sleep(5.1)
        assert pool.status.ready == 3


async def test_late_hello_comes_in_time(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A slow machine has half a minute for starting a worker."""
    workers = FakeWorkers(nursery, on_start=says_hello_after(29.9))
    async with WorkerPool.open(ONE, start=workers.start(ONE)):
        assert len(workers.all) == 1


async def test_hello_too_late_costs_the_worker(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A worker that takes longer is killed, and its late hello does not count for the next one."""
    workers = FakeWorkers(nursery, on_start=starts_in_turn(says_hello_after(30.1)))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        assert workers.codes == [KILLED, None]
        assert pool.hello.pid == workers.all[1].pid


async def test_crash_loop_backs_off(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Workers that die as soon as they are up are started ever more slowly, at last every ten seconds."""
    workers = FakeWorkers(nursery, on_start=says_hello_and_dies)
    async with WorkerPool.open(ONE, start=workers.start(ONE)):
        await trio.sleep(45)
    assert pauses_s(workers)[:9] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0])


async def test_success_ends_the_back_off(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """After a job that was answered, the next crash costs the first, short pause again."""
    workers = FakeWorkers(nursery, on_job=in_turn(dies, dies, answers, dies, dies))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        with pytest.raises(WorkerCrashedError):
            await pool.run(work("cat"))
        await pool.run(work("dog"))
        with pytest.raises(WorkerCrashedError):
            await pool.run(work("eel"))
        await trio.sleep(1)
    assert pauses_s(workers) == pytest.approx([0.1, 0.2, 0.1, 0.2])


async def test_pool_outlives_a_time_without_workers(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Once open, the pool goes on trying however often starts fail, and jobs wait for it."""
    starts = starts_in_turn(says_hello_and_dies, *[dies_at_start] * 5)
    workers = FakeWorkers(nursery, on_start=starts)
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        await wait_all_tasks_blocked()
        assert pool.status.ready == 0
        assert (await pool.run(work("cat"))).result.body == b"cat"
    assert len(workers.all) == 7


async def test_engine_names_every_version(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """The engine says the same for the same versions in any order, and something else once one differs."""
    starts = starts_in_turn(
        says_hello_with(pillow="13.0", webp="1.5"),
        says_hello_with(webp="1.5", pillow="13.0"),
        says_hello_with(pillow="13.0", webp="1.6"),
        says_hello,
    )
    workers = FakeWorkers(nursery, on_start=starts)
    engines = []
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        for worker_count in (1, 2, 3):
            assert len(workers.all) == worker_count
            engines.append(pool.engine)
            workers.all[-1].die()
            await trio.sleep(1)
    assert engines[0] == engines[1] != engines[2]
    assert "pillow=13.0,tintype=" in engines[0]


def pauses_s(workers: FakeWorkers) -> list[float]:
    """The times between one start and the next."""
    starts_s = [worker.started_s for worker in workers.all]
    return [later - earlier for earlier, later in pairwise(starts_s)]
