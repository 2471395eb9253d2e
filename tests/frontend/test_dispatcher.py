"""The dispatcher: answers from memory, else has a variant made once, and keeps what was made."""

from __future__ import annotations

from collections import Counter

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from frontend.settings import CacheSettings, PoolSettings
from shared.errors import CorruptImageError, DrainingError, QueueFullError, ServiceError
from shared.plan import Plan
from tests.fakes import FakeWorkers, answers
from tests.frontend.dispatching import LIMITS, MADE, OTHER_PLAN, PLAN, STAMP, dispatching, get, note
from tests.habits import answers_after, hangs, in_turn, makes, reports


async def test_variant_is_made_once_and_then_remembered(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """The first request has it made, the next one gets the same from memory."""
    workers = FakeWorkers(nursery)
    async with dispatching(workers) as dispatcher:
        miss, hit = await get(dispatcher), await get(dispatcher)
    assert (miss.cache, hit.cache) == ("miss", "hit")
    assert miss.variant == hit.variant
    assert (hit.variant.body, hit.variant.meta.mime, hit.variant.meta.width) == (MADE, "image/png", 8)
    assert len(workers.all[0].jobs) == 1


async def test_worker_is_told_which_file_it_was(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """The job carries the version of the file that was looked up, the plan and the limits in force."""
    workers = FakeWorkers(nursery)
    async with dispatching(workers) as dispatcher:
        await get(dispatcher)
    (job,) = workers.all[0].jobs
    assert (job.source.path, job.source.stamp, job.source.extension) == ("/images/cat.PNG", STAMP, "png")
    assert (job.source.data, job.plan, job.limits) == (None, PLAN.text, LIMITS)


async def test_times_of_a_variant_are_told(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Who waited is told how long, by stage; who had not to wait is told nothing."""
    workers = FakeWorkers(nursery, on_job=answers_after(2))
    async with dispatching(workers) as dispatcher, trio.open_nursery() as clients:
        clients.start_soon(get, dispatcher)
        await wait_all_tasks_blocked()
        waited = await get(dispatcher, plan=OTHER_PLAN)
        assert waited.timings_ms == {"queue": pytest.approx(2000), "decode": 1.5}
        assert (await get(dispatcher)).timings_ms == {}


async def test_equal_requests_are_one_job(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Fifty clients that ask for the same at once cost one job; one of them is the miss."""
    workers = FakeWorkers(nursery, on_job=answers_after(1))
    outcomes: list[str] = []
    async with dispatching(workers) as dispatcher, trio.open_nursery() as clients:
        for _ in range(50):
            clients.start_soon(note, dispatcher, outcomes)
    assert Counter(outcomes) == {"miss": 1, "coalesced": 49}
    assert workers.attempts("/images/cat.PNG") == 1


async def test_coalesced_variant_is_the_one_that_was_made(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """Who joined gets the same variant and the same times as who came first."""
    workers = FakeWorkers(nursery, on_job=answers_after(1))
    async with dispatching(workers) as dispatcher, trio.open_nursery() as clients:
        clients.start_soon(get, dispatcher)
        await wait_all_tasks_blocked()
        joined = await get(dispatcher)
    assert (joined.cache, joined.variant.body) == ("coalesced", MADE)
    assert joined.timings_ms == {"queue": 0, "decode": 1.5}


async def test_other_plans_are_other_variants(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Two plans for the same image are neither one job nor one entry."""
    workers = FakeWorkers(nursery)
    async with dispatching(workers) as dispatcher:
        found = [(await get(dispatcher, plan=plan)).cache for plan in (PLAN, OTHER_PLAN, PLAN, OTHER_PLAN)]
    assert found == ["miss", "miss", "hit", "hit"]


async def test_failure_is_not_stored(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """What failed once is tried anew for the next one who asks."""
    workers = FakeWorkers(nursery, on_job=in_turn(reports(CorruptImageError())))
    async with dispatching(workers) as dispatcher:
        with pytest.raises(CorruptImageError):
            await get(dispatcher)
        assert dispatcher.memory.entries == 0
        assert (await get(dispatcher)).cache == "miss"


async def test_failure_reaches_all_who_wait(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Those who share a job share its error."""
    workers = FakeWorkers(nursery, on_job=reports(CorruptImageError()))
    outcomes: list[str] = []
    async with dispatching(workers) as dispatcher, trio.open_nursery() as clients:
        for _ in range(5):
            clients.start_soon(note, dispatcher, outcomes)
    assert outcomes == ["corrupt_image"] * 5


async def test_format_that_nobody_knows_is_an_error_of_ours(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """A worker that names a format of its own invention costs a request, not a connection."""
    workers = FakeWorkers(nursery, on_job=in_turn(makes(b"", image_format="bogus")))
    async with dispatching(workers) as dispatcher:
        with pytest.raises(ServiceError, match="bogus"):
            await get(dispatcher)
        assert (await get(dispatcher)).cache == "miss"


async def test_statistics_count_what_memory_answered(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Hits, misses, entries and bytes are those of the memory volume."""
    workers = FakeWorkers(nursery)
    async with dispatching(workers) as dispatcher:
        for _ in range(4):
            await get(dispatcher)
        memory = dispatcher.memory
    assert (memory.hits, memory.misses, memory.hit_rate) == (3, 1, 0.75)
    assert (memory.entries, memory.bytes) == (1, len(MADE))


async def test_variant_is_forgotten_in_time(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Past its time to live a variant is made anew."""
    workers = FakeWorkers(nursery)
    async with dispatching(workers, cache=CacheSettings(cache_ttl_s=60)) as dispatcher:
        await get(dispatcher)
        await trio.sleep(59)
        assert (await get(dispatcher)).cache == "hit"
        await trio.sleep(1)
        assert (await get(dispatcher)).cache == "miss"


@pytest.mark.parametrize(
    "cache",
    [CacheSettings(cache_capacity=0), CacheSettings(cache_bytes=0), CacheSettings(cache_bytes=1000)],
    ids=["no entries", "no bytes", "larger than its share"],
)
async def test_variant_that_is_not_kept_is_served(
    autojump_clock: MockClock, nursery: trio.Nursery, cache: CacheSettings
) -> None:
    """Without room in memory every request has its variant made, and gets it."""
    workers = FakeWorkers(nursery, on_job=makes(bytes(500)))
    async with dispatching(workers, cache=cache) as dispatcher:
        for _ in range(2):
            made = await get(dispatcher)
            assert (made.cache, made.variant.body) == ("miss", bytes(500))


async def test_variant_is_kept_though_all_have_left(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Once a worker has begun, its work is not thrown away: who asks next finds it in memory."""
    workers = FakeWorkers(nursery, on_job=in_turn(answers_after(2)))
    async with dispatching(workers) as dispatcher:
        with trio.move_on_after(1):
            await get(dispatcher)
        assert dispatcher.memory.entries == 0
        await trio.sleep(1.5)
        assert (await get(dispatcher)).cache == "hit"


async def test_nothing_is_made_for_those_who_left_in_time(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """A job that all left before a worker had it is never run."""
    workers = FakeWorkers(nursery, on_job=in_turn(answers_after(5), answers))
    async with dispatching(workers) as dispatcher, trio.open_nursery() as clients:
        clients.start_soon(lambda: get(dispatcher, plan=OTHER_PLAN))
        await wait_all_tasks_blocked()
        with trio.move_on_after(1):
            await get(dispatcher)
    assert [job.plan for job in workers.all[0].jobs] == [OTHER_PLAN.text]


async def test_full_queue_is_told(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """When too much is waiting the refusal reaches the client, with the time to come back."""
    pool = PoolSettings(workers=1, queue_size=1)
    workers = FakeWorkers(nursery, on_job=answers_after(1))
    async with dispatching(workers, pool=pool) as dispatcher, trio.open_nursery() as clients:
        await wait_all_tasks_blocked()
        for width in (10, 11):
            clients.start_soon(lambda plan: get(dispatcher, plan=plan), Plan.parse(f"resize:width={width}"))
            await wait_all_tasks_blocked()
        with pytest.raises(QueueFullError) as refused:
            await get(dispatcher)
        assert refused.value.retry_after_s == 1


async def test_closing_waits_for_nobody(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """On closing, what is in flight ends at once, and who waits for it is told."""
    workers = FakeWorkers(nursery, on_job=hangs)
    outcomes: list[str] = []
    async with dispatching(workers) as dispatcher:
        nursery.start_soon(note, dispatcher, outcomes)
        await wait_all_tasks_blocked()
    await wait_all_tasks_blocked()
    assert outcomes == ["draining"]
    assert trio.current_time() < 1
    with pytest.raises(DrainingError):
        await get(dispatcher)
