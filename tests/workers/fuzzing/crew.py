"""Hands damaged files to real worker processes, started and spoken to as by the pool; counts what becomes of them.

An answer is as it should be when it is what was asked for, or an error that is specified. A worker that ends, a
plain exception (``internal_error``), an answer that takes too long: each is a finding, and is kept.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import trio

from frontend.settings import PoolSettings
from frontend.worker_link import WorkerGoneError
from frontend.worker_process import Worker, open_worker
from shared.errors import OutOfMemoryError, ServiceError
from shared.formats import BY_NAME
from shared.limits import Limits
from shared.messages import Failure, Inspect, Job, Request, Source
from tests.workers.fuzzing.mutations import mutated
from tests.workers.fuzzing.seeds import seeds

SLOW_S = 5.0
DEADLINE_S = 15.0
RESULT = "result"
LOST = "lost"
_OVERRAN = "overran"
# Memory is compared once the worker has seen much already, and as the least of several looks: what an answer took
# is given back only after the answer.
_WARM_ANSWERS = 1000
_LOOKS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One damaged file, and what is wanted of it."""

    name: str
    index: int
    body: bytes

    @classmethod
    def of(cls, name: str, *, seed: int, index: int) -> Case:
        """The file that these numbers make, always the same."""
        dice = random.Random(f"{name} {seed} {index}")
        return cls(name=name, index=index, body=mutated(name, seeds(name), dice))

    def request(self) -> Request:
        """By turns an inspection and a job, and that to WebP, PNG or the file's own format."""
        source = Source(data=self.body, extension=self.name)
        if self.index % 2:
            return Inspect(job_id=self.index, source=source, limits=Limits(), deadline_s=DEADLINE_S)
        own = self.name if BY_NAME[self.name].is_written else "png"
        target = ("webp", "png", own)[self.index // 2 % 3]
        plan = f"resize:width=32;encode:format={target}"
        return Job(job_id=self.index, source=source, plan=plan, limits=Limits(), deadline_s=DEADLINE_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a case: ``RESULT``, the slug of an error, or how the worker was ``LOST``."""

    kind: str
    detail: str = ""
    took_s: float = 0.0

    @property
    def is_loss(self) -> bool:
        """Whether it cost the worker."""
        return self.kind.startswith(LOST)

    @property
    def is_bug(self) -> bool:
        """Whether it is none of the ends that a file may come to."""
        return self.is_loss or self.kind == ServiceError.slug

    @property
    def signature(self) -> tuple[str, str]:
        """What tells one bug from another: how it ended, and where and in what if that is known."""
        places = [line.strip() for line in self.detail.splitlines() if line.startswith('  File "')]
        error = self.detail.strip().rpartition("\n")[2].partition(":")[0]
        return self.kind, f"{error} {places[-1]}" if places else ""


@dataclass(slots=True)
class Life:
    """The memory of one worker, answer by answer."""

    resident_bytes: list[int] = field(default_factory=list)

    @property
    def warm_bytes(self) -> int:
        """What it held once everything was loaded that it was going to load; of a short life the end."""
        return min(self.resident_bytes[_WARM_ANSWERS : _WARM_ANSWERS + _LOOKS], default=self.end_bytes)

    @property
    def end_bytes(self) -> int:
        """What it held at the last."""
        return min(self.resident_bytes[-_LOOKS:], default=0)

    @property
    def growth_bytes(self) -> int:
        """What it did not give back."""
        return self.end_bytes - self.warm_bytes


@dataclass(slots=True)
class Tally:
    """What became of a format's files."""

    name: str
    kinds: Counter[str] = field(default_factory=Counter)
    slow: list[tuple[Case, Outcome]] = field(default_factory=list)
    bugs: list[tuple[Case, Outcome]] = field(default_factory=list)
    slowest_s: float = 0.0
    lives: list[Life] = field(default_factory=list)

    @property
    def longest_life(self) -> Life:
        """That of the worker that answered most."""
        return max(self.lives, key=lambda life: len(life.resident_bytes))

    def add(self, case: Case, outcome: Outcome) -> None:
        """Count one."""
        self.kinds[outcome.kind] += 1
        self.slowest_s = max(self.slowest_s, outcome.took_s)
        if outcome.is_bug:
            self.bugs.append((case, outcome))
        elif outcome.took_s > SLOW_S:
            self.slow.append((case, outcome))


async def run_format(name: str, *, files: int, seed: int, settings: PoolSettings) -> Tally:
    """Have so many damaged files of a format answered by ``settings.workers`` workers side by side."""
    cases = (Case.of(name, seed=seed, index=index) for index in range(files))
    return await run_cases(name, cases, settings)


async def run_cases(name: str, cases: Iterator[Case], settings: PoolSettings) -> Tally:
    """Have them answered, and count under this name."""
    tally = Tally(name)
    async with trio.open_nursery() as nursery:
        for _ in range(settings.workers):
            nursery.start_soon(_employ, cases, tally, settings)
    return tally


async def outcome_alone(case: Case, settings: PoolSettings) -> Outcome:
    """What becomes of a case in a worker of its own."""
    async with open_worker(settings) as worker:
        return await outcome_of(case, worker)


async def minimised(case: Case, outcome: Outcome, settings: PoolSettings, *, tries: int = 60) -> bytes:
    """Leave out what can be left out for the same bug to show; at most so many tries."""
    body, size = case.body, len(case.body) // 2
    while size:
        at = 0
        while at < len(body) and tries:
            tries -= 1
            shorter = Case(name=case.name, index=case.index, body=body[:at] + body[at + size :])
            if (await outcome_alone(shorter, settings)).signature == outcome.signature:
                body = shorter.body
            else:
                at += size
        size //= 2 if tries else size + 1
    return body


async def _employ(cases: Iterator[Case], tally: Tally, settings: PoolSettings) -> None:
    """Keep one worker at it; start another after each that leaves or is lost."""
    is_done = False
    while not is_done:
        life = Life()
        tally.lives.append(life)
        async with open_worker(settings) as worker:
            is_done = await _all_answered(worker, cases, tally, life)


async def _all_answered(worker: Worker, cases: Iterator[Case], tally: Tally, life: Life) -> bool:
    """Whether no case is left, rather than the worker gone."""
    for case in cases:
        outcome = await outcome_of(case, worker)
        tally.add(case, outcome)
        # It leaves by itself when its memory has run out, as the pool expects of it.
        if outcome.is_loss or outcome.kind == OutOfMemoryError.slug:
            return False
        life.resident_bytes.append(_resident_bytes(worker.process.pid))
    return True


async def outcome_of(case: Case, worker: Worker) -> Outcome:
    """What this worker makes of a case."""
    start_s, kind, detail = time.perf_counter(), RESULT, ""
    with trio.move_on_after(DEADLINE_S) as deadline:
        try:
            answer = await worker.link.exchange(case.request())
        except WorkerGoneError as gone:
            kind, detail = f"{LOST}: {await _ending(worker)}", str(gone)
        else:
            if isinstance(answer, Failure):
                kind, detail = answer.error, answer.detail
    if deadline.cancelled_caught:
        worker.process.kill()
        kind = f"{LOST}: {_OVERRAN}"
    return Outcome(kind=kind, detail=detail, took_s=time.perf_counter() - start_s)


async def _ending(worker: Worker) -> str:
    """Name the signal or the exit status."""
    status = await worker.process.wait()
    return signal.Signals(-status).name if status < 0 else f"exit {status}"


def _resident_bytes(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
