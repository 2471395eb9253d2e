"""The single entry for image work: answers from the fastest place that has a variant, else has it made once.

Memory volume → single flight → ephemeral volume → worker pool. It never touches a pixel.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import trio

from frontend.jobs import Work
from frontend.originals import SourceImage
from frontend.single_flight import SingleFlight
from frontend.variant_cache import Variant, VariantCache
from frontend.volumes.variant_file import VariantKey, VariantMeta
from frontend.worker_pool import WorkerPool
from shared.errors import RateLimitedError, ServiceError
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


@dataclass(frozen=True, slots=True)
class _Refused:
    """Whoever came first may have nothing made; this says nothing of those who wait for the same."""

    error: RateLimitedError


class Ledger(Protocol):
    """Notes what is made and what is served; neither waits."""

    def made(self, image: SourceImage, plan: Plan, key: VariantKey, variant: Variant) -> None:
        """A worker has made a variant."""

    def served(self, image: SourceImage, variant: VariantKey | None = None) -> None:
        """Someone is given a variant, or the original."""


Admit = Callable[[], Awaitable[None]]
"""Raises RateLimitedError for whoever may have nothing made just now."""
Flights = SingleFlight[VariantKey, Dispatched | _Refused]
open_flights = Flights.open
"""Open what joins equal requests; on exit what is in the air is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A variant: the image, the images laid upon it by the names the plan has for them, the plan, and its key."""

    image: SourceImage
    plan: Plan
    key: str
    overlays: Mapping[str, SourceImage] = field(default_factory=dict)

    def work(self, limits: Limits) -> Work:
        """What a worker has to do to make it."""
        return Work(
            image=self.image.identity,
            key=self.key,
            source=_source(self.image),
            plan=self.plan,
            limits=limits,
            overlays={name: _source(overlay) for name, overlay in self.overlays.items()},
        )


def _source(image: SourceImage) -> Source:
    return Source(path=str(image.path), stamp=image.stamp, extension=image.extension)


class Dispatcher:
    """Knows where a variant may be, and has those that are nowhere made."""

    def __init__(
        self,
        pool: WorkerPool,
        *,
        cache: VariantCache,
        flights: Flights,
        ledger: Ledger,
        limits: Limits,
    ) -> None:
        self._pool = pool
        self._cache = cache
        self._flights = flights
        self._ledger = ledger
        self._limits = limits

    async def variant(self, wanted: Wanted, *, admit: Admit) -> Dispatched:
        """Return the variant that is wanted. ``admit`` is asked before anything is made; it may refuse.

        Raises the ServiceError that making it ends in, and what ``admit`` raises.
        """
        name = VariantKey(wanted.image.key, wanted.key)
        stored = self._cache.in_memory(name)
        if stored is None:
            return await self._join(wanted, name, admit)
        self._ledger.served(wanted.image, name)
        return Dispatched(variant=stored, cache="hit")

    async def _join(self, wanted: Wanted, name: VariantKey, admit: Admit) -> Dispatched:
        found, is_first = await self._flights.run(name, lambda: self._find_or_make(wanted, name, admit))
        while isinstance(found, _Refused):
            if is_first:
                raise found.error
            # Now it is for this one to have it made, or for another of those who waited.
            await admit()
            found, is_first = await self._flights.run(name, lambda: self._find_or_make(wanted, name, _freely))
        self._ledger.served(wanted.image, name)
        return found if is_first else replace(found, cache="coalesced")

    async def _find_or_make(self, wanted: Wanted, name: VariantKey, admit: Admit) -> Dispatched | _Refused:
        token = self._cache.begin(name.image)
        stored = await self._cache.on_disk(name, token=token)
        if stored is not None:
            return Dispatched(variant=stored, cache="hit")
        try:
            await admit()
        except RateLimitedError as error:
            return _Refused(error)
        done = await self._pool.run(wanted.work(self._limits))
        variant = _variant_of(done.result)
        self._cache.keep(name, variant, token=token)
        self._ledger.made(wanted.image, wanted.plan, name, variant)
        timings_ms = {"queue": done.queued_ms, **done.result.timings_ms}
        return Dispatched(variant=variant, cache="miss", timings_ms=timings_ms)


async def _freely() -> None:
    """Admit whoever was asked before."""
    await trio.lowlevel.checkpoint()


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
