"""Inspections in the pool: they are asked for, queue, fail and are tried again as jobs are, and among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import trio
from structlog.testing import capture_logs
from trio.testing import MockClock, wait_all_tasks_blocked

from frontend.settings import PoolSettings
from frontend.worker_link import WorkerGoneError, WorkerLink
from frontend.worker_pool import WorkerPool
from shared.errors import (
    CorruptImageError,
    DeadlineExceededError,
    DrainingError,
    QuarantinedError,
    QueueFullError,
    ServiceError,
    WorkerCrashedError,
)
from shared.limits import Limits
from shared.messages import Failure, Inspect, Inspection, Job, Message, Result, Source
from shared.wire import FrameDecoder, encode
from tests.fakes import KILLED, FakeWorkers, ask, inspection_of, inspection_work, result_of, work
from tests.habits import answers_after, dies, hangs, in_turn, makes, reports

ONE = PoolSettings(workers=1)
INSPECT = Inspect(job_id=5, source=Source(path="/cat"), limits=Limits(), deadline_s=10)
JOB = Job(job_id=5, source=Source(path="/cat"), plan="resize:width=8", limits=Limits(), deadline_s=10)


async def test_inspection_comes_back_as_it_was_made(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """The worker gets the image, the limits and the deadline; who asked gets what it found."""
    workers = FakeWorkers(nursery)
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        wanted = replace(inspection_work("cat"), limits=Limits(max_frames=7))
        inspection = await pool.inspect(wanted)
    (asked,) = workers.all[0].requests
    assert isinstance(asked, Inspect)
    assert (asked.source, asked.limits) == (wanted.source, wanted.limits)
    assert asked.deadline_s == ONE.job_timeout_s
    assert inspection.exif == {"description": "cat"}
    assert inspection.job_id == asked.job_id


async def test_time_in_the_queue_is_told(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Beside the worker's own stages stands how long there was no worker."""
    workers = FakeWorkers(nursery, on_job=answers_after(2))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool, trio.open_nursery() as clients:
        clients.start_soon(ask, pool, work("dog"), [])
        await wait_all_tasks_blocked()
        inspection = await pool.inspect(inspection_work("cat"))
    assert inspection.timings_ms == {"queue": pytest.approx(2000), "decode": 1.5}


async def test_jobs_and_inspections_share_one_queue(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """They take turns as they came, and together they are no more than may wait."""
    settings = PoolSettings(workers=1, queue_size=2)
    workers = FakeWorkers(nursery, on_job=answers_after(1))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool, trio.open_nursery() as clients:
        clients.start_soon(pool.inspect, inspection_work("cat"))
        await wait_all_tasks_blocked()
        clients.start_soon(ask, pool, work("dog"), [])
        await wait_all_tasks_blocked()
        clients.start_soon(pool.inspect, inspection_work("eel"))
        await wait_all_tasks_blocked()
        with pytest.raises(QueueFullError):
            await pool.inspect(inspection_work("one too many"))
    assert workers.seen == [["cat", "dog", "eel"]]


async def test_leaving_takes_an_inspection_out_of_the_queue(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """When an uploader leaves before its turn, no worker ever sees the image."""
    workers = FakeWorkers(nursery, on_job=answers_after(1))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool, trio.open_nursery() as clients:
        clients.start_soon(ask, pool, work("cat"), [])
        await wait_all_tasks_blocked()
        with trio.move_on_after(0.5):
            await pool.inspect(inspection_work("dog"))
        assert pool.status.waiting == 0
    assert workers.seen == [["cat"]]


async def test_crash_is_tried_again(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A worker that is lost over an image says little about the image: another one looks."""
    workers = FakeWorkers(nursery, on_job=in_turn(dies))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        assert (await pool.inspect(inspection_work("cat"))).exif == {"description": "cat"}
    assert workers.seen == [["cat"], ["cat"]]


async def test_killer_is_refused_for_jobs_too(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """An image whose inspection ended two workers ends no third, whatever is asked about it."""
    workers = FakeWorkers(nursery, on_job=in_turn(dies, dies))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        with pytest.raises(WorkerCrashedError):
            await pool.inspect(inspection_work("cat"))
        with pytest.raises(QuarantinedError):
            await pool.inspect(inspection_work("cat"))
        with pytest.raises(QuarantinedError):
            await pool.run(work("cat"))
        await pool.inspect(inspection_work("dog"))


async def test_overrun_costs_the_worker_and_two_the_inspection(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """An image that takes too long to look at twice is left alone for a while; variants of it are not."""
    settings = PoolSettings(workers=1, job_timeout_s=3, quarantine_s=60)
    workers = FakeWorkers(nursery, on_job=in_turn(hangs, hangs))
    async with WorkerPool.open(settings, start=workers.start(settings)) as pool:
        for _ in range(2):
            with pytest.raises(DeadlineExceededError):
                await pool.inspect(inspection_work("cat"))
        overran_s = trio.current_time()
        with pytest.raises(QuarantinedError):
            await pool.inspect(inspection_work("cat"))
        await pool.run(work("cat"))
        await trio.sleep_until(overran_s + 60)
        await pool.inspect(inspection_work("cat"))
    assert workers.codes[:2] == [KILLED, KILLED]


async def test_failure_becomes_the_error_it_reports(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """What is wrong with the image is raised where its inspection was wanted."""
    workers = FakeWorkers(nursery, on_job=reports(CorruptImageError("at byte 9")))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        with pytest.raises(CorruptImageError, match="at byte 9"):
            await pool.inspect(inspection_work("cat"))


async def test_fault_of_ours_is_logged(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """The log tells that it was an inspection that failed."""
    workers = FakeWorkers(nursery, on_job=reports(ServiceError("KeyError: 'x'")))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        with capture_logs() as lines, pytest.raises(ServiceError):
            await pool.inspect(inspection_work("cat"))
    assert [(line["event"], line["image"], line["plan"]) for line in lines] == [("job.failed", "cat", "inspect")]


async def test_closing_the_pool_ends_inspections(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Neither the one with a worker nor the one that waits is left without an answer."""
    workers = FakeWorkers(nursery, on_job=hangs)
    outcomes: list[type[BaseException]] = []

    async def inspect(pool: WorkerPool, image: str) -> None:
        with pytest.raises(DrainingError) as ended:
            await pool.inspect(inspection_work(image))
        outcomes.append(ended.type)

    async with trio.open_nursery() as clients, WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        clients.start_soon(inspect, pool, "cat")
        clients.start_soon(inspect, pool, "dog")
        await wait_all_tasks_blocked()
    assert outcomes == [DrainingError, DrainingError]


async def test_worker_that_makes_a_picture_instead_is_lost(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """A result is no answer to an inspection, even under the right number."""
    workers = FakeWorkers(nursery, on_job=in_turn(makes(b"a picture")))
    async with WorkerPool.open(ONE, start=workers.start(ONE)) as pool:
        await pool.inspect(inspection_work("cat"))
    assert len(workers.all) == 2


async def said_to(asked: Inspect | Job, answer: Message) -> tuple[Message, Message]:
    """Ask a worker that answers so; return what it was asked, and its answer."""
    ours, theirs = trio.testing.memory_stream_pair()
    await theirs.send_all(encode(answer))
    received = await WorkerLink(ours).exchange(asked)
    (heard,) = FrameDecoder().feed(await theirs.receive_some())
    return heard, received


@pytest.mark.parametrize("answer", [inspection_of(INSPECT), Failure.of(CorruptImageError(), job_id=5)])
async def test_link_carries_inspections(answer: Inspection | Failure) -> None:
    """The request goes out as it is, and an inspection or a failure is an answer to it."""
    assert await said_to(INSPECT, answer) == (INSPECT, answer)


@pytest.mark.parametrize(("asked", "make"), [(INSPECT, result_of), (JOB, inspection_of)])
async def test_link_takes_only_the_answer_asked_for(
    asked: Inspect | Job, make: Callable[[Inspect | Job], Result | Inspection]
) -> None:
    """A worker that answers the one with what answers the other is out of step."""
    with pytest.raises(WorkerGoneError, match="expected the answer to job 5"):
        await said_to(asked, make(asked))
