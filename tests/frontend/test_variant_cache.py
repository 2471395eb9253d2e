"""Memory and disk as one cache of variants, on a real disk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from trio.testing import wait_all_tasks_blocked

from frontend.settings import CacheSettings
from frontend.variant_cache import Variant, VariantCache
from frontend.volumes.variant_file import VariantKey, VariantMeta

META = VariantMeta(mime="image/webp", width=3, height=2, frames=1, has_alpha=False)
VARIANT = Variant(META, b"the bytes")
CAT, DOG = "c" * 32, "d" * 32
KEY, OTHER_KEY = VariantKey(CAT, "1" * 32), VariantKey(DOG, "1" * 32)


@asynccontextmanager
async def opened(folder: Path, **settings: int) -> AsyncIterator[VariantCache]:
    """Open a cache whose files lie in ``folder``."""
    async with VariantCache.open(folder, CacheSettings.model_validate(settings)) as cache:
        yield cache


async def test_kept_variant_is_in_memory_at_once(tmp_path: Path) -> None:
    """Who asks next need not wait for any disk."""
    async with opened(tmp_path) as cache:
        cache.keep(KEY, VARIANT, token=cache.begin(CAT))
        assert cache.in_memory(KEY) == VARIANT
        assert cache.in_memory(OTHER_KEY) is None


async def test_variant_survives_a_restart(tmp_path: Path) -> None:
    """What was kept is on disk when the cache is closed, and in memory again once it was asked for."""
    async with opened(tmp_path) as cache:
        cache.keep(KEY, VARIANT, token=cache.begin(CAT))
    async with opened(tmp_path) as cache:
        assert cache.in_memory(KEY) is None
        assert await cache.on_disk(KEY, token=cache.begin(CAT)) == VARIANT
        assert cache.in_memory(KEY) == VARIANT
        assert cache.disk.hits == 1


async def test_forgotten_image_is_nowhere(tmp_path: Path) -> None:
    """All variants of an image leave memory and disk; those of others stay."""
    async with opened(tmp_path) as cache:
        for key in (KEY, OTHER_KEY):
            cache.keep(key, VARIANT, token=cache.begin(key.image))
        await _written(cache, entries=2)
        assert await cache.forget([CAT]) == 1
        assert cache.in_memory(KEY) is None
        assert await cache.on_disk(KEY, token=cache.begin(CAT)) is None
        assert cache.in_memory(OTHER_KEY) == VARIANT
        assert await cache.on_disk(OTHER_KEY, token=cache.begin(DOG)) == VARIANT


async def test_variant_begun_before_its_image_was_deleted_does_not_come_back(tmp_path: Path) -> None:
    """What a worker still made of a deleted image is kept nowhere, also over a restart."""
    async with opened(tmp_path) as cache:
        token = cache.begin(CAT)
        await cache.forget([CAT])
        cache.keep(KEY, VARIANT, token=token)
        assert cache.in_memory(KEY) is None
    async with opened(tmp_path) as cache:
        assert await cache.on_disk(KEY, token=cache.begin(CAT)) is None


async def test_reader_does_not_bring_back_what_is_deleted_meanwhile(tmp_path: Path) -> None:
    """A variant read from the disk while its image is deleted is not remembered."""
    async with opened(tmp_path) as cache:
        cache.keep(KEY, VARIANT, token=cache.begin(CAT))
        await _written(cache, entries=1)
    async with opened(tmp_path) as cache, trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(_read, cache)
        await cache.forget([CAT])
        await wait_all_tasks_blocked()
        assert cache.in_memory(KEY) is None


async def test_image_may_come_back_after_it_was_deleted(tmp_path: Path) -> None:
    """Work begun after a deletion is kept."""
    async with opened(tmp_path) as cache:
        await cache.forget([CAT])
        cache.keep(KEY, VARIANT, token=cache.begin(CAT))
        assert cache.in_memory(KEY) == VARIANT


async def test_without_a_disk_memory_goes_on(tmp_path: Path) -> None:
    """A capacity of 0 stores nothing on disk."""
    async with opened(tmp_path, ephemeral_capacity=0) as cache:
        cache.keep(KEY, VARIANT, token=cache.begin(CAT))
        assert cache.in_memory(KEY) == VARIANT
    assert _files_in(tmp_path) == []


async def _read(cache: VariantCache) -> None:
    await cache.on_disk(KEY, token=cache.begin(CAT))


async def _written(cache: VariantCache, *, entries: int) -> None:
    """Wait for the disk: pytest's time limit ends a wait in vain."""
    while cache.disk.entries < entries:  # noqa: ASYNC110 - a volume has no event for it, and needs none
        await trio.sleep(0.001)


def _files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
