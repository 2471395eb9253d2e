"""Removes what nobody can have any more: orphaned originals, and variants of which only half is left.

Nobody else may use the data folder meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

import trio

from frontend.library import hash_rows, variant_rows
from frontend.library.consistency import side_by_side
from frontend.library.database import Database
from frontend.volumes.errors import volume_error
from frontend.volumes.original_files import is_hash
from frontend.volumes.persistent import PersistentVolume
from frontend.volumes.variant_folder import VariantFolder

_NS_PER_S = 1_000_000_000
_READ_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """How much of a kind was removed, and how many bytes that gave back."""

    count: int
    size_bytes: int = 0


async def remove_orphans(
    database: Database, originals: PersistentVolume, *, older_than_s: float, now_s: float
) -> Removed:
    """Remove the originals that no record knows, unless they were written just now; ``now_s`` is since 1970."""
    newest_ns = round((now_s - older_than_s) * _NS_PER_S)
    count = size_bytes = 0
    async with side_by_side(database, originals) as entries:
        async for entry in entries:
            if entry.record is None and entry.stamp is not None and entry.stamp.mtime_ns <= newest_ns:
                await originals.delete(entry.hash)
                count += 1
                size_bytes += entry.size_bytes
    return Removed(count=count, size_bytes=size_bytes)


async def remove_variant_records(database: Database, variants: VariantFolder) -> Removed:
    """Remove the records of variants whose files were evicted."""
    count, last = 0, ""
    while keys := await database.read(hash_rows.variant_keys_after, last, limit=_READ_AT_ONCE):
        gone = await trio.to_thread.run_sync(_without_files, variants, keys)
        await database.write(variant_rows.delete, gone)
        count += len(gone)
        last = keys[-1]
    return Removed(count=count)


async def remove_variant_files(database: Database, variants: VariantFolder) -> Removed:
    """Remove the variants of library images that are there no more.

    Those of files in the drop-in folder have no records in any case: of them nothing can be said.
    """
    count = size_bytes = 0
    for fan in await trio.to_thread.run_sync(_fans, variants):
        images = await trio.to_thread.run_sync(_library_images, variants, fan)
        known = await database.read(hash_rows.known_among, list(images))
        for image in sorted(images.keys() - known):
            removal = await trio.to_thread.run_sync(variants.remove, images[image])
            if removal.error is not None:
                raise volume_error(removal.error) from removal.error
            count += removal.found
            size_bytes += sum(images[image].values())
    return Removed(count=count, size_bytes=size_bytes)


def _library_images(variants: VariantFolder, fan: str) -> dict[str, dict[str, int]]:
    """Return the library images in one part of the folder, and for each its variants' bytes by name."""
    images: dict[str, dict[str, int]] = {}
    for found in variants.list_fan(fan):
        image = found.name.partition("/")[0]
        if is_hash(image):
            images.setdefault(image, {})[found.name] = found.size_bytes
    return images


def _fans(variants: VariantFolder) -> list[str]:
    try:
        return variants.fans()
    except FileNotFoundError:  # nothing was ever made
        return []


def _without_files(variants: VariantFolder, keys: list[str]) -> list[str]:
    return [key for key in keys if not variants.path(key).is_file()]
