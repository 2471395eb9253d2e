"""The single entry for image work: answers from the fastest place that has a variant, else has it made once.

Memory volume → single flight → worker pool. It never touches a pixel and never reads a file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio

from frontend.drop_in import SourceImage
from frontend.jobs import Work
from frontend.settings import CacheSettings
from frontend.single_flight import SingleFlight
from frontend.volumes.memory import MemoryStatistics, MemoryVolume
from frontend.worker_pool import WorkerPool
from shared.errors import ServiceError
from shared.formats import BY_NAME
from shared.limits import Limits
from shared.messages import Result, Source
from shared.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """An image made from another by a plan, ready to be sent."""

    mime: str
    width: int
    height: int
    frames: int
    has_alpha: bool
    body: bytes

    @property
    def size_bytes(self) -> int:
        """The room it takes in a volume."""
        return len(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """A variant and how it was come by: ``hit``, ``miss`` or ``coalesced``; times by stage."""

    variant: Variant
    cache: str
    timings_ms: dict[str, float] = field(default_factory=dict)


class Dispatcher:
    """Owns the memory volume and single flight in front of the pool."""

    def __init__(
        self,
        pool: WorkerPool,
        *,
        memory: MemoryVolume[Variant],
        flights: SingleFlight[str, Dispatched],
        limits: Limits,
    ) -> None:
        self._pool = pool
        self._memory = memory
        self._flights = flights
        self._limits = limits

    @classmethod
    @asynccontextmanager
    async def open(cls, pool: WorkerPool, *, cache: CacheSettings, limits: Limits) -> AsyncIterator[Dispatcher]:
        """Make the volume and the flights; on exit cancel what is being made."""
        memory = MemoryVolume[Variant](
            capacity_bytes=cache.cache_bytes,
            capacity_entries=cache.cache_capacity,
            ttl_s=cache.cache_ttl_s,
            clock=trio.current_time,
        )
        async with SingleFlight[str, Dispatched].open() as flights:
            yield cls(pool, memory=memory, flights=flights, limits=limits)

    @property
    def memory(self) -> MemoryStatistics:
        """How the memory volume is doing."""
        return self._memory.statistics()

    async def variant(self, image: SourceImage, plan: Plan, *, key: str) -> Dispatched:
        """Return the variant called ``key``, made by ``plan`` from ``image``.

        Raises the ServiceError that making it ends in.
        """
        stored = self._memory.get(key)
        if stored is not None:
            return Dispatched(variant=stored, cache="hit")

        async def make() -> Dispatched:
            return await self._make(image, plan, key=key)

        made, is_first = await self._flights.run(key, make)
        return (
            made if is_first else Dispatched(variant=made.variant, cache="coalesced", timings_ms=made.timings_ms)
        )

    async def _make(self, image: SourceImage, plan: Plan, *, key: str) -> Dispatched:
        source = Source(path=str(image.path), stamp=image.stamp, extension=image.extension)
        work = Work(image=image.identity, key=key, source=source, plan=plan, limits=self._limits)
        done = await self._pool.run(work)
        variant = _variant_of(done.result)
        self._memory.put(key, variant, size_bytes=variant.size_bytes)
        timings_ms = {"queue": done.queued_ms, **done.result.timings_ms}
        return Dispatched(variant=variant, cache="miss", timings_ms=timings_ms)


def _variant_of(result: Result) -> Variant:
    image_format = BY_NAME.get(result.format)
    if image_format is None:
        raise ServiceError(f"a worker made an image of a format that nobody knows: {result.format!r}")
    return Variant(
        mime=image_format.mime,
        width=result.width,
        height=result.height,
        frames=result.frames,
        has_alpha=result.has_alpha,
        body=result.body,
    )
