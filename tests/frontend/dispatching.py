"""A dispatcher in front of fake workers, for the tests of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from frontend.dispatcher import Admit, Dispatched, Dispatcher, Wanted, open_flights
from frontend.originals import SourceImage
from frontend.settings import CacheSettings, PoolSettings
from frontend.variant_cache import VariantCache
from frontend.volumes.memory import MemoryStatistics
from frontend.worker_pool import WorkerPool
from shared.errors import ServiceError
from shared.limits import Limits
from shared.messages import FileStamp
from shared.plan import Plan
from tests.fakes import FakeWorkers
from tests.forgetful_disk import NoLedger, memory_only

LIMITS = Limits(max_pixels=1234)
STAMP = FileStamp(size_bytes=5, mtime_ns=7, inode=9)
IMAGE = SourceImage(name="cat.PNG", path=Path("/images/cat.PNG"), stamp=STAMP)
PLAN, OTHER_PLAN = Plan.parse("resize:width=8"), Plan.parse("resize:width=9")
MADE = b"/images/cat.PNG"  # what the fake workers make of it
POOL = PoolSettings(workers=1)


@dataclass(frozen=True, slots=True)
class Dispatching:
    """A dispatcher, and what it keeps variants in."""

    dispatcher: Dispatcher
    cache: VariantCache

    @property
    def memory(self) -> MemoryStatistics:
        """How the memory volume is doing."""
        return self.cache.memory


@asynccontextmanager
async def dispatching(
    workers: FakeWorkers, *, pool: PoolSettings = POOL, cache: CacheSettings | None = None
) -> AsyncIterator[Dispatching]:
    """Open a dispatcher in front of these workers, in the order of the real server."""
    async with (
        memory_only(cache or CacheSettings()) as opened_cache,
        open_flights() as flights,
        WorkerPool.open(pool, start=workers.start(pool)) as opened,
    ):
        yield Dispatching(
            Dispatcher(opened, cache=opened_cache, flights=flights, ledger=NoLedger(), limits=LIMITS), opened_cache
        )


async def anyone() -> None:
    """Have whatever is asked for made."""


async def get(dispatching: Dispatching, *, plan: Plan = PLAN, admit: Admit = anyone) -> Dispatched:
    """Ask for the image by a plan."""
    wanted = Wanted(image=IMAGE, plan=plan, key=plan.key(IMAGE.identity, engine="x"))
    return await dispatching.dispatcher.variant(wanted, admit=admit)


async def note(dispatcher: Dispatching, outcomes: list[str], *, plan: Plan = PLAN, admit: Admit = anyone) -> None:
    """Ask for the image, and note how it was come by, or the error's slug."""
    try:
        outcomes.append((await get(dispatcher, plan=plan, admit=admit)).cache)
    except ServiceError as error:
        outcomes.append(error.slug)
