"""Libraries for tests: real files, images made up by number, a clock that moves when told to."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from frontend.library import image_rows
from frontend.library.catalogue import FILE_NAME, Catalogue
from frontend.library.image_filter import EVERYTHING, ImageFilter
from frontend.library.ordering import NEWEST_FIRST, Order
from frontend.library.records import ImageRecord, NewImage

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR_S = 3600.0


@dataclass
class Clock:
    """Tells the time that it is set to."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def tick(self, seconds: float = 1) -> None:
        """Let time pass, or go back."""
        self.now += timedelta(seconds=seconds)


def open_library(
    folder: Path, *, clock: Clock | None = None, threads: int = 4, store_interval_s: float = HOUR_S, seed: int = 1
) -> AbstractAsyncContextManager[Catalogue]:
    """Open the catalogue in the folder; it stores what it gathers only when told to."""
    return Catalogue.open(
        folder / FILE_NAME,
        threads=threads,
        store_interval_s=store_interval_s,
        now=clock or Clock(),
        dice=random.Random(seed),
    )


def new_image(number: int, **changes: object) -> NewImage:
    """Make up an image that no other number gives."""
    image = NewImage(
        filename=f"image-{number:04}.jpg",
        hash=hashlib.sha256(str(number).encode()).hexdigest(),
        format="jpeg",
        width=1000 + number,
        height=500,
        size_bytes=10_000 + number,
    )
    return replace(image, **cast("dict[str, Any]", changes))


async def add_images(catalogue: Catalogue, numbers: Iterable[int], *, tags: Iterable[str] = ()) -> None:
    """Add made-up images."""
    for number in numbers:
        await catalogue.add(new_image(number), tags=tags)


async def all_images(catalogue: Catalogue) -> list[ImageRecord]:
    """Read what the database holds, in the order of ids, by neither index nor list."""
    return await catalogue._database.read(image_rows.find_after, 0, limit=1_000_000)


async def read_list(
    catalogue: Catalogue, wanted: ImageFilter = EVERYTHING, *, order: Order = NEWEST_FIRST, limit: int
) -> list[ImageRecord]:
    """Read a list from its first page to its last."""
    page = await catalogue.page(wanted, order=order, limit=limit)
    found, cursors = [*page.images], set[str]()
    while page.next_cursor is not None:
        assert page.next_cursor not in cursors, "the list goes round in circles"
        cursors.add(page.next_cursor)
        page = await catalogue.page(wanted, order=order, limit=limit, cursor=page.next_cursor)
        found += page.images
    return found
