"""The pool under hundreds of clients that come and go as they like, with workers that do the same.

What happens is drawn from a seeded generator and takes place on Trio's mock clock; the order in which Trio runs
what is ready at the same time is its own, so that one seed covers many interleavings.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import pytest
import trio
from trio.testing import MockClock

from frontend.settings import PoolSettings
from frontend.worker_pool import WorkerPool
from shared.errors import CorruptImageError, OutOfMemoryError, ServiceError
from shared.messages import Request
from tests.fakes import (
    Act,
    FakeWorker,
    FakeWorkers,
    StartAct,
    answers,
    says_hello,
    work,
)
from tests.habits import (
    answers_after,
    answers_and_dies,
    answers_twice,
    babbles,
    dies,
    dies_after,
    dies_at_start,
    hangs,
    mistakes_the_job,
    never_says_hello,
    reports,
    says_hello_after,
    says_hello_and_dies,
)

CLIENTS = 400
RUSH_S = 30.0
OUTAGE_S = (12.0, 20.0)
CALM_S = 80.0
IMAGES = 60
SETTINGS = PoolSettings(
    workers=3, queue_size=10, queue_timeout_s=4, job_timeout_s=2, worker_max_jobs=15, quarantine_s=20
)

# Two waits and two jobs, the second after a crash; starting and ending workers takes none of that time.
LONGEST_S = 2 * (SETTINGS.queue_timeout_s + SETTINGS.job_timeout_s) + 0.001

_Choice = TypeVar("_Choice")


@dataclass
class Record:
    """How many outcomes each client had, and how many there were of each kind."""

    outcomes: Counter[int] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)


@pytest.mark.parametrize("seed", range(12))
async def test_every_client_gets_one_outcome(autojump_clock: MockClock, nursery: trio.Nursery, seed: int) -> None:
    """Whatever workers and clients do, each client is answered, refused or gone once, and nothing is left over."""
    dice = random.Random(seed)
    workers = FakeWorkers(nursery, on_start=starts_at_random(dice), on_job=acts_at_random(dice))
    record = Record()
    async with WorkerPool.open(SETTINGS, start=workers.start(SETTINGS)) as pool:
        async with trio.open_nursery() as clients:
            for number in range(CLIENTS):
                clients.start_soon(come_and_go, pool, number, dice, record)
            clients.start_soon(kill_at_random, workers, dice)
        assert sorted(record.outcomes) == list(range(CLIENTS))
        assert set(record.outcomes.values()) == {1}
        # Every client has its outcome, yet a job that nobody waits for may still be under way.
        await trio.sleep(SETTINGS.job_timeout_s + 0.1)
        assert (pool.status.busy, pool.status.waiting) == (0, 0)
        assert max(times_run(workers).values()) <= 2
        # Long enough for the last worker that hangs while starting.
        await trio.sleep(60)
        assert pool.status.ready == SETTINGS.workers
        assert (await pool.run(work("one more"))).result.body == b"one more"
    assert not workers.alive
    # A test in which nothing ever went wrong, or nothing well, would show little.
    assert record.kinds["done"] > CLIENTS / 10
    assert len(record.kinds) >= 5, record.kinds


@pytest.mark.parametrize("seed", range(6))
async def test_closing_in_the_middle_ends_all(autojump_clock: MockClock, nursery: trio.Nursery, seed: int) -> None:
    """Closing at any moment of the rush, some workers just dying, ends every client at once, and every worker."""
    dice = random.Random(seed)
    workers = FakeWorkers(nursery, on_start=starts_at_random(dice), on_job=acts_at_random(dice))
    record = Record()
    closing_s = round(dice.uniform(0, RUSH_S), 1)
    async with trio.open_nursery() as clients:
        async with WorkerPool.open(SETTINGS, start=workers.start(SETTINGS)) as pool:
            for number in range(CLIENTS):
                clients.start_soon(come_and_go, pool, number, dice, record)
            clients.start_soon(kill_at_random, workers, dice)
            await trio.sleep_until(closing_s)
            for worker in workers.alive[::2]:
                worker.die()
        assert not workers.alive
        assert trio.current_time() < closing_s + 1
    assert sorted(record.outcomes) == list(range(CLIENTS))
    assert (pool.status.busy, pool.status.ready, pool.status.waiting) == (0, 0, 0)


async def come_and_go(pool: WorkerPool, number: int, dice: random.Random, record: Record) -> None:
    """Arrive at some time, ask for an image, and perhaps leave before it is there."""
    # Whole tenths of a second, so that many things happen at the same instant.
    await trio.sleep(round(dice.uniform(0, RUSH_S), 1))
    patience_s = round(dice.expovariate(1), 1) if dice.random() < 0.5 else float("inf")
    # The plan is this client's own: what a worker sees can be told apart.
    wanted = work(str(dice.randrange(IMAGES)), plan=f"resize:width={number + 1}")
    kind, came_s = "left", trio.current_time()
    with trio.move_on_after(patience_s):
        try:
            done = await pool.run(wanted)
        except ServiceError as error:
            kind = error.slug
        else:
            assert done.result.body.decode() == wanted.image
            kind = "done"
    assert trio.current_time() <= came_s + LONGEST_S
    record.outcomes[number] += 1
    record.kinds[kind] += 1


async def kill_at_random(workers: FakeWorkers, dice: random.Random) -> None:
    """End a worker now and then, idle or busy, as an administrator or the kernel may."""
    while trio.current_time() < RUSH_S:
        await trio.sleep(round(dice.uniform(0.5, 3), 1))
        if workers.alive:
            dice.choice(workers.alive).die()


def starts_at_random(dice: random.Random) -> StartAct:
    """Come up well most of the time, for some time in the middle not at all, and always once the rush is over."""
    starts = {
        says_hello: 8,
        says_hello_after(0.5): 2,
        says_hello_and_dies: 1,
        dies_at_start: 1,
        never_says_hello: 0.3,
    }

    async def act(worker: FakeWorker) -> None:
        now_s = trio.current_time()
        if OUTAGE_S[0] < now_s < OUTAGE_S[1]:
            await dies_at_start(worker)
        await (says_hello if now_s > RUSH_S else _draw(dice, starts))(worker)

    return act


def acts_at_random(dice: random.Random) -> Act:
    """Do most jobs well and go wrong in every way there is, until it has long been calm."""
    acts = {
        answers_after(0.0): 20,
        answers_after(0.1): 20,
        answers_after(0.5): 10,
        answers_after(1.9): 3,
        reports(CorruptImageError()): 5,
        reports(ServiceError("a bug")): 2,
        reports(OutOfMemoryError(), is_last=True): 2,
        answers_and_dies: 2,
        dies: 3,
        dies_after(0.3): 3,
        hangs: 2,
        babbles: 1,
        mistakes_the_job: 1,
        answers_twice: 1,
    }

    async def act(worker: FakeWorker, job: Request) -> None:
        is_calm = trio.current_time() > CALM_S
        await (answers if is_calm else _draw(dice, acts))(worker, job)

    return act


def _draw(dice: random.Random, weights: Mapping[_Choice, float]) -> _Choice:
    return dice.choices(list(weights), list(weights.values()))[0]


def times_run(workers: FakeWorkers) -> Counter[str]:
    """How often each plan was given to a worker."""
    return Counter(job.plan for worker in workers.all for job in worker.jobs)
