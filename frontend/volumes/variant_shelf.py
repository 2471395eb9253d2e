"""Files of variants and the index of them, kept in step: what the index knows is on disk, and the other way round.

One task at a time gives names to files or takes them away. Bodies are written and read outside of that, side by
side. When to store a variant and what a miss means is the business of ``frontend/volumes/ephemeral.py``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from heapq import merge
from itertools import islice
from pathlib import Path

import structlog
import trio

from frontend.volumes.disk_state import CLEANING_TIMEOUT_S, DiskState
from frontend.volumes.durable_files import UnfinishedFile
from frontend.volumes.variant_file import (
    HEAD_BYTES,
    DamagedVariantError,
    VariantMeta,
    read_variant,
    write_variant,
)
from frontend.volumes.variant_folder import FoundVariant, VariantFolder
from frontend.volumes.variant_index import VariantIndex
from shared.image_address import VolumeKind

_ADOPTED_AT_ONCE = 500
_READERS = 8
_WRITERS = 4

log = structlog.get_logger()


class VariantShelf:
    """Adds, reads and removes variants by name, ``<image>/<variant>``, in threads of its own."""

    def __init__(self, folder: Path, *, index: VariantIndex, disk: DiskState) -> None:
        self._files = VariantFolder(folder)
        self._index = index
        self._disk = disk
        self._naming = trio.Lock()
        # Two limiters: no slow write keeps anyone from reading.
        self._readers = trio.CapacityLimiter(_READERS)
        self._writers = trio.CapacityLimiter(_WRITERS)

    async def prepare(self) -> None:
        """Make the folder, and remove what a crash left unfinished. Before any file is added."""
        with self._disk.note():
            removed = await trio.to_thread.run_sync(self._files.prepare, limiter=self._writers)
            if removed:
                log.info("volume.unfinished_removed", volume=VolumeKind.EPHEMERAL, files=removed)

    async def add(self, name: str, meta: VariantMeta, body: bytes, *, is_wanted: Callable[[], bool]) -> bool:
        """Write a file in place of an earlier one and evict what must go; say whether that was done.

        ``is_wanted`` is asked when the file is about to get its name: what is removed from then on waits for us.
        """
        with self._disk.note():
            async with self._written(name, meta, body) as file, self._naming:
                if not is_wanted():
                    return False
                await trio.to_thread.run_sync(self._files.publish, file, name, limiter=self._writers)
                self._index.put(name, size_bytes=HEAD_BYTES + len(body))
            self._disk.worked()
            await self._evict()
            return True
        return False

    async def read(self, name: str) -> tuple[VariantMeta, bytes] | None:
        """Read a file, or None. One that is not whole is removed."""
        try:
            return await trio.to_thread.run_sync(read_variant, self._files.path(name), name, limiter=self._readers)
        except FileNotFoundError:
            if name in self._index:
                await self._forget_unless_whole(name)
        except DamagedVariantError as error:
            self._disk.reading_failed(error)
            await self._forget_unless_whole(name)
        except OSError as error:
            # Of the disk or of us (no descriptor left): no reason to remove what may be whole.
            self._disk.reading_failed(error)
        return None

    async def remove(self, name: str) -> bool:
        """Remove a file, and say whether there was one. Raises VolumeError, and then no longer knows it either."""
        async with self._naming:
            self._index.doom(name)
            with self._disk.watch():
                return await self._remove((name,)) > 0

    async def remove_image(self, image: str) -> int:
        """Remove all files of an image and say how many there were. Raises VolumeError."""
        async with self._naming:
            with self._disk.watch():
                found = await trio.to_thread.run_sync(self._files.list_image, image, limiter=self._writers)
                names = [variant.name for variant in found]
                for name in names:
                    self._index.doom(name)
                return await self._remove(names)

    async def adopt_files(self) -> None:
        """Find what an earlier process left, while the shelf is in use, and index it in small steps."""
        started_s = trio.current_time()
        runs = await self._search()
        self._index.expect(runs)
        oldest_first = merge(*runs)
        while step := list(islice(oldest_first, _ADOPTED_AT_ONCE)):
            async with self._naming:
                self._index.adopt(step)
            await self._evict()
        self._index.complete()
        log.info(
            "volume.indexed",
            volume=VolumeKind.EPHEMERAL,
            entries=len(self._index),
            bytes=self._index.used_bytes,
            took_s=round(trio.current_time() - started_s, 3),
        )

    async def _search(self) -> list[list[FoundVariant]]:
        """Return what lies in each part of the folder; a part that cannot be read is left out."""
        fans: list[str] = []
        runs: list[list[FoundVariant]] = []
        with self._disk.note():
            fans = await trio.to_thread.run_sync(self._files.fans, limiter=self._readers)
        for fan in fans:
            with self._disk.note():
                runs.append(await trio.to_thread.run_sync(self._files.list_fan, fan, limiter=self._readers))
        return runs

    @asynccontextmanager
    async def _written(self, name: str, meta: VariantMeta, body: bytes) -> AsyncIterator[UnfinishedFile]:
        """Write a file, which is removed again unless it is given its name. Raises OSError."""
        file = await trio.to_thread.run_sync(
            write_variant, self._files.incoming, name, meta, body, limiter=self._writers
        )
        try:
            yield file
        finally:
            if not file.is_named:
                with trio.move_on_after(CLEANING_TIMEOUT_S, shield=True), self._disk.note():
                    await trio.to_thread.run_sync(file.discard, limiter=self._writers)

    async def _evict(self) -> None:
        """Remove what the index has doomed, and what could not be removed earlier."""
        if self._index.doomed:
            # Shielded: only when the files have gone are the books true.
            with trio.move_on_after(CLEANING_TIMEOUT_S, shield=True), self._disk.note():
                async with self._naming:
                    await self._remove(tuple(self._index.doomed))

    async def _remove(self, doomed: Sequence[str]) -> int:
        """Remove files and say how many there were; what the disk keeps stays doomed. Raises OSError."""
        removal = await trio.to_thread.run_sync(self._files.remove, doomed, limiter=self._writers)
        self._index.doomed -= removal.gone
        if removal.error is not None:
            raise removal.error
        return removal.found

    async def _forget_unless_whole(self, name: str) -> None:
        """Look once more while nobody names files: a new one may have come in the meantime."""
        async with self._naming:
            with self._disk.note():
                if await trio.to_thread.run_sync(self._files.remove_unless_whole, name, limiter=self._writers):
                    self._index.forget(name)
