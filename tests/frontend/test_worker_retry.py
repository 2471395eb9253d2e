"""A worker that crashes over a job: the job is tried once more, and not for ever, and not in vain."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from frontend.settings import PoolSettings
from frontend.worker_pool import WorkerPool
from shared.errors import QuarantinedError, QueueFullError, WorkerCrashedError
from tests.fakes import Act, FakeWorkers, answers, ask, says_hello, work
from tests.habits import (
    answers_after,
    answers_twice,
    babbles,
    dies,
    dies_after,
    in_turn,
    mistakes_the_job,
    never_says_hello,
    starts_in_turn,
)

ONE = PoolSettings(workers=1)
TWO = PoolSettings(workers=2)


@pytest.mark.parametrize("crashes", [dies, babbles, mistakes_the_job, answers_twice])
async def test_crash_is_tried_again_elsewhere(
    autojump_clock: MockClock, nursery: trio.Nursery, crashes: Act
) -> None:
    """Death, nonsense, and an answer that was not asked for are all one: another worker does the job."""
    workers = FakeWorkers(nursery, on_job=in_turn(crashes, answers))
    async with WorkerPool.open(TWO, start=workers.start(TWO)) as pool:
        await wait_all_tasks_blocked()
        done = await pool.run(work("cat"))
        assert done.result.body == b"cat"
        assert (pool.status.crashes, pool.status.jobs) == (1, 1)
    assert sorted(workers.seen[:2]) == [["cat"], ["cat"]]


@pytest.mark.parametrize("crashes", [babbles, mistakes_the_job, answers_twice])
async def test_worker_out_of_step_is_killed(
    autojump_clock: MockClock, nursery: trio.Nursery, crashes: Act
) -> None:
    """A worker that is alive and talks nonsense is ended before another job can meet it."""
    workers = FakeWorkers(nursery, on_job=in_turn(crashes, answers))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        await pool.run(work("cat"))
        await pool.run(work("dog"))
        assert workers.seen == [["cat"], ["cat", "dog"]]
        assert workers.codes == [-9, None]


async def test_second_crash_is_the_last(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A job that ended two workers is given up, and is not tried a third time."""
    workers = FakeWorkers(nursery, on_job=dies)
    async with WorkerPool.open(TWO, start=workers.start(TWO)) as pool:
        with pytest.raises(WorkerCrashedError):
            await pool.run(work("cat"))
        assert pool.status.crashes == 2
    assert workers.attempts("cat") == 2


async def test_killer_is_left_alone_for_a_while(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """An image that ended two workers is refused whatever the plan, others are not, and then it is tried again."""
    settings = PoolSettings(workers=2, quarantine_s=60)
    workers = FakeWorkers(nursery, on_job=in_turn(dies, dies))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        with pytest.raises(WorkerCrashedError):
            await pool.run(work("cat"))
        ended_s = trio.current_time()
        for plan in ("resize:width=8", "resize:width=9"):
            with pytest.raises(QuarantinedError) as refused:
                await pool.run(work("cat", plan=plan))
            assert refused.value.retry_after_s in {60, 61}
        assert pool.status.quarantined == 1
        await pool.run(work("dog"))
        await trio.sleep_until(ended_s + 60)
        assert (await pool.run(work("cat"))).result.body == b"cat"
        assert pool.status.quarantined == 0


async def test_image_that_was_not_to_blame_is_not_refused(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """However often workers end over an image, it stays: each time it was made by the next one."""
    workers = FakeWorkers(nursery, on_job=in_turn(*[dies, answers] * 4))
    async with WorkerPool.open(TWO, start=workers.start(TWO)) as pool:
        for width in range(1, 5):
            assert (await pool.run(work("cat", plan=f"resize:width={width}"))).result.body == b"cat"
        assert (pool.status.crashes, pool.status.quarantined) == (4, 0)


async def test_killer_is_refused_at_once(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """What is in quarantine does not wait for a worker, nor take up a place in the queue, to be told so."""
    settings = PoolSettings(workers=1, queue_size=1)
    workers = FakeWorkers(nursery, on_job=in_turn(dies, dies, answers_after(5), answers_after(5)))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool, trio.open_nursery() as clients:
        with pytest.raises(WorkerCrashedError):
            await pool.run(work("cat"))
        await trio.sleep(1)
        for image in ("running", "waiting"):
            clients.start_soon(ask, pool, work(image), [])
            await wait_all_tasks_blocked()
        came_s = trio.current_time()
        with pytest.raises(QuarantinedError):
            await pool.run(work("cat"))
        assert trio.current_time() == came_s


@pytest.mark.parametrize("settings", [ONE, TWO], ids=["one worker", "two workers"])
async def test_waiting_jobs_of_a_killer_are_refused(
    autojump_clock: MockClock, nursery: trio.Nursery, settings: PoolSettings
) -> None:
    """Many plans of one bad image asked for together end two workers, not two for each plan."""
    workers = FakeWorkers(nursery, on_job=dies)
    outcomes: list[object] = []
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        async with trio.open_nursery() as clients:
            for width in range(1, 11):
                clients.start_soon(ask, pool, work("cat", plan=f"resize:width={width}"), outcomes)
        assert pool.status.crashes == 2
    assert len(outcomes) == 10
    assert outcomes.count(QuarantinedError) >= 9


async def test_retry_goes_before_all_that_wait(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """What was already begun once does not queue up again."""
    workers = FakeWorkers(nursery, on_job=in_turn(dies_after(1)))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool, trio.open_nursery() as clients:
        for image in ("first", "second", "third"):
            clients.start_soon(ask, pool, work(image), [])
            await wait_all_tasks_blocked()
    assert workers.seen == [["first"], ["first", "second", "third"]]


async def test_retry_does_not_wait_for_ever(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """When no worker comes up any more, a job that is to be tried again waits no longer than a new one."""
    settings = PoolSettings(workers=1, queue_timeout_s=5)
    starts = starts_in_turn(says_hello, *[never_says_hello] * 5)
    workers = FakeWorkers(nursery, on_start=starts, on_job=dies)
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        with pytest.raises(QueueFullError):
            await pool.run(work())
        assert trio.current_time() == pytest.approx(5)
        assert pool.status.waiting == 0


async def test_nobody_waits_for_the_retry(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A job whose client has left is finished, but not tried again."""
    workers = FakeWorkers(nursery, on_job=in_turn(dies_after(1)))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        with trio.move_on_after(0.5) as client:
            await pool.run(work("cat"))
        assert client.cancelled_caught
        assert trio.current_time() == pytest.approx(1)
        assert pool.status.waiting == 0
        await pool.run(work("dog"))
    assert workers.seen == [["cat"], ["dog"]]


async def test_time_in_the_queue_is_waiting_only(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """The seconds that the crashed worker spent on a job do not count as time in the queue."""
    workers = FakeWorkers(nursery, on_job=in_turn(answers_after(2), dies_after(5)))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool, trio.open_nursery() as clients:
        clients.start_soon(ask, pool, work("first"), [])
        await wait_all_tasks_blocked()
        done = await pool.run(work("second"))
    # Two seconds behind the first, then the pause before the next worker is started.
    assert done.queued_ms == pytest.approx(2100, abs=1)
