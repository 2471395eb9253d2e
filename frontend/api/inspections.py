"""What is in an image's file: looked at by a worker, hashed here, and remembered until the file changes."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio

from frontend.dispatcher import Admit
from frontend.jobs import InspectionWork
from frontend.originals import CHUNK_BYTES, OpenImage, OriginalReader, SourceImage
from frontend.single_flight import SingleFlight
from frontend.worker_pool import WorkerPool
from shared.errors import SourceChangedError, TooLargeError
from shared.limits import Limits
from shared.messages import Inspection, Source

MAX_REMEMBERED = 1000
HASHED_AT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a worker says of a file, and the SHA-256 of its bytes."""

    inspection: Inspection
    hash: str


class Inspections:
    """Looks into each file once, however many ask."""

    def __init__(self, pool: WorkerPool, *, limits: Limits, flights: SingleFlight[str, Found]) -> None:
        self._pool = pool
        self._limits = limits
        self._flights = flights
        self._reader = OriginalReader()
        self._hashing = trio.CapacityLimiter(HASHED_AT_ONCE)
        self._known: OrderedDict[str, Found] = OrderedDict()

    @classmethod
    @asynccontextmanager
    async def open(cls, pool: WorkerPool, *, limits: Limits) -> AsyncIterator[Inspections]:
        """On exit end what is still being looked at."""
        async with SingleFlight[str, Found].open() as flights:
            yield cls(pool, limits=limits, flights=flights)

    async def of(self, image: SourceImage, *, admit: Admit) -> Found:
        """Return what is in the file. ``admit`` is asked before a worker has to look into it; it may refuse.

        Raises the ServiceError that looking into it ends in.
        """
        known = self._known.get(image.identity)
        if known is not None:
            self._known.move_to_end(image.identity)
            return known
        await admit()
        found, _ = await self._flights.run(image.identity, lambda: self._look(image))
        return found

    async def _look(self, image: SourceImage) -> Found:
        if image.stamp.size_bytes > self._limits.max_bytes:
            raise TooLargeError(f"the image has {image.stamp.size_bytes} bytes, limit is {self._limits.max_bytes}")
        source = Source(path=str(image.path), stamp=image.stamp, extension=image.extension)
        inspection = await self._pool.inspect(
            InspectionWork(image=image.identity, source=source, limits=self._limits)
        )
        found = Found(inspection=inspection, hash=image.hash or await self._hash(image))
        self._known[image.identity] = found
        if len(self._known) > MAX_REMEMBERED:
            self._known.popitem(last=False)
        return found

    async def _hash(self, image: SourceImage) -> str:
        file = await self._reader.open(image)
        try:
            if file.image.stamp != image.stamp:
                raise SourceChangedError()
            async with self._hashing:
                return await _digest(file, size_bytes=image.stamp.size_bytes)
        finally:
            file.close()


async def _digest(file: OpenImage, *, size_bytes: int) -> str:
    digest = hashlib.sha256()
    for offset in range(0, size_bytes, CHUNK_BYTES):
        # A quarter of a MiB is hashed in a fraction of a millisecond: not worth a thread's time.
        digest.update(await file.read(CHUNK_BYTES, offset=offset))
    return digest.hexdigest()
