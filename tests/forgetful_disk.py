"""A variant cache without a disk and a ledger without a library, for tests on a mock clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from frontend.originals import SourceImage
from frontend.settings import CacheSettings
from frontend.variant_cache import Variant, VariantCache
from frontend.volumes.ephemeral import EphemeralVolume
from frontend.volumes.generations import Generations, Token
from frontend.volumes.memory import MemoryVolume
from frontend.volumes.variant_file import VariantKey, VariantMeta
from shared.plan import Plan


class ForgetfulDisk(EphemeralVolume):
    """An ephemeral volume whose disk takes nothing, and so has nothing."""

    def __init__(self, generations: Generations) -> None:
        super().__init__(Path("/nowhere"), capacity_bytes=0, capacity_entries=0, generations=generations)

    async def get(self, key: VariantKey) -> tuple[VariantMeta, bytes] | None:
        """A miss."""
        return None

    async def put(self, key: VariantKey, meta: VariantMeta, body: bytes, *, token: Token) -> bool:
        """A refusal."""
        return False

    async def delete_image(self, image: str) -> int:
        """There was none."""
        return 0


@asynccontextmanager
async def memory_only(settings: CacheSettings) -> AsyncIterator[VariantCache]:
    """Open a cache with a real memory volume."""
    generations = Generations()
    memory = MemoryVolume[Variant](
        capacity_bytes=settings.cache_bytes,
        capacity_entries=settings.cache_capacity,
        ttl_s=settings.cache_ttl_s,
        clock=trio.current_time,
    )
    async with trio.open_nursery() as nursery:
        yield VariantCache(
            memory=memory, disk=ForgetfulDisk(generations), generations=generations, nursery=nursery
        )


class NoLedger:
    """Notes nothing, as where no image is of the library."""

    def made(self, image: SourceImage, plan: Plan, key: VariantKey, variant: Variant) -> None:
        """Let it pass."""

    def served(self, image: SourceImage, variant: VariantKey | None = None) -> None:
        """Let it pass."""
