"""The pool: how jobs are shared out, how many may wait and how long, and what it says of itself."""

from __future__ import annotations

import dataclasses

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from frontend.settings import PoolSettings
from frontend.worker_pool import PoolStatus, WorkerPool
from shared.errors import QueueFullError
from tests.fakes import FakeWorkers, answers, ask, says_hello, work
from tests.habits import answers_after, hangs, in_turn, never_says_hello, starts_in_turn

ONE = PoolSettings(workers=1)


async def test_job_comes_back_as_it_was_made(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """The worker gets the image, the plan, the limits and the deadline; who asked gets what it made."""
    workers = FakeWorkers(nursery)
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        wanted = work("cat", plan="resize:width=80")
        done = await pool.run(wanted)
    (job,) = workers.all[0].jobs
    assert (job.source, job.plan, job.limits) == (wanted.source, "resize:width=80", wanted.limits)
    assert job.deadline_s == ONE.job_timeout_s
    assert (done.result.body, done.result.job_id, done.queued_ms) == (b"cat", job.job_id, 0)


async def test_every_worker_has_one_job(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """As many jobs run at the same time as there are workers, in the order in which they came."""
    settings = PoolSettings(workers=3)
    workers = FakeWorkers(nursery, on_job=answers_after(1))
    outcomes: list[object] = []
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        await wait_all_tasks_blocked()
        async with trio.open_nursery() as clients:
            for number in range(9):
                clients.start_soon(ask, pool, work(str(number)), outcomes)
                await wait_all_tasks_blocked()
        assert trio.current_time() == pytest.approx(3)
    assert [len(images) for images in workers.seen] == [3, 3, 3]
    assert [sorted(map(str, outcomes[first : first + 3])) for first in (0, 3, 6)] == [
        ["0", "1", "2"],
        ["3", "4", "5"],
        ["6", "7", "8"],
    ]


@pytest.mark.parametrize("queue_size", [1, 2, 10])
async def test_full_queue_refuses_at_once(
    autojump_clock: MockClock, nursery: trio.Nursery, queue_size: int
) -> None:
    """Beyond those that run so many may wait; the next is told when to come back, and that at once."""
    settings = PoolSettings(workers=2, queue_size=queue_size)
    workers = FakeWorkers(nursery, on_job=answers_after(3))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool, trio.open_nursery() as clients:
        await wait_all_tasks_blocked()
        outcomes: list[object] = []
        # All together: none of them is refused only because the workers had no time yet to take theirs.
        for number in range(2 + queue_size):
            clients.start_soon(ask, pool, work(str(number)), outcomes)
        await wait_all_tasks_blocked()
        assert pool.status.waiting == queue_size
        with pytest.raises(QueueFullError) as refused:
            await pool.run(work("one too many"))
        assert trio.current_time() == 0
        assert refused.value.retry_after_s == 1
    assert len(outcomes) == 2 + queue_size
    assert QueueFullError not in outcomes
    assert workers.attempts("one too many") == 0


async def test_refused_client_may_come_when_one_is_done(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A place in the queue is free again as soon as a worker takes the job that held it."""
    settings = PoolSettings(workers=1, queue_size=1)
    workers = FakeWorkers(nursery, on_job=answers_after(1))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool, trio.open_nursery() as clients:
        for image in ("cat", "dog"):
            clients.start_soon(ask, pool, work(image), [])
            await wait_all_tasks_blocked()
        with pytest.raises(QueueFullError):
            await pool.run(work("eel"))
        await trio.sleep(1.1)
        assert (await pool.run(work("eel"))).result.body == b"eel"


async def test_retry_after_grows_with_the_queue(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """The longer jobs take and the more of them wait, the later a refused client should come back."""
    settings = PoolSettings(workers=2, queue_size=40, queue_timeout_s=600)
    workers = FakeWorkers(nursery, on_job=answers_after(8))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool, trio.open_nursery() as clients:
        refusals: list[int | None] = []
        for _ in range(2):
            while pool.status.waiting < 40:
                clients.start_soon(ask, pool, work("cat"), [])
                await wait_all_tasks_blocked()
            with pytest.raises(QueueFullError) as refused:
                await pool.run(work("dog"))
            refusals.append(refused.value.retry_after_s)
            await trio.sleep(8 * 10)
        clients.cancel_scope.cancel()
    # A job is first thought to take a tenth of a second; then, after ten of eight seconds, nearly four, which
    # makes more than a minute for all, and a minute is the most that is said.
    assert refusals == [2, 60]


async def test_waiting_too_long_ends_in_a_refusal(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A job that no worker takes in time is refused and leaves the queue; no worker ever sees it."""
    settings = PoolSettings(workers=1, queue_timeout_s=2)
    workers = FakeWorkers(nursery, on_job=answers_after(5))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool, trio.open_nursery() as clients:
        clients.start_soon(ask, pool, work("cat"), [])
        await wait_all_tasks_blocked()
        with pytest.raises(QueueFullError, match="waited 2 s"):
            await pool.run(work("dog"))
        assert (trio.current_time(), pool.status.waiting) == (2, 0)
    assert workers.seen == [["cat"]]


async def test_leaving_takes_a_job_out_of_the_queue(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """When a client leaves before its turn, no worker ever sees its job and the others move up."""
    workers = FakeWorkers(nursery, on_job=answers_after(1))
    outcomes: list[object] = []
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool, trio.open_nursery() as clients:
        clients.start_soon(ask, pool, work("cat"), outcomes)
        await wait_all_tasks_blocked()
        async with trio.open_nursery() as leaving:
            leaving.start_soon(ask, pool, work("dog"), outcomes)
            await wait_all_tasks_blocked()
            clients.start_soon(ask, pool, work("eel"), outcomes)
            await wait_all_tasks_blocked()
            assert pool.status.waiting == 2
            leaving.cancel_scope.cancel()
        assert pool.status.waiting == 1
    assert (outcomes, workers.seen) == (["cat", "eel"], [["cat", "eel"]])


async def test_leaving_does_not_end_a_running_job(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """When a client leaves during its job, the worker finishes it, is kept, and does the next one."""
    workers = FakeWorkers(nursery, on_job=answers_after(1))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        with trio.move_on_after(0.5):
            await pool.run(work("cat"))
        assert (trio.current_time(), pool.status.jobs, pool.status.busy) == (1, 1, 0)
        await pool.run(work("dog"))
    assert workers.seen == [["cat", "dog"]]


async def test_job_taken_as_its_client_leaves(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Whether the worker or the client is quicker, nothing stays in the queue and the worker stays in use."""
    workers = FakeWorkers(nursery)
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        for ticks in range(60):
            await wait_all_tasks_blocked()
            async with trio.open_nursery() as client:
                client.start_soon(ask, pool, work("cat"), [])
                # A worker takes it after a few rounds of Trio's scheduler; leave before, then, and after.
                for _ in range(ticks % 12):
                    await trio.lowlevel.checkpoint()
                client.cancel_scope.cancel()
            assert pool.status.waiting == 0
        assert (await pool.run(work("dog"))).result.body == b"dog"
        assert pool.status.busy == 0


async def test_status_tells_each_moment(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Ready, busy and waiting are what they are just then: before, during and after a rush."""
    settings = PoolSettings(workers=2, queue_size=7)
    workers = FakeWorkers(
        nursery, on_start=starts_in_turn(says_hello, never_says_hello), on_job=in_turn(answers_after(1), answers)
    )
    empty = PoolStatus(
        configured=2,
        ready=1,
        busy=0,
        waiting=0,
        queue_size=7,
        quarantined=0,
        jobs=0,
        crashes=0,
        deadlines=0,
        recycled=0,
    )
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool, trio.open_nursery() as clients:
        assert pool.status == empty
        for image in ("cat", "dog", "eel"):
            clients.start_soon(ask, pool, work(image), [])
        await wait_all_tasks_blocked()
        assert pool.status == dataclasses.replace(empty, busy=1, waiting=2)
        await trio.sleep(1.1)
        assert pool.status == dataclasses.replace(empty, jobs=3)
        await trio.sleep(30)
        assert pool.status == dataclasses.replace(empty, ready=2, jobs=3)


async def test_hanging_job_does_not_stop_the_others(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """While one worker hangs, the other one does what comes."""
    settings = PoolSettings(workers=2)
    workers = FakeWorkers(nursery, on_job=in_turn(hangs))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool, trio.open_nursery() as clients:
        await wait_all_tasks_blocked()
        clients.start_soon(ask, pool, work("bad"), [])
        await wait_all_tasks_blocked()
        for _ in range(10):
            await pool.run(work("cat"))
        assert (trio.current_time(), pool.status.busy) == (0, 1)
        clients.cancel_scope.cancel()
