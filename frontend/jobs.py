"""Jobs on their way: what is wanted, what became of it, and the queue in between.

``frontend/worker_pool.py`` puts jobs in and waits for them, ``frontend/worker_slot.py`` takes them out and has
them done; neither knows the other's tasks.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import ClassVar

import trio

from shared.errors import DrainingError, ServiceError
from shared.limits import Limits
from shared.messages import Inspect, Inspection, Job, Result, Source
from shared.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A variant that the dispatcher wants made. ``image`` and ``key`` name it to the quarantine."""

    image: str
    key: str
    source: Source
    plan: Plan
    limits: Limits
    overlays: dict[str, Source] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What is to be done, in the log's words."""
        return self.plan.text

    def request(self, *, job_id: int, deadline_s: float) -> Job:
        """What a worker is told."""
        return Job(
            job_id=job_id,
            source=self.source,
            plan=self.plan.text,
            limits=self.limits,
            deadline_s=deadline_s,
            overlays=self.overlays,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionWork:
    """An image that is to be known, and to be known as whole. ``image`` and ``key`` name it to the quarantine."""

    text: ClassVar[str] = "inspect"
    image: str
    source: Source
    limits: Limits

    @property
    def key(self) -> str:
        """Not the image alone: an inspection that takes too long says nothing against its variants."""
        return f"{self.image} {self.text}"

    def request(self, *, job_id: int, deadline_s: float) -> Inspect:
        """What a worker is told."""
        return Inspect(job_id=job_id, source=self.source, limits=self.limits, deadline_s=deadline_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What became of the work, and how long it waited for a worker."""

    result: Result
    queued_ms: float


@dataclass(slots=True, eq=False)
class Pending:
    """Work that waits for a worker, is with one, perhaps waits once more, and ends."""

    work: Work | InspectionWork
    waits_since_s: float
    is_waiting: bool = True
    tries: int = 0
    is_suspect: bool = False
    """Whether a worker ended over it."""
    queued_s: float = 0.0
    outcome: Result | Inspection | ServiceError | None = None
    _moved: trio.Event = field(default_factory=trio.Event)

    async def moved(self) -> None:
        """Return when it has left the state it is in now."""
        await self._moved.wait()

    def take(self, *, now_s: float) -> None:
        """A worker begins with it."""
        self.is_waiting = False
        self.tries += 1
        self.queued_s += now_s - self.waits_since_s
        self._move()

    def put_back(self, *, now_s: float) -> None:
        """Its worker is lost, and another is to try."""
        self.is_waiting = True
        self.waits_since_s = now_s
        self._move()

    def end(self, outcome: Result | Inspection | ServiceError) -> None:
        """Give the answer."""
        self.is_waiting = False
        self.outcome = outcome
        self._move()

    def _move(self) -> None:
        self._moved.set()
        self._moved = trio.Event()


class JobQueue:
    """First come, first served, but what is tried again goes before all others. Closed, it refuses all."""

    def __init__(self) -> None:
        self._jobs: deque[Pending] = deque()
        self._idle = trio.lowlevel.ParkingLot()
        self._is_closed = False

    def __len__(self) -> int:
        """How many jobs wait."""
        return len(self._jobs)

    def add(self, pending: Pending, *, is_urgent: bool = False) -> None:
        """Let the job wait for the next worker that is free."""
        if self._is_closed:
            # Also for one that is to be tried again: its worker may crash while all are being ended.
            pending.end(DrainingError())
            return
        if is_urgent:
            self._jobs.appendleft(pending)
        else:
            self._jobs.append(pending)
        self.wake()

    def remove(self, pending: Pending) -> None:
        """Let the job wait no longer."""
        self._jobs.remove(pending)

    def take(self, *, now_s: float) -> Pending | None:
        """Take out the job that is next, if any waits."""
        if not self._jobs:
            return None
        pending = self._jobs.popleft()
        pending.take(now_s=now_s)
        return pending

    async def wait(self) -> None:
        """Return when a job waits. Take it at once, or ``wake`` another: nobody else is told of it."""
        while not self._jobs:
            await self._idle.park()

    def wake(self) -> None:
        """Tell another of those who wait for a job that there may be one."""
        self._idle.unpark()

    def close(self) -> None:
        """Refuse all that wait, and all that come."""
        self._is_closed = True
        while self._jobs:
            self._jobs.popleft().end(DrainingError())
