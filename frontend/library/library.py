"""The library: images that the server owns. Ties the catalogue, the persistent volume and the variants together.

How images come in is ``ingest.py``; which records there are is the catalogue's business, and which bytes the
volumes'.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trio

from frontend import audit
from frontend.library.catalogue import FILE_NAME, Catalogue
from frontend.library.ingest import Ingest, Wishes
from frontend.library.names import is_generated
from frontend.library.records import ImageRecord, NewVariant
from frontend.originals import SourceImage, Standing
from frontend.settings import LibrarySettings
from frontend.start_error import StartError
from frontend.variant_cache import Variant, VariantCache
from frontend.volumes.errors import VolumeError
from frontend.volumes.incoming import Incoming
from frontend.volumes.key_locks import KeyLocks
from frontend.volumes.persistent import PersistentStatistics, PersistentVolume
from frontend.volumes.variant_file import VariantKey
from frontend.worker_pool import WorkerPool
from shared.errors import ImageNotFoundError, ServiceError
from shared.formats import BY_MIME
from shared.limits import Limits
from shared.plan import Plan

VOLUME = "pvol"
MAX_KNOWN_NAMES = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    """What a name means, as it was looked up last; None means nothing."""

    image: SourceImage | None


class Library:
    """Finds, adds, tags, deletes and purges; ``ingest`` receives, ``catalogue`` lists and draws."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        originals: PersistentVolume,
        cache: VariantCache,
        ingest: Ingest,
        locks: KeyLocks,
    ) -> None:
        self.catalogue = catalogue
        self.ingest = ingest
        self._originals = originals
        self._cache = cache
        self._locks = locks
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._changes = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        folder: Path,
        settings: LibrarySettings,
        *,
        cache: VariantCache,
        pool: WorkerPool,
        limits: Limits,
    ) -> AsyncIterator[Library]:
        """Open catalogue and originals in the data folder. Raises StartError."""
        locks = KeyLocks()
        async with (
            open_originals(folder, settings) as originals,
            Catalogue.open(folder / FILE_NAME) as catalogue,
        ):
            ingest = Ingest(
                catalogue=catalogue,
                originals=originals,
                pool=pool,
                limits=limits,
                locks=locks,
                needs_tags=settings.require_tags,
            )
            yield cls(catalogue=catalogue, originals=originals, cache=cache, ingest=ingest, locks=locks)

    @property
    def originals(self) -> PersistentStatistics:
        """How the persistent volume is doing."""
        return self._originals.statistics()

    async def find(self, name: str) -> SourceImage:
        """Look an image up by its name; most of the time memory knows. Raises ImageNotFoundError."""
        known = self._known.get(name)
        if known is None:
            known = await self._look_up(name)
        else:
            self._known.move_to_end(name)
        if known.image is None:
            raise ImageNotFoundError()
        return known.image

    async def add(self, incoming: Incoming, wishes: Wishes, *, extension: str) -> ImageRecord:
        """Make what ``ingest`` has received part of the library; raises what ``Ingest.accept`` raises."""
        record = await self.ingest.accept(incoming, wishes, extension=extension)
        # Somebody may have asked for the name before, and learnt that there is no such image.
        self._forget(record.filename)
        audit.record("image.added", name=record.filename, hash=record.hash, size_bytes=record.size_bytes)
        return record

    async def add_tags(self, name: str, tags: Sequence[str]) -> ImageRecord:
        """Give an image tags. Raises ImageNotFoundError, BadParameterError."""
        record = await self.catalogue.add_tags(name, tags)
        audit.record("tags.added", name=name, tags=tags)
        return record

    async def remove_tags(self, name: str, tags: Sequence[str]) -> ImageRecord:
        """Take tags from an image. Raises ImageNotFoundError, BadParameterError."""
        record = await self.catalogue.remove_tags(name, tags)
        audit.record("tags.removed", name=name, tags=tags)
        return record

    async def delete(self, name: str) -> ImageRecord:
        """Remove record, bytes and every variant. When this returns, none of it is served any more.

        Raises ImageNotFoundError; VolumeError when bytes are left that nothing refers to.
        """
        record = await self.catalogue.get(name)
        # Once begun it is carried through, whoever leaves meanwhile.
        with trio.CancelScope(shield=True):
            async with self._locks.hold(record.hash):
                record = await self.catalogue.delete(name)
                self._forget(name)
                try:
                    await self._originals.delete(record.hash)
                finally:
                    await self._cache.forget([record.hash])
        audit.record("image.deleted", name=name, hash=record.hash)
        return record

    async def purge(self, name: str) -> int:
        """Drop every variant of an image; say how many lay on disk. Raises ImageNotFoundError, VolumeError."""
        count = await self._purge(name)
        audit.record("image.purged", name=name, variants=count)
        return count

    async def purge_tag(self, tag: str) -> tuple[int, int]:
        """Purge all images that have a tag; return how many images and variants that were."""
        images = variants = 0
        async for name in self.catalogue.filenames_by_tag(tag):
            try:
                variants += await self._purge(name)
                images += 1
            except ImageNotFoundError:
                continue  # deleted meanwhile, and its variants with it
        audit.record("tag.purged", tag=tag, images=images, variants=variants)
        return images, variants

    async def _purge(self, name: str) -> int:
        record = await self.catalogue.get(name)
        with trio.CancelScope(shield=True):
            count = await self._cache.forget([record.hash])
            variants = await self.catalogue.variants_of(name)
            await self.catalogue.forget_variants([variant.key for variant in variants])
        return count

    def served(self, image: SourceImage, variant: VariantKey | None = None) -> None:
        """Count an access."""
        if image.record_id is not None:
            self.catalogue.record_access(image.record_id)
            if variant is not None:
                self.catalogue.record_variant_access(str(variant))

    def made(self, image: SourceImage, plan: Plan, key: VariantKey, variant: Variant) -> None:
        """Note a new variant."""
        if image.record_id is not None:
            self.catalogue.record_variant(
                NewVariant(
                    key=str(key),
                    original_id=image.record_id,
                    processing_params=plan.text,
                    format=BY_MIME[variant.meta.mime].name,
                    size_bytes=variant.size_bytes,
                    width=variant.meta.width,
                    height=variant.meta.height,
                )
            )

    def _forget(self, name: str) -> None:
        """Whom a name belongs to has changed."""
        self._changes += 1
        self._known.pop(name, None)

    async def _look_up(self, name: str) -> _Known:
        changes = self._changes
        try:
            known = _Known(await self._source(await self.catalogue.get(name)))
        except ImageNotFoundError:
            known = _Known(None)
        # What was read before a change says nothing of the time after it.
        if changes == self._changes:
            self._known[name] = known
            if len(self._known) > MAX_KNOWN_NAMES:
                self._known.popitem(last=False)
        return known

    async def _source(self, record: ImageRecord) -> SourceImage:
        stamp = await self._originals.stat(record.hash)
        if stamp is None:
            raise ServiceError(f"the bytes of {record.filename} are not in the persistent volume")
        return SourceImage(
            name=record.filename,
            path=self._originals.path(record.hash),
            stamp=stamp,
            hash=record.hash,
            standing=_standing(record),
            record_id=record.id,
            format=record.format,
        )


@asynccontextmanager
async def open_originals(folder: Path, settings: LibrarySettings) -> AsyncIterator[PersistentVolume]:
    """Open the persistent volume in the data folder. Raises StartError."""
    volume = PersistentVolume.open(
        folder / VOLUME, max_bytes=settings.persistent_bytes, max_entries=settings.persistent_capacity
    )
    async with AsyncExitStack() as stack:
        try:
            originals = await stack.enter_async_context(volume)
        except VolumeError as error:
            raise StartError(f"the originals in {folder / VOLUME} cannot be opened: {error}") from error
        yield originals


def _standing(record: ImageRecord) -> Standing:
    if record.private:
        return Standing.PRIVATE
    return Standing.GENERATED if is_generated(record.filename, record.hash) else Standing.NAMED
