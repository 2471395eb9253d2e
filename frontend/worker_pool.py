"""Hands jobs to workers: so many may wait, each so long, and the next free worker takes the next one.

What one worker is given and what becomes of it is the business of ``frontend/worker_slot.py``. Equal jobs are made
one in ``frontend/dispatcher.py``; here every job is run.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import cast

import trio

from frontend.jobs import Done, InspectionWork, JobQueue, Pending, Work
from frontend.quarantine import Quarantine
from frontend.settings import PoolSettings
from frontend.start_error import StartError
from frontend.version import VERSION
from frontend.worker_slot import STARTS_BEFORE_GIVING_UP, Figures, StartWorker, WorkerSlot
from shared.errors import QueueFullError, ServiceError
from shared.messages import Hello, Inspection, Result


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


class WorkerPool:
    """A fixed number of workers behind one queue."""

    def __init__(self, settings: PoolSettings, start: StartWorker) -> None:
        self._settings = settings
        self._start = start
        self._queue = JobQueue()
        self._quarantine = Quarantine(duration_s=settings.quarantine_s)
        self._figures = Figures()
        self._job_ids = count(1)
        self._is_decided = trio.Event()
        self._hello: Hello | None = None
        self._engine = ""
        self._hopeless_slots = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: PoolSettings, *, start: StartWorker) -> AsyncIterator[WorkerPool]:
        """Start the workers and wait for the first hello; on exit end them all.

        Raises StartError when none comes up.
        """
        pool = cls(settings, start)
        async with trio.open_nursery() as nursery:
            for _ in range(settings.workers):
                nursery.start_soon(pool._slot().keep)
            await pool._is_decided.wait()
            if pool._hello is None:
                nursery.cancel_scope.cancel()
            else:
                try:
                    yield pool
                finally:
                    pool._queue.close()
                    nursery.cancel_scope.cancel()
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
        figures = self._figures
        return PoolStatus(
            configured=self._settings.workers,
            ready=figures.ready,
            busy=figures.busy,
            waiting=len(self._queue),
            queue_size=self._settings.queue_size,
            quarantined=self._quarantine.count(now_s=trio.current_time()),
            jobs=figures.jobs,
            crashes=figures.crashes,
            deadlines=figures.deadlines,
            recycled=figures.recycled,
        )

    async def run(self, work: Work) -> Done:
        """Have the work done by the next free worker, and by another if that one crashes.

        Cancelling takes it out of the queue; once a worker has it, what it makes is waited for. Raises the
        ServiceError it ends in, QueueFullError at once when too much is waiting, QuarantinedError for what ended
        two workers of late.
        """
        answer, queued_ms = await self._answer(work)
        return Done(result=cast("Result", answer), queued_ms=queued_ms)  # the link takes no other answer

    async def inspect(self, work: InspectionWork) -> Inspection:
        """Have an image inspected. It waits, is tried again, and ends as ``run`` says."""
        answer, queued_ms = await self._answer(work)
        inspection = cast("Inspection", answer)
        return replace(inspection, timings_ms={"queue": queued_ms, **inspection.timings_ms})

    async def _answer(self, work: Work | InspectionWork) -> tuple[Result | Inspection, float]:
        """Wait for the answer to the work; tell also how long it was in the queue."""
        self._quarantine.check(work.image, work.key, now_s=trio.current_time())
        idle = self._figures.ready - self._figures.busy
        if len(self._queue) >= self._settings.queue_size + idle:
            raise QueueFullError(f"{len(self._queue)} are waiting", retry_after_s=self._retry_after_s())
        pending = Pending(work, waits_since_s=trio.current_time())
        self._queue.add(pending)
        while (outcome := pending.outcome) is None:
            if pending.is_waiting:
                await self._wait_for_worker(pending)
            else:
                # Its worker goes on in any case, and the result is worth keeping even if nobody waits any more.
                with trio.CancelScope(shield=True):
                    await pending.moved()
        if isinstance(outcome, ServiceError):
            raise outcome
        return outcome, pending.queued_s * 1000

    async def _wait_for_worker(self, pending: Pending) -> None:
        with trio.move_on_after(self._settings.queue_timeout_s) as patience:
            try:
                await pending.moved()
            except trio.Cancelled:
                # Not if it was taken at this very moment: then it is too late to leave.
                if pending.is_waiting:
                    self._queue.remove(pending)
                    raise
        if patience.cancelled_caught:
            waited = f"waited {self._settings.queue_timeout_s:g} s"
            raise QueueFullError(waited, retry_after_s=self._retry_after_s())

    def _retry_after_s(self) -> int:
        """About how long the queue takes, at least a second."""
        workers = max(1, self._figures.ready)
        return max(1, min(60, round(len(self._queue) * self._figures.mean_job_s / workers)))

    def _slot(self) -> WorkerSlot:
        return WorkerSlot(
            self._settings,
            start=self._start,
            queue=self._queue,
            quarantine=self._quarantine,
            figures=self._figures,
            job_ids=self._job_ids,
            on_hello=self._welcome,
            on_hopeless=self._lose_hope,
        )

    def _welcome(self, hello: Hello) -> None:
        self._hello = hello
        versions = {"tintype": VERSION, **hello.versions}
        self._engine = ",".join(f"{name}={versions[name]}" for name in sorted(versions))
        self._is_decided.set()

    def _lose_hope(self) -> None:
        """Give up once every slot has tried: what is wrong then no retry mends. After a hello it says nothing."""
        self._hopeless_slots += 1
        if self._hopeless_slots == self._settings.workers:
            self._is_decided.set()
