"""Hands jobs to workers: bounded waiting, one job per worker, a deadline each, one retry after a crash.

``frontend/worker_process.py`` starts and ends the processes; this file never does. Equal jobs are made one in
``frontend/dispatcher.py``; here every job is run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import structlog
import trio

from frontend.quarantine import Quarantine
from frontend.settings import PoolSettings
from frontend.start_error import StartError
from frontend.version import VERSION
from frontend.worker_link import WorkerGoneError
from frontend.worker_process import Worker
from shared.errors import (
    DeadlineExceededError,
    DrainingError,
    OutOfMemoryError,
    QueueFullError,
    ServiceError,
    WorkerCrashedError,
)
from shared.limits import Limits
from shared.messages import Failure, Hello, Job, Result, Source
from shared.plan import Plan

BACK_OFF_FIRST_S = 0.1
BACK_OFF_MAX_S = 10.0
STARTS_BEFORE_GIVING_UP = 3
_TRIES = 2

log = structlog.get_logger()
StartWorker = Callable[[], AbstractAsyncContextManager[Worker]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the dispatcher wants done. ``image`` and ``key`` name it to the quarantine."""

    image: str
    key: str
    source: Source
    plan: Plan
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of the work, and how long it waited for a worker."""

    result: Result
    queued_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolStatus:
    """The pool at a glance; the counts at the end run since the start."""

    configured: int
    ready: int
    busy: int
    waiting: int
    queue_size: int
    quarantined: int
    jobs: int
    crashes: int
    deadlines: int
    recycled: int


@dataclass(slots=True, eq=False)
class _Pending:
    """Work that waits, runs or is done; whoever asked waits on the events."""

    work: Work
    since_s: float
    taken: trio.Event = field(default_factory=trio.Event)
    ended: trio.Event = field(default_factory=trio.Event)
    tries: int = 0
    queued_s: float = 0.0
    outcome: Result | ServiceError | None = None

    def end(self, outcome: Result | ServiceError) -> None:
        """Give the answer, once."""
        if self.outcome is None:
            self.outcome = outcome
            self.taken.set()
            self.ended.set()

    def done(self) -> Done:
        """Return the result or raise the error it ended in."""
        if isinstance(self.outcome, Result):
            return Done(result=self.outcome, queued_ms=self.queued_s * 1000)
        raise self.outcome or DrainingError()


@dataclass(slots=True)
class _BackOff:
    """How long a slot waits before it starts the next worker."""

    wait_s: float = 0.0

    def grow(self) -> None:
        """Wait twice as long."""
        self.wait_s = min(BACK_OFF_MAX_S, self.wait_s * 2 or BACK_OFF_FIRST_S)

    def reset(self) -> None:
        """Something was achieved."""
        self.wait_s = 0.0


class WorkerPool:
    """A fixed number of slots, each of which keeps one worker running and gives it one job after the other."""

    def __init__(self, settings: PoolSettings, start: StartWorker) -> None:
        self._settings = settings
        self._start = start
        self._queue: deque[_Pending] = deque()
        self._idle = trio.lowlevel.ParkingLot()
        self._job_ids = count(1)
        self._quarantine = Quarantine(duration_s=settings.quarantine_s)
        self._first_hello = trio.Event()
        self._hello: Hello | None = None
        self._engine = ""
        self._failed_starts = 0
        self._ready = self._busy = 0
        self._jobs = self._crashes = self._deadlines = self._recycled = 0
        self._mean_job_s = 0.1

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: PoolSettings, *, start: StartWorker) -> AsyncIterator[WorkerPool]:
        """Start the workers and wait for the first hello; on exit end them all.

        Raises StartError when none comes up.
        """
        pool = cls(settings, start)
        async with trio.open_nursery() as nursery:
            for _ in range(settings.workers):
                nursery.start_soon(pool._keep_slot)
            await pool._first_hello.wait()
            if pool._hello is None:
                nursery.cancel_scope.cancel()
            else:
                try:
                    yield pool
                finally:
                    nursery.cancel_scope.cancel()
                    pool._refuse_all()
        if pool._hello is None:
            raise StartError(f"no worker process came up in {STARTS_BEFORE_GIVING_UP} tries; its words are above")

    @property
    def engine(self) -> str:
        """Changes whenever the same plan may make other bytes: our version, Pillow's and every codec's."""
        return self._engine

    @property
    def hello(self) -> Hello:
        """What the workers can do, as the newest of them said."""
        if self._hello is None:
            raise RuntimeError("the pool is open only after the first hello")
        return self._hello

    @property
    def status(self) -> PoolStatus:
        """How the pool is doing."""
        return PoolStatus(
            configured=self._settings.workers,
            ready=self._ready,
            busy=self._busy,
            waiting=len(self._queue),
            queue_size=self._settings.queue_size,
            quarantined=self._quarantine.count(now_s=trio.current_time()),
            jobs=self._jobs,
            crashes=self._crashes,
            deadlines=self._deadlines,
            recycled=self._recycled,
        )

    async def run(self, work: Work) -> Done:
        """Have the work done by the next free worker.

        Cancelling takes it out of the queue; once a worker has it, it is finished all the same, because its
        worker could not be used again otherwise. Raises the ServiceError it ends in, QueueFullError at once
        when too much is waiting, QuarantinedError for what ended two workers of late.
        """
        self._quarantine.check(work.image, work.key, now_s=trio.current_time())
        if len(self._queue) >= self._settings.queue_size + self._ready - self._busy:
            raise QueueFullError(f"{len(self._queue)} are waiting", retry_after_s=self._retry_after_s())
        pending = _Pending(work, since_s=trio.current_time())
        self._queue.append(pending)
        self._idle.unpark()
        try:
            with trio.move_on_after(self._settings.queue_timeout_s):
                await pending.taken.wait()
        finally:
            if not pending.taken.is_set():
                self._queue.remove(pending)
        if not pending.taken.is_set():
            waited = f"waited {self._settings.queue_timeout_s:g} s"
            raise QueueFullError(waited, retry_after_s=self._retry_after_s())
        with trio.CancelScope(shield=True):
            await pending.ended.wait()
        return pending.done()

    def _retry_after_s(self) -> int:
        """About how long the queue takes, at least a second."""
        workers = max(1, self._ready)
        return max(1, min(60, round(len(self._queue) * self._mean_job_s / workers)))

    def _refuse_all(self) -> None:
        while self._queue:
            self._queue.popleft().end(DrainingError())

    async def _keep_slot(self) -> None:
        """Keep one worker running until cancelled; wait longer after each that achieves nothing."""
        back_off = _BackOff()
        while True:
            await trio.sleep(back_off.wait_s)
            try:
                async with self._start() as worker:
                    self._welcome(worker)
                    try:
                        await self._serve(worker, back_off)
                    finally:
                        self._ready -= 1
                self._recycled += 1
            except WorkerGoneError as gone:
                back_off.grow()
                log.warning("worker.gone", reason=str(gone), restart_in_s=back_off.wait_s)
                self._count_failed_start()

    def _welcome(self, worker: Worker) -> None:
        self._hello = worker.hello
        versions = {"tintype": VERSION, **worker.hello.versions}
        self._engine = ",".join(f"{name}={versions[name]}" for name in sorted(versions))
        self._first_hello.set()
        self._ready += 1
        log.info("worker.ready", pid=worker.hello.pid)

    def _count_failed_start(self) -> None:
        """Give up when nothing ever came up: something is wrong that no retry mends."""
        self._failed_starts += 1
        if self._failed_starts >= STARTS_BEFORE_GIVING_UP:
            self._first_hello.set()

    async def _serve(self, worker: Worker, back_off: _BackOff) -> None:
        """Give the worker jobs until it has had its share. Raises WorkerGoneError when it dies."""
        for _ in range(self._settings.worker_max_jobs):
            pending = await self._next(worker)
            try:
                answer = await self._run(worker, pending)
            finally:
                self._busy -= 1
            back_off.reset()
            if isinstance(answer, Failure) and answer.error == OutOfMemoryError.slug:
                # It leaves by itself: its memory is not trusted to be whole again.
                return

    async def _next(self, worker: Worker) -> _Pending:
        """Wait for work, and notice if the worker dies while it is idle."""
        pending: _Pending | None = None
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_cancel_at_end, worker.process, nursery.cancel_scope)
                while not self._queue:
                    await self._idle.park()
                pending = self._take()
                nursery.cancel_scope.cancel()
        except trio.Cancelled:
            if pending is not None:
                self._busy -= 1
                pending.end(DrainingError())
            raise
        if pending is None:
            raise WorkerGoneError(f"process {worker.hello.pid} ended with code {worker.process.returncode}")
        return pending

    def _take(self) -> _Pending:
        pending = self._queue.popleft()
        pending.taken.set()
        pending.queued_s = trio.current_time() - pending.since_s
        self._busy += 1
        return pending

    async def _run(self, worker: Worker, pending: _Pending) -> Result | Failure:
        """Run one job. Raises WorkerGoneError when the worker cannot be used again."""
        started_s = trio.current_time()
        answer: Result | Failure | None = None
        try:
            with trio.move_on_after(self._settings.job_timeout_s):
                answer = await worker.link.exchange(self._job(pending))
            if answer is None:
                self._overrun(pending)
                raise WorkerGoneError(f"overran its deadline of {self._settings.job_timeout_s:g} s")
            self._finish(pending, answer, took_s=trio.current_time() - started_s)
        except trio.Cancelled:
            pending.end(DrainingError())
            raise
        except WorkerGoneError as gone:
            if pending.outcome is None:
                self._crash(pending, gone)
            raise
        finally:
            if answer is None:
                # It is out of step: it may still answer the old job.
                worker.process.kill()
        return answer

    def _job(self, pending: _Pending) -> Job:
        work = pending.work
        pending.tries += 1
        return Job(
            job_id=next(self._job_ids),
            source=work.source,
            plan=work.plan.text,
            limits=work.limits,
            deadline_s=self._settings.job_timeout_s,
        )

    def _finish(self, pending: _Pending, answer: Result | Failure, *, took_s: float) -> None:
        self._jobs += 1
        self._mean_job_s += (took_s - self._mean_job_s) / 16
        if isinstance(answer, Result):
            pending.end(answer)
            return
        error = answer.as_error()
        if not answer.is_images_fault:
            log.error("job.failed", image=pending.work.image, plan=pending.work.plan.text, detail=answer.detail)
        pending.end(error)

    def _overrun(self, pending: _Pending) -> None:
        self._deadlines += 1
        self._quarantine.record(pending.work.key, now_s=trio.current_time())
        log.warning("job.overran", image=pending.work.image, plan=pending.work.plan.text)
        pending.end(DeadlineExceededError(f"{pending.work.image} {pending.work.plan.text}"))

    def _crash(self, pending: _Pending, gone: WorkerGoneError) -> None:
        """Try the job once more, before all that wait, or give it up."""
        self._crashes += 1
        self._quarantine.record(pending.work.image, now_s=trio.current_time())
        log.warning("job.crashed", image=pending.work.image, plan=pending.work.plan.text, reason=str(gone))
        if pending.tries < _TRIES:
            self._queue.appendleft(pending)
            self._idle.unpark()
        else:
            pending.end(WorkerCrashedError(str(gone)))


async def _cancel_at_end(process: trio.Process, scope: trio.CancelScope) -> None:
    await process.wait()
    scope.cancel()
