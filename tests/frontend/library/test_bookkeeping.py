"""What is gathered in memory and stored in one transaction: accesses and variants."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from frontend.library import bookkeeping
from frontend.library.catalogue import Catalogue
from frontend.library.errors import CatalogueUnavailableError
from frontend.library.records import NewVariant, VariantRecord
from tests.frontend.library.libraries import START, Clock, add_images, all_images, new_image, open_library

NAME = "image-0001.jpg"


def new_variant(key: str, *, original_id: int = 1, size_bytes: int = 100) -> NewVariant:
    """Make up a variant."""
    return NewVariant(
        key=key,
        original_id=original_id,
        processing_params="resize:320,200,fit",
        format="webp",
        size_bytes=size_bytes,
        width=320,
        height=160,
    )


async def accesses(catalogue: Catalogue) -> tuple[int, object]:
    """Read the counts of the one image."""
    image = await catalogue.get(NAME)
    return image.access_count, image.last_accessed


async def test_accesses_are_stored_together(tmp_path: Path) -> None:
    """No hit writes; what was counted is added to what is stored, with the time of the last."""
    clock = Clock()
    async with open_library(tmp_path, clock=clock) as catalogue:
        await add_images(catalogue, [1])
        for seconds in (1, 2):
            clock.tick()
            for _ in range(1000):
                catalogue.record_access(1)
            before, _ = await accesses(catalogue)
            await catalogue.flush()
            assert await accesses(catalogue) == (before + 1000, START.replace(second=seconds))


async def test_what_is_gathered_is_stored_at_the_end(tmp_path: Path) -> None:
    """Closing the catalogue, also by an error, loses no count and no variant."""
    with pytest.RaisesGroup(ZeroDivisionError):
        async with open_library(tmp_path) as catalogue:
            await add_images(catalogue, [1])
            catalogue.record_access(1)
            catalogue.record_variant(new_variant("v"))
            raise ZeroDivisionError
    async with open_library(tmp_path) as catalogue:
        assert await accesses(catalogue) == (1, START)
        assert [variant.key for variant in await catalogue.variants_of(NAME)] == ["v"]


async def test_what_is_gathered_is_stored_when_cancelled(tmp_path: Path) -> None:
    """A server that is told to stop at once still stores."""
    with trio.CancelScope() as scope:
        async with open_library(tmp_path) as catalogue:
            await add_images(catalogue, [1])
            catalogue.record_access(1)
            scope.cancel()
            await trio.sleep_forever()
    async with open_library(tmp_path) as catalogue:
        assert await accesses(catalogue) == (1, START)


async def test_what_is_gathered_is_stored_every_few_seconds(tmp_path: Path, mock_clock: MockClock) -> None:
    """Nobody has to ask for it."""
    async with open_library(tmp_path, store_interval_s=5) as catalogue:
        await add_images(catalogue, [1])
        # By its turn, the first round of housekeeping is over.
        await catalogue.count()
        catalogue.record_access(1)
        await wait_all_tasks_blocked()
        mock_clock.jump(5)
        await wait_all_tasks_blocked()
        # Writers take turns: when this one is done, the one before it is.
        await add_images(catalogue, [2])
        assert await accesses(catalogue) == (1, START)


async def test_variants_are_recorded(tmp_path: Path) -> None:
    """With how they were made and when; one that is made anew replaces its record and keeps its count."""
    clock = Clock()
    async with open_library(tmp_path, clock=clock) as catalogue:
        await add_images(catalogue, [1, 2])
        catalogue.record_variant(new_variant("a"))
        catalogue.record_variant_access("a")
        catalogue.record_variant(new_variant("of another", original_id=2))
        (recorded,) = await catalogue.variants_of(NAME)
        assert recorded == VariantRecord(
            key="a",
            original_id=1,
            processing_params="resize:320,200,fit",
            format="webp",
            size_bytes=100,
            width=320,
            height=160,
            created_at=START,
            access_count=1,
            last_accessed=START,
        )
        clock.tick()
        catalogue.record_variant(new_variant("b"))
        clock.tick()
        catalogue.record_variant(new_variant("a", size_bytes=90))
        variants = await catalogue.variants_of(NAME)
        assert [(variant.key, variant.size_bytes, variant.access_count) for variant in variants] == [
            ("b", 100, 0),
            ("a", 90, 1),
        ]


async def test_variants_go_with_their_original(tmp_path: Path) -> None:
    """Also those that were made while it was being deleted; the next image is not taken for it."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, [1])
        catalogue.record_variant(new_variant("a"))
        await catalogue.flush()
        catalogue.record_variant(new_variant("b"))
        catalogue.record_access(1)
        await catalogue.delete(NAME)
        await add_images(catalogue, [1])
        assert await catalogue.variants_of(NAME) == []
        assert await accesses(catalogue) == (0, None)


async def test_forgotten_variants_are_gone(tmp_path: Path) -> None:
    """Stored or only noted; keys that are not there do no harm."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, [1])
        for key in ("a", "b"):
            catalogue.record_variant(new_variant(key))
            await catalogue.flush()
        catalogue.record_variant(new_variant("c"))
        await catalogue.forget_variants(["a", "c", "never made"])
        assert [variant.key for variant in await catalogue.variants_of(NAME)] == ["b"]


async def test_what_could_not_be_stored_is_kept(tmp_path: Path) -> None:
    """Counts of before and after the trouble add up."""
    async with open_library(tmp_path, threads=1) as catalogue:
        await add_images(catalogue, [1])
        catalogue.record_access(1)
        catalogue.record_variant(new_variant("a"))
        database = catalogue._database
        await database.read(lambda connection: connection.exec_driver_sql("PRAGMA query_only = ON").close())
        with pytest.raises(CatalogueUnavailableError):
            await catalogue.flush()
        catalogue.record_access(1)
        await database.read(lambda connection: connection.exec_driver_sql("PRAGMA query_only = OFF").close())
        await catalogue.flush()
        assert await accesses(catalogue) == (2, START)
        assert len(await catalogue.variants_of(NAME)) == 1


async def test_memory_for_what_is_gathered_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known already still counts, more is not remembered."""
    monkeypatch.setattr(bookkeeping, "MAX_GATHERED", 2)
    async with open_library(tmp_path) as catalogue:
        for number in (1, 2, 3):
            image = await catalogue.add(new_image(number))
            catalogue.record_access(image.id)
            catalogue.record_access(image.id)
            catalogue.record_variant(new_variant(str(number)))
        await catalogue.flush()
        counts = [image.access_count for image in await all_images(catalogue)]
        assert counts == [2, 2, 0]
        assert len(await catalogue.variants_of(NAME)) == 2
