"""The ephemeral volume (eVol): made variants on disk, evicted by the volume itself, kept over a restart.

Losing a variant costs only making it again. So nothing here waits for the disk to be sure of a file, a file that
is not whole is a miss, and a disk that is full or fails only ends the storing of new ones. Which variants stay is
decided by ``frontend/volumes/variant_index.py``. It lives in memory and is filled anew after each start, without
reading the files and while the volume is already used.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import trio

from frontend.volumes.disk_state import DiskState
from frontend.volumes.generations import Generations, Token
from frontend.volumes.variant_file import HEAD_BYTES, VariantKey, VariantMeta, check_key
from frontend.volumes.variant_index import VariantIndex
from frontend.volumes.variant_shelf import VariantShelf
from shared.image_address import VolumeKind

MAX_PUTS = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class EphemeralStatistics:
    """What the volume holds now, and what it did since it was opened.

    ``entries`` and ``bytes`` are those of the files, heads included; while ``is_indexing``, of those known so far.
    ``refusals`` are puts for which the disk was too slow. While ``is_degraded``, nothing new is stored; ``reason``
    says why.
    """

    entries: int
    bytes: int
    capacity_bytes: int
    capacity_entries: int
    hits: int
    misses: int
    hit_rate: float
    evictions: int
    errors: int
    refusals: int
    is_indexing: bool
    is_degraded: bool
    reason: str | None


class EphemeralVolume:
    """Variants by key, in bounded bytes and entries of disk. A capacity of 0 stores nothing."""

    def __init__(
        self, folder: Path, *, capacity_bytes: int, capacity_entries: int, generations: Generations
    ) -> None:
        self._index = VariantIndex(capacity_bytes=capacity_bytes, capacity_entries=capacity_entries)
        self._disk = DiskState(VolumeKind.EPHEMERAL, clock=trio.current_time)
        self._shelf = VariantShelf(Path(os.path.abspath(folder)), index=self._index, disk=self._disk)
        self._generations = generations
        self._puts = 0
        self._hits = 0
        self._misses = 0
        self._refusals = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, *, capacity_bytes: int, capacity_entries: int, generations: Generations
    ) -> AsyncIterator[EphemeralVolume]:
        """Serve at once, and find meanwhile what an earlier process left.

        ``generations`` hears of every image deleted here; share it with whoever else keeps variants.
        """
        volume = cls(
            folder, capacity_bytes=capacity_bytes, capacity_entries=capacity_entries, generations=generations
        )
        await volume._shelf.prepare()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(volume._shelf.adopt_files)
            yield volume
            nursery.cancel_scope.cancel()

    async def get(self, key: VariantKey) -> tuple[VariantMeta, bytes] | None:
        """Return the variant, or None. A file that is not whole is removed."""
        name = str(key)
        # The files that are not indexed yet are served all the same.
        if self._index.get(name) or not self._index.is_complete:
            found = await self._shelf.read(name)
            if found is not None:
                self._hits += 1
                return found
        self._misses += 1
        return None

    async def put(self, key: VariantKey, meta: VariantMeta, body: bytes, *, token: Token) -> bool:
        """Store the variant in place of an earlier one; say whether that was done.

        It is not if the image was deleted since ``token`` was taken, if the variant is too large for the volume,
        or if the disk does not take it. Who asked for the variant can be served all the same.
        """
        if token.image != key.image:
            raise ValueError(f"a token of {token.image} for a variant of {key.image}")
        is_wanted = partial(self._generations.is_current, token)
        if not (is_wanted() and self._index.admits(HEAD_BYTES + len(body)) and self._may_write()):
            return False
        self._puts += 1
        try:
            return await self._shelf.add(str(key), meta, body, is_wanted=is_wanted)
        finally:
            self._puts -= 1

    async def delete(self, key: VariantKey) -> bool:
        """Remove one variant; say whether there was a file.

        Raises VolumeError, and then it is not given out all the same, unless the server is started anew.
        """
        return await self._shelf.remove(str(key))

    async def delete_image(self, image: str) -> int:
        """Remove every variant of an image, and those that are being made; say how many files there were.

        Raises VolumeError, and then some may still be given out.
        """
        check_key(image)
        self._generations.delete(image)
        return await self._shelf.remove_image(image)

    def statistics(self) -> EphemeralStatistics:
        """Return the figures of this moment."""
        gets = self._hits + self._misses
        return EphemeralStatistics(
            entries=len(self._index),
            bytes=self._index.used_bytes,
            capacity_bytes=self._index.capacity_bytes,
            capacity_entries=self._index.capacity_entries,
            hits=self._hits,
            misses=self._misses,
            hit_rate=self._hits / gets if gets else 0.0,
            evictions=self._index.evictions,
            errors=self._disk.errors,
            refusals=self._refusals,
            is_indexing=not self._index.is_complete,
            is_degraded=self._disk.reason is not None,
            reason=self._disk.reason,
        )

    def _may_write(self) -> bool:
        if self._puts >= MAX_PUTS:
            self._refusals += 1
            return False
        return self._disk.is_to_be_tried()
