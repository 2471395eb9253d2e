"""A worker pool without processes, as the dispatcher sees it: takes work, waits if told to, gives results."""

from __future__ import annotations

from dataclasses import replace

import trio

from frontend.jobs import Done, InspectionWork, Work
from frontend.settings import PoolSettings
from frontend.worker_pool import PoolStatus, WorkerPool
from shared.formats import BY_EXTENSION
from shared.messages import Hello, Inspection, Result
from shared.operations import AUTO
from tests.fakes import inspection_of

ENCODES = ("jpeg", "png", "webp", "avif")


class FakePool(WorkerPool):
    """Makes "images" whose bytes tell what they were made from, and by which plan.

    While ``gate`` is not set, work waits; ``failures`` are raised in turn, one for each piece of work. What is
    inspected is whole, and such an "image".
    """

    def __init__(self, *, encodes: tuple[str, ...] = ENCODES, engine: str = "engine 1") -> None:
        self.works: list[Work] = []
        self.inspections: list[InspectionWork] = []
        self.failures: list[Exception] = []
        self.given_up = 0
        self.gate = trio.Event()
        self.gate.set()
        self.taken = trio.Event()
        self.engine_now = engine
        self.ready = 2
        self._encodes = encodes

    @property
    def engine(self) -> str:
        """What a test says it is."""
        return self.engine_now

    @property
    def hello(self) -> Hello:
        """One that can do little."""
        return Hello(
            pid=1, versions={"pillow": "13.0.0"}, decodes=self._encodes, encodes=self._encodes, modules=("resize",)
        )

    @property
    def status(self) -> PoolStatus:
        """Two workers, of which ``ready`` are."""
        settings = PoolSettings(workers=2)
        return PoolStatus(
            configured=settings.workers,
            ready=self.ready,
            busy=0,
            waiting=0,
            queue_size=settings.queue_size,
            quarantined=0,
            jobs=len(self.works),
            crashes=0,
            deadlines=0,
            recycled=0,
        )

    async def run(self, work: Work) -> Done:
        """Do the work, once the gate is open. Cancelling gives it up."""
        self.works.append(work)
        await self._take()
        result = Result(
            job_id=len(self.works),
            format=self._format(work),
            width=40,
            height=30,
            frames=1,
            has_alpha=False,
            body=made_from(work),
            timings_ms={"decode": 1.25, "encode": 2.5},
        )
        return Done(result=result, queued_ms=0.5)

    async def inspect(self, work: InspectionWork) -> Inspection:
        """Tell what the image is, once the gate is open. Cancelling gives it up."""
        self.inspections.append(work)
        await self._take()
        return replace(
            inspection_of(work.request(job_id=len(self.inspections), deadline_s=1.0)),
            format=BY_EXTENSION[work.source.extension].name if work.source.extension else "png",
            width=40,
            height=30,
        )

    async def _take(self) -> None:
        """Wait for the gate, and fail if this is to fail."""
        self.taken.set()
        try:
            await self.gate.wait()
        except trio.Cancelled:
            self.given_up += 1
            raise
        if self.failures:
            raise self.failures.pop(0)

    def _format(self, work: Work) -> str:
        if work.plan.format is None:
            return BY_EXTENSION[work.source.extension].name
        return "jpeg" if work.plan.format == AUTO else work.plan.format


def made_from(work: Work) -> bytes:
    """The bytes that stand for the image made by ``work``."""
    return f"{work.plan.text} of {work.image}".encode()
