"""Keeps one worker running and gives it one job after the other, each with a deadline.

Whoever asked for a job is not known here: ``frontend/jobs.py`` stands between. Processes are started and ended in
``frontend/worker_process.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import structlog
import trio

from frontend.jobs import JobQueue, Pending
from frontend.quarantine import Quarantine
from frontend.settings import PoolSettings
from frontend.worker_link import WorkerDeafError, WorkerGoneError
from frontend.worker_process import Worker
from shared.errors import (
    DeadlineExceededError,
    DrainingError,
    QuarantinedError,
    ServiceError,
    WorkerCrashedError,
)
from shared.messages import Answer, Failure, Hello, Request
from shared.wire import ProtocolError

BACK_OFF_FIRST_S = 0.1
BACK_OFF_MAX_S = 10.0
STARTS_BEFORE_GIVING_UP = 3
_TRIES = 2

log = structlog.get_logger()
StartWorker = Callable[[], AbstractAsyncContextManager[Worker]]


@dataclass(slots=True)
class Figures:
    """What the workers of all slots are doing, and what they did since the start."""

    ready: int = 0
    busy: int = 0
    jobs: int = 0
    crashes: int = 0
    deadlines: int = 0
    recycled: int = 0
    mean_job_s: float = 0.1

    def count_job(self, *, took_s: float) -> None:
        """Count a job that was answered."""
        self.jobs += 1
        self.mean_job_s += (took_s - self.mean_job_s) / 16


class WorkerSlot:
    """A place for one worker.

    ``on_hello`` is told of each that comes up, ``on_hopeless`` once ``STARTS_BEFORE_GIVING_UP`` are lost.
    """

    def __init__(
        self,
        settings: PoolSettings,
        *,
        start: StartWorker,
        queue: JobQueue,
        quarantine: Quarantine,
        figures: Figures,
        job_ids: Iterator[int],
        on_hello: Callable[[Hello], None],
        on_hopeless: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._start = start
        self._queue = queue
        self._quarantine = quarantine
        self._figures = figures
        self._job_ids = job_ids
        self._on_hello = on_hello
        self._on_hopeless = on_hopeless
        self._lost_workers = 0
        self._back_off_s = 0.0

    async def keep(self) -> None:
        """Keep one worker running until cancelled; wait longer after each that achieves nothing."""
        while True:
            await trio.sleep(self._back_off_s)
            try:
                async with self._start() as worker:
                    await self._employ(worker)
                self._figures.recycled += 1
            except WorkerGoneError as gone:
                self._back_off_s = min(BACK_OFF_MAX_S, self._back_off_s * 2 or BACK_OFF_FIRST_S)
                log.warning("worker.gone", reason=str(gone), restart_in_s=self._back_off_s)
                self._lost_workers += 1
                if self._lost_workers == STARTS_BEFORE_GIVING_UP:
                    self._on_hopeless()

    async def _employ(self, worker: Worker) -> None:
        """Give the worker jobs until it has had its share. Raises WorkerGoneError when it dies."""
        log.info("worker.ready", pid=worker.hello.pid)
        self._on_hello(worker.hello)
        self._figures.ready += 1
        try:
            for _ in range(self._settings.worker_max_jobs):
                answer = await self._serve_one(worker)
                self._back_off_s = 0.0
                if isinstance(answer, Failure) and answer.is_last:
                    # It leaves by itself: its memory is not trusted to be whole again.
                    return
        finally:
            self._figures.ready -= 1

    async def _serve_one(self, worker: Worker) -> Answer | None:
        pending = await self._next(worker)
        self._figures.busy += 1
        try:
            return await self._run(worker, pending)
        except BaseException:
            # It is out of step: it may still answer this job.
            worker.process.kill()
            raise
        finally:
            self._figures.busy -= 1

    async def _next(self, worker: Worker) -> Pending:
        """Wait for work. Raises WorkerGoneError if the worker dies while it is idle."""
        while worker.process.returncode is None:
            pending = self._queue.take(now_s=trio.current_time())
            if pending is None:
                await self._wait_for_work(worker)
            elif not self._is_refused(pending):
                return pending
        self._queue.wake()
        raise WorkerGoneError(f"process {worker.hello.pid} ended with code {worker.process.returncode}")

    def _is_refused(self, pending: Pending) -> bool:
        """Tell whether the image has come into quarantine while the job waited; then that is its answer."""
        try:
            self._quarantine.check(pending.work.image, pending.work.key, now_s=trio.current_time())
        except QuarantinedError as error:
            pending.end(error)
            return True
        return False

    async def _wait_for_work(self, worker: Worker) -> None:
        """Return when a job waits or the worker has died."""
        # Nothing is taken in here: a job in hand would be lost when the nursery is cancelled on its way out.
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cancel_at_end, worker.process, nursery.cancel_scope)
            await self._queue.wait()
            nursery.cancel_scope.cancel()

    async def _run(self, worker: Worker, pending: Pending) -> Answer | None:
        """Run one job. Raises WorkerGoneError when the worker cannot be used again."""
        started_s = trio.current_time()
        try:
            with trio.fail_after(self._settings.job_timeout_s):
                answer = await worker.link.exchange(self._request(pending))
        except ProtocolError as error:
            self._fail(pending, ServiceError(str(error)))
            return None
        except trio.TooSlowError:
            self._overrun(pending)
            raise WorkerGoneError(f"overran its deadline of {self._settings.job_timeout_s:g} s") from None
        except WorkerGoneError as gone:
            self._crash(pending, gone)
            raise
        except BaseException:
            # The pool is being closed, or is broken: whoever waits must not wait for ever.
            pending.end(DrainingError())
            raise
        self._figures.count_job(took_s=trio.current_time() - started_s)
        if pending.is_suspect:
            # Whatever ended the first worker, out of memory or a signal, it was not this job.
            self._quarantine.forgive(pending.work.image)
        self._finish(pending, answer)
        return answer

    def _request(self, pending: Pending) -> Request:
        return pending.work.request(
            job_id=next(self._job_ids),
            deadline_s=self._settings.job_timeout_s,
        )

    def _finish(self, pending: Pending, answer: Answer) -> None:
        if not isinstance(answer, Failure):
            pending.end(answer)
        elif answer.is_images_fault:
            pending.end(answer.as_error())
        else:
            self._fail(pending, answer.as_error())

    def _fail(self, pending: Pending, error: ServiceError) -> None:
        """End the job in an error that is ours to mend."""
        log.error("job.failed", **_about(pending), detail=str(error))
        pending.end(error)

    def _overrun(self, pending: Pending) -> None:
        self._figures.deadlines += 1
        self._quarantine.record(pending.work.key, now_s=trio.current_time())
        log.warning("job.overran", **_about(pending))
        pending.end(DeadlineExceededError(" ".join(_about(pending).values())))

    def _crash(self, pending: Pending, gone: WorkerGoneError) -> None:
        """Try the job once more, before all that wait, or give it up."""
        now_s = trio.current_time()
        log.warning("job.crashed", **_about(pending), reason=str(gone))
        if not isinstance(gone, WorkerDeafError):
            self._figures.crashes += 1
            pending.is_suspect = True
            self._quarantine.record(pending.work.image, now_s=now_s)
        if pending.tries < _TRIES:
            pending.put_back(now_s=now_s)
            self._queue.add(pending, is_urgent=True)
        else:
            pending.end(WorkerCrashedError(str(gone)))


def _about(pending: Pending) -> dict[str, str]:
    """Name a job to people: an image's identity is for machines, its file can be looked at."""
    return {"image": pending.work.source.path or pending.work.image, "plan": pending.work.text}


async def _cancel_at_end(process: trio.Process, scope: trio.CancelScope) -> None:
    await process.wait()
    scope.cancel()
