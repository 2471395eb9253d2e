"""The single entry for image work: answers from the fastest place that has a variant, else has it made once.

Memory volume → single flight → ephemeral volume → worker pool. It never touches a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

from frontend.jobs import Work
from frontend.originals import SourceImage
from frontend.single_flight import SingleFlight
from frontend.variant_cache import Variant, VariantCache
from frontend.volumes.variant_file import VariantKey, VariantMeta
from frontend.worker_pool import WorkerPool
from shared.errors import ServiceError
from shared.formats import BY_NAME
from shared.limits import Limits
from shared.messages import Result, Source
from shared.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """A variant and how it was come by: ``hit``, ``miss`` or ``coalesced``; times by stage."""

    variant: Variant
    cache: str
    timings_ms: dict[str, float] = field(default_factory=dict)


class Ledger(Protocol):
    """Notes what is made and what is served; neither waits."""

    def made(self, image: SourceImage, plan: Plan, key: VariantKey, variant: Variant) -> None:
        """A worker has made a variant."""

    def served(self, image: SourceImage, variant: VariantKey | None = None) -> None:
        """Someone is given a variant, or the original."""


class Dispatcher:
    """Knows where a variant may be, and has those that are nowhere made."""

    def __init__(
        self,
        pool: WorkerPool,
        *,
        cache: VariantCache,
        flights: SingleFlight[VariantKey, Dispatched],
        ledger: Ledger,
        limits: Limits,
    ) -> None:
        self._pool = pool
        self._cache = cache
        self._flights = flights
        self._ledger = ledger
        self._limits = limits

    async def variant(self, image: SourceImage, plan: Plan, *, key: str) -> Dispatched:
        """Return the variant called ``key``, made by ``plan`` from ``image``.

        Raises the ServiceError that making it ends in.
        """
        name = VariantKey(image.key, key)
        stored = self._cache.in_memory(name)
        if stored is not None:
            self._ledger.served(image, name)
            return Dispatched(variant=stored, cache="hit")

        async def find_or_make() -> Dispatched:
            return await self._find_or_make(image, plan, name)

        found, is_first = await self._flights.run(name, find_or_make)
        self._ledger.served(image, name)
        return found if is_first else replace(found, cache="coalesced")

    async def _find_or_make(self, image: SourceImage, plan: Plan, name: VariantKey) -> Dispatched:
        token = self._cache.begin(name.image)
        stored = await self._cache.on_disk(name, token=token)
        if stored is not None:
            return Dispatched(variant=stored, cache="hit")
        source = Source(path=str(image.path), stamp=image.stamp, extension=image.extension)
        work = Work(image=image.identity, key=name.variant, source=source, plan=plan, limits=self._limits)
        done = await self._pool.run(work)
        variant = _variant_of(done.result)
        self._cache.keep(name, variant, token=token)
        self._ledger.made(image, plan, name, variant)
        timings_ms = {"queue": done.queued_ms, **done.result.timings_ms}
        return Dispatched(variant=variant, cache="miss", timings_ms=timings_ms)


def _variant_of(result: Result) -> Variant:
    image_format = BY_NAME.get(result.format)
    if image_format is None:
        raise ServiceError(f"a worker made an image of a format that nobody knows: {result.format!r}")
    meta = VariantMeta(
        mime=image_format.mime,
        width=result.width,
        height=result.height,
        frames=result.frames,
        has_alpha=result.has_alpha,
    )
    return Variant(meta, result.body)
