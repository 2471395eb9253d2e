"""The two volumes of made variants as one: memory in front of disk, and nothing deleted ever comes back.

Which variant is wanted and who makes it is the dispatcher's business; what is evicted from where is each volume's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trio

from frontend.settings import CacheSettings
from frontend.volumes.ephemeral import EphemeralStatistics, EphemeralVolume
from frontend.volumes.generations import Generations, Token
from frontend.volumes.memory import MemoryStatistics, MemoryVolume
from frontend.volumes.variant_file import VariantKey, VariantMeta


@dataclass(frozen=True, slots=True)
class Variant:
    """An image made from another by a plan, ready to be sent."""

    meta: VariantMeta
    body: bytes

    @property
    def size_bytes(self) -> int:
        """The room it takes."""
        return len(self.body)


class VariantCache:
    """Keeps variants in memory, and on disk for longer."""

    def __init__(
        self,
        *,
        memory: MemoryVolume[Variant],
        disk: EphemeralVolume,
        generations: Generations,
        nursery: trio.Nursery,
    ) -> None:
        self._memory = memory
        self._disk = disk
        self._generations = generations
        self._nursery = nursery

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, settings: CacheSettings) -> AsyncIterator[VariantCache]:
        """Take over what an earlier process left in ``folder``; on exit finish writing."""
        generations = Generations()
        memory = MemoryVolume[Variant](
            capacity_bytes=settings.cache_bytes,
            capacity_entries=settings.cache_capacity,
            ttl_s=settings.cache_ttl_s,
            clock=trio.current_time,
        )
        async with (
            EphemeralVolume.open(
                folder,
                capacity_bytes=settings.ephemeral_bytes,
                capacity_entries=settings.ephemeral_capacity,
                generations=generations,
            ) as disk,
            trio.open_nursery() as nursery,
        ):
            yield cls(memory=memory, disk=disk, generations=generations, nursery=nursery)

    @property
    def memory(self) -> MemoryStatistics:
        """How the memory volume is doing."""
        return self._memory.statistics()

    @property
    def disk(self) -> EphemeralStatistics:
        """How the ephemeral volume is doing."""
        return self._disk.statistics()

    def begin(self, image: str) -> Token:
        """Take this before work for an image is begun; ``keep`` asks for it."""
        return self._generations.begin(image)

    def in_memory(self, key: VariantKey) -> Variant | None:
        """Return the variant if memory has it."""
        return self._memory.get(str(key))

    async def on_disk(self, key: VariantKey, *, token: Token) -> Variant | None:
        """Return the variant if the disk has it; memory has it from then on, too."""
        found = await self._disk.get(key)
        if found is None:
            return None
        variant = Variant(*found)
        self._remember(key, variant, token=token)
        return variant

    def keep(self, key: VariantKey, variant: Variant, *, token: Token) -> None:
        """Keep a variant, unless its image was deleted since ``token`` was taken. Nobody waits for the disk."""
        self._remember(key, variant, token=token)
        self._nursery.start_soon(self._store, key, variant, token)

    async def forget(self, images: Collection[str]) -> int:
        """Drop every variant of these images, those that are being made included; say how many lay on disk.

        Raises VolumeError when some could not be removed from the disk.
        """
        self._forget_in_memory(images)
        try:
            return sum([await self._disk.delete_image(image) for image in images])
        finally:
            # Once more: who was reading a file while it was deleted may have remembered it since.
            self._forget_in_memory(images)

    def _forget_in_memory(self, images: Collection[str]) -> None:
        for image in images:
            self._generations.delete(image)
        self._memory.delete_where(lambda key: key.partition("/")[0] in images)

    def _remember(self, key: VariantKey, variant: Variant, *, token: Token) -> None:
        if self._generations.is_current(token):
            self._memory.put(str(key), variant, size_bytes=variant.size_bytes)

    async def _store(self, key: VariantKey, variant: Variant, token: Token) -> None:
        await self._disk.put(key, variant.meta, variant.body, token=token)
