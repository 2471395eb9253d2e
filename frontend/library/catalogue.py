"""The catalogue: the images of the library, their tags and variants, and keys. The front door to this package.

It owns ``catalogue.sqlite`` in the data folder, the threads in which calls run, and the task that stores what is
gathered in memory. It never touches the bytes of an image: ingest and the volumes do. The modules beside this one
say what is done, as functions of a connection; here that becomes calls that never block the event loop.
"""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import structlog
import trio

from frontend.access.roles import ApiKey
from frontend.library import image_rows, listing, random_images, tag_rows, variant_rows
from frontend.library.bookkeeping import Bookkeeping
from frontend.library.database import Database
from frontend.library.errors import CatalogueUnavailableError
from frontend.library.image_filter import EVERYTHING, ImageFilter
from frontend.library.index.live_index import LiveIndex
from frontend.library.keys import ApiKeys
from frontend.library.listing import PageRequest
from frontend.library.ordering import NEWEST_FIRST, Order, parse_cursor
from frontend.library.records import ImageRecord, NewImage, NewVariant, Page, VariantRecord
from frontend.library.tag_names import clean_tags

FILE_NAME = "catalogue.sqlite"
"""In the data folder."""

THREADS = 4
STORE_INTERVAL_S = 5.0
_READ_AT_ONCE = 1000

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


class Catalogue:
    """Every call is one transaction: done when it returns, and not begun if it raises or is cancelled.

    Each may raise CatalogueUnavailableError.
    """

    def __init__(self, database: Database, *, now: Callable[[], datetime], dice: random.Random) -> None:
        self._database = database
        self._index = LiveIndex(database)
        self._bookkeeping = Bookkeeping(database)
        self._keys = ApiKeys(database, now=now)
        self._now = now
        self._dice = dice

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        *,
        threads: int = THREADS,
        store_interval_s: float = STORE_INTERVAL_S,
        now: Callable[[], datetime] = _now,
        dice: random.Random | None = None,
    ) -> AsyncIterator[Catalogue]:
        """Open the file, made if missing, and bring it up to date; on exit store what was gathered.

        Raises StartError.
        """
        async with Database.open(path, threads=threads) as database, trio.open_nursery() as nursery:
            catalogue = cls(database, now=now, dice=dice or random.SystemRandom())
            nursery.start_soon(catalogue._keep_house, store_interval_s)
            try:
                yield catalogue
            finally:
                nursery.cancel_scope.cancel()
                # Bounded by the time that SQLite waits for another writer.
                with trio.CancelScope(shield=True), _trouble_logged():
                    await catalogue.flush()

    @property
    def keys(self) -> ApiKeys:
        """The keys of the API."""
        return self._keys

    async def add(self, image: NewImage, *, tags: Iterable[str] = ()) -> ImageRecord:
        """Add an image. When this returns, it survives power loss.

        Raises DuplicateImageError, NameTakenError, BadParameterError for a text that is no tag.
        """
        names = clean_tags(tags)
        return await self._database.write(image_rows.insert, image, tags=names, now=self._now())

    async def get(self, filename: str) -> ImageRecord:
        """Return the image of this name. Raises ImageNotFoundError."""
        return await self._database.read(image_rows.find, filename)

    async def delete(self, filename: str) -> ImageRecord:
        """Remove the image and the records of its variants; return what it was. Raises ImageNotFoundError."""
        return await self._database.write(image_rows.delete, filename)

    async def add_tags(self, filename: str, tags: Iterable[str]) -> ImageRecord:
        """Give the image tags. Raises ImageNotFoundError, BadParameterError."""
        names = frozenset(clean_tags(tags))
        return await self._retag(filename, lambda had: had | names)

    async def remove_tags(self, filename: str, tags: Iterable[str]) -> ImageRecord:
        """Take tags from the image. Raises ImageNotFoundError, BadParameterError."""
        names = frozenset(clean_tags(tags))
        return await self._retag(filename, lambda had: had - names)

    async def tags(self) -> dict[str, int]:
        """Return how many images each tag has, in alphabetical order; every tag has at least one."""
        return await self._index.ask(lambda _connection, index: index.tag_counts())

    async def count(self, wanted: ImageFilter = EVERYTHING) -> int:
        """Return for how many images the filter holds."""
        return await self._index.ask(lambda _connection, index: len(index.matching(wanted)))

    async def random(self, wanted: ImageFilter = EVERYTHING, *, count: int = 1) -> list[ImageRecord]:
        """Draw ``count`` different images from those for which the filter holds; all of them if they are fewer."""
        return await self._index.ask(
            lambda connection, index: random_images.draw(
                connection, index, wanted=wanted, count=count, dice=self._dice
            )
        )

    async def page(
        self,
        wanted: ImageFilter = EVERYTHING,
        *,
        order: Order = NEWEST_FIRST,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page:
        """Return the first images of a list, or those after the page that gave the cursor.

        Raises BadParameterError for a cursor that is of another order, or none.
        """
        after = None if cursor is None else parse_cursor(cursor, order)
        request = PageRequest(wanted=wanted, order=order, after=after, limit=limit)
        if wanted == EVERYTHING:
            return await self._database.read(listing.page_of_all, request)
        return await self._index.ask(
            lambda connection, index: listing.page_of_matching(connection, index, request)
        )

    async def filenames_by_tag(self, tag: str) -> AsyncGenerator[str, None]:
        """Yield the names of all images that have the tag, in the order in which they were added."""
        last_id = 0
        while some := await self._database.read(
            tag_rows.filenames_after, tag, image_id=last_id, limit=_READ_AT_ONCE
        ):
            for _, filename in some:
                yield filename
            last_id = some[-1][0]

    def record_access(self, image_id: int) -> None:
        """Count an access to an image; it shows in its record some seconds later."""
        self._bookkeeping.note_access(image_id, at=self._now())

    def record_variant_access(self, key: str) -> None:
        """Count an access to a variant, likewise."""
        self._bookkeeping.note_variant_access(key, at=self._now())

    def record_variant(self, variant: NewVariant) -> None:
        """Note that a variant was made; nothing if its original is gone by the time this is stored."""
        self._bookkeeping.note_variant(variant, at=self._now())

    def record_key_use(self, key: ApiKey) -> None:
        """Note that a key was used just now; nothing if it is gone by the time this is stored."""
        self._bookkeeping.note_key_use(key.digest, at=self._now())

    async def variants_of(self, filename: str) -> list[VariantRecord]:
        """Return the variants of an image, the oldest first. Raises ImageNotFoundError."""
        await self.flush()
        return await self._database.read(
            lambda connection: variant_rows.find_of(connection, image_rows.find(connection, filename).id)
        )

    async def forget_variants(self, keys: Sequence[str]) -> None:
        """Remove the records of variants that are there no more; unknown keys do no harm."""
        await self.flush()
        await self._database.write(variant_rows.delete, keys)

    async def flush(self) -> None:
        """Store now what was recorded before this call."""
        await self._bookkeeping.store()

    async def check(self) -> None:
        """Raise CatalogueUnavailableError if the database cannot be read."""
        await self._database.read(image_rows.find_after, 0, limit=1)

    async def _retag(self, filename: str, choose: Callable[[frozenset[str]], frozenset[str]]) -> ImageRecord:
        return await self._database.write(image_rows.retag, filename, choose=choose, now=self._now())

    async def _keep_house(self, interval_s: float) -> None:
        while True:
            with _trouble_logged():
                await self.flush()
                # Loads the index when the catalogue was just opened.
                await self._index.follow()
            await trio.sleep(interval_s)


@contextmanager
def _trouble_logged() -> Iterator[None]:
    try:
        yield
    except CatalogueUnavailableError as error:
        log.warning("catalogue.unavailable", error=str(error))
