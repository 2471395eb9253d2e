"""One worker after the other: what becomes of its answers, when it is let go, and what a deadline costs."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked

from frontend.settings import PoolSettings
from frontend.worker_pool import WorkerPool
from shared.errors import (
    REPORTABLE,
    CorruptImageError,
    DeadlineExceededError,
    OutOfMemoryError,
    QuarantinedError,
    ServiceError,
)
from shared.messages import Source
from tests.fakes import KILLED, FakeWorkers, answers, ask, work
from tests.habits import answers_after, dies, hangs, in_turn, reports

ONE = PoolSettings(workers=1)


async def test_deadline_costs_the_worker(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A job past its deadline fails, and its worker is killed and never given another one."""
    settings = PoolSettings(workers=1, job_timeout_s=3)
    workers = FakeWorkers(nursery, on_job=in_turn(hangs))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        with pytest.raises(DeadlineExceededError):
            await pool.run(work("cat"))
        assert (trio.current_time(), pool.status.busy) == (3, 0)
        await pool.run(work("dog"))
        assert (pool.status.deadlines, pool.status.crashes) == (1, 0)
        assert (workers.seen, workers.codes) == ([["cat"], ["dog"]], [KILLED, None])


async def test_overrunning_job_is_not_tried_again(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """What took too long once would do so again: one worker is enough."""
    settings = PoolSettings(workers=2, job_timeout_s=3)
    workers = FakeWorkers(nursery, on_job=hangs)
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        with pytest.raises(DeadlineExceededError):
            await pool.run(work("cat"))
    assert workers.attempts("cat") == 1


async def test_job_just_in_time_is_done(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A job that takes nearly all of its time is answered, and its worker stays."""
    settings = PoolSettings(workers=1, job_timeout_s=3)
    workers = FakeWorkers(nursery, on_job=answers_after(2.99))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        for _ in range(3):
            await pool.run(work("cat"))
    assert len(workers.all) == 1


async def test_time_in_the_queue_is_not_time_for_the_job(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """The deadline runs from when a worker has the job, not from when it was asked for."""
    settings = PoolSettings(workers=1, job_timeout_s=3)
    workers = FakeWorkers(nursery, on_job=answers_after(2))
    outcomes: list[object] = []
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool, trio.open_nursery() as clients:
        for image in ("cat", "dog", "eel"):
            clients.start_soon(ask, pool, work(image), outcomes)
            await wait_all_tasks_blocked()
    assert outcomes == ["cat", "dog", "eel"]


async def test_slow_plan_is_left_alone_for_a_while(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A plan that overran twice is refused for this image; other plans of it, and other images, are not."""
    settings = PoolSettings(workers=1, job_timeout_s=3, quarantine_s=60)
    workers = FakeWorkers(nursery, on_job=in_turn(hangs, hangs))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        for _ in range(2):
            with pytest.raises(DeadlineExceededError):
                await pool.run(work("cat"))
        overran_s = trio.current_time()
        with pytest.raises(QuarantinedError):
            await pool.run(work("cat"))
        assert (await pool.run(work("cat", plan="resize:width=9"))).result.body == b"cat"
        assert (await pool.run(work("dog"))).result.body == b"dog"
        await trio.sleep_until(overran_s + 60)
        assert (await pool.run(work("cat"))).result.body == b"cat"


async def test_worker_is_replaced_after_its_share(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """After so many jobs a fresh worker takes over, at once, and nothing is lost or counted as a crash."""
    settings = PoolSettings(workers=1, worker_max_jobs=3)
    workers = FakeWorkers(nursery)
    outcomes: list[object] = []
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        async with trio.open_nursery() as clients:
            for number in range(8):
                clients.start_soon(ask, pool, work(str(number)), outcomes)
        assert (pool.status.recycled, pool.status.crashes, pool.status.jobs) == (2, 0, 8)
        assert trio.current_time() == 0
    assert sorted(map(str, outcomes)) == sorted(map(str, range(8)))
    assert [len(images) for images in workers.seen] == [3, 3, 2]
    assert workers.codes == [0, 0, 0]


async def test_failures_count_as_jobs_of_a_share(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Broken images wear a worker out like others."""
    settings = PoolSettings(workers=1, worker_max_jobs=2)
    workers = FakeWorkers(nursery, on_job=reports(CorruptImageError()))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        for _ in range(4):
            with pytest.raises(CorruptImageError):
                await pool.run(work("cat"))
    assert [len(images) for images in workers.seen[:2]] == [2, 2]


async def test_worker_without_memory_is_let_go(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """After a job that met the ceiling the next one goes to a fresh worker; that is no crash."""
    workers = FakeWorkers(nursery, on_job=in_turn(answers, reports(OutOfMemoryError(), is_last=True), answers))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        await pool.run(work("cat"))
        with pytest.raises(OutOfMemoryError):
            await pool.run(work("vast"))
        assert pool.status.ready == 0
        await pool.run(work("dog"))
        assert (pool.status.crashes, pool.status.quarantined, pool.status.recycled) == (0, 0, 1)
        assert trio.current_time() == 0
    assert workers.seen == [["cat", "vast"], ["dog"]]


async def test_worker_that_foresaw_its_ceiling_stays(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A job that was refused before its memory was taken costs no start of a process, however small its file."""
    workers = FakeWorkers(nursery, on_job=in_turn(reports(OutOfMemoryError()), answers))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        with pytest.raises(OutOfMemoryError):
            await pool.run(work("vast"))
        await pool.run(work("dog"))
        assert pool.status.recycled == 0
    assert workers.seen == [["vast", "dog"]]


@pytest.mark.parametrize("kind", REPORTABLE.values())
async def test_failure_becomes_the_error_it_reports(
    autojump_clock: MockClock, nursery: trio.Nursery, kind: type[ServiceError]
) -> None:
    """What a worker reports is raised where the job was wanted: class, text for the log, text for the client."""
    reported = kind("/srv/images/cat: broken")
    workers = FakeWorkers(nursery, on_job=reports(reported))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        with pytest.raises(ServiceError) as raised:
            await pool.run(work("cat"))
        assert (type(raised.value), str(raised.value)) == (kind, str(reported))
        assert raised.value.message == reported.message
        assert (pool.status.jobs, pool.status.crashes) == (1, 0)


async def test_fault_of_ours_is_logged(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """An error that is not the image's fault is logged as one, with what is needed to find it."""
    workers = FakeWorkers(nursery, on_job=in_turn(reports(ServiceError("KeyError: 'x'"))))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        with capture_logs() as lines, pytest.raises(ServiceError):
            await pool.run(work("cat", plan="blur:sigma=2"))
    expected = {"image": "cat", "plan": "blur:sigma=2", "detail": "KeyError: 'x'"}
    assert lines == [{"event": "job.failed", "log_level": "error", **expected}]


async def test_fault_of_the_image_is_not_logged(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A broken image is nothing that the administrator could mend."""
    workers = FakeWorkers(nursery, on_job=reports(CorruptImageError("truncated")))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        with capture_logs() as lines, pytest.raises(CorruptImageError):
            await pool.run(work("cat"))
    assert lines == []


async def test_log_names_the_file(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A person who reads the log is to find the image: its identity holds what tells versions of it apart."""
    settings = PoolSettings(workers=1, job_timeout_s=3)
    workers = FakeWorkers(nursery, on_job=in_turn(dies, hangs))
    wanted = replace(work("cat.jpg\0001234\00056"), source=Source(path="images/cat.jpg"))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        with capture_logs() as lines, pytest.raises(DeadlineExceededError, match=r"^images/cat\.jpg resize"):
            await pool.run(wanted)
    named = [(line["event"], line["image"]) for line in lines if "image" in line]
    assert named == [("job.crashed", "images/cat.jpg"), ("job.overran", "images/cat.jpg")]


async def test_loss_of_a_worker_is_logged(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A deadline leaves two lines: which job it was, and when the next worker comes."""
    settings = PoolSettings(workers=1, job_timeout_s=3)
    workers = FakeWorkers(nursery, on_job=in_turn(hangs))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        with capture_logs() as lines, pytest.raises(DeadlineExceededError):
            await pool.run(work("cat"))
        with capture_logs() as later_lines:
            await pool.run(work("dog"))
    told = {line["event"]: line for line in (*lines, *later_lines)}
    assert (told["job.overran"]["image"], told["job.overran"]["plan"]) == ("cat", "resize:width=8")
    assert "3 s" in told["worker.gone"]["reason"]
    assert told["worker.ready"]["pid"] == workers.all[1].pid
