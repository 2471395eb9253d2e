"""The index that follows the database, whoever writes."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import trio
from sqlalchemy import Connection, func, select

from frontend.library import change_log
from frontend.library.image_filter import EVERYTHING, Bounds, ImageFilter
from frontend.library.index import live_index, loading
from frontend.library.index.bits import SEGMENT_SLOTS
from frontend.library.index.image_index import ImageIndex
from frontend.library.schema import changes
from tests.frontend.library.libraries import add_images, new_image, open_library

CAT = ImageFilter(tags=("cat",))


async def test_changes_of_another_process_are_seen(tmp_path: Path) -> None:
    """What one catalogue adds, tags and deletes, another of the same file counts from then on."""
    async with open_library(tmp_path) as one, open_library(tmp_path) as other:
        assert await one.count() == 0
        await add_images(other, range(5), tags=["cat"])
        assert (await one.count(CAT), await one.tags()) == (5, {"cat": 5})
        await other.remove_tags("image-0001.jpg", ["cat"])
        await other.add_tags("image-0002.jpg", ["dog"])
        await other.delete("image-0003.jpg")
        assert (await one.count(CAT), await one.count()) == (3, 4)
        assert await one.tags() == {"cat": 3, "dog": 1}
        assert {image.id for image in await one.random(CAT, count=9)} == {1, 3, 5}


async def test_image_that_came_and_went_meanwhile_is_no_trouble(tmp_path: Path) -> None:
    """The log tells of it, the tables do not."""
    async with open_library(tmp_path) as one, open_library(tmp_path) as other:
        assert await one.count() == 0
        await add_images(other, range(3), tags=["cat"])
        await other.delete("image-0001.jpg")
        assert (await one.count(), await one.tags()) == (2, {"cat": 2})


async def test_index_that_is_too_far_behind_is_loaded_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log is kept short; who missed a part of it reads the tables instead, and only then."""
    loads = []

    def load(connection: Connection, **others: object) -> ImageIndex:
        loads.append(change_log.newest_revision(connection))
        return loading.load(connection, between_steps=lambda: None)

    monkeypatch.setattr(live_index, "load", load)
    monkeypatch.setattr(
        change_log,
        "_forget_old",
        changes.delete().where(changes.c.revision <= select(func.max(changes.c.revision)).scalar_subquery() - 4),
    )
    async with open_library(tmp_path) as one, open_library(tmp_path) as other:
        assert (await one.count(), await other.count(), loads) == (0, 0, [0, 0])
        await add_images(other, range(2), tags=["cat"])
        assert (await one.count(CAT), loads) == (2, [0, 0])
        await add_images(other, range(2, 5), tags=["cat"])
        assert (await one.count(CAT), loads) == (5, [0, 0, 10])


async def test_closing_waits_for_no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who opens the catalogue and asks nothing of the index is not kept until it is loaded."""

    def load(connection: Connection, **others: object) -> ImageIndex:
        raise AssertionError("loaded for nobody")

    monkeypatch.setattr(live_index, "load", load)
    async with open_library(tmp_path):
        pass


async def test_loading_that_was_given_up_is_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that ends in the middle of loading leaves no half of an index behind."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, range(3), tags=["cat", "dog"])

    class GivenUpError(Exception):
        pass

    steps = 0

    def give_up_once() -> None:
        nonlocal steps
        steps += 1
        if steps == 3:
            raise GivenUpError

    monkeypatch.setattr(trio.from_thread, "check_cancelled", give_up_once)
    with pytest.RaisesGroup(GivenUpError):
        async with open_library(tmp_path) as catalogue:
            await catalogue.tags()
    async with open_library(tmp_path) as catalogue:
        assert await catalogue.tags() == {"cat": 3, "dog": 3}


async def test_loaded_index_is_the_one_that_grew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ids are read at once, and whatever gaps there are between them, both know the same."""
    monkeypatch.setattr(loading, "IDS_AT_ONCE", 8)
    async with open_library(tmp_path) as catalogue:
        assert await catalogue.count() == 0
        for number in range(60):
            await catalogue.add(new_image(number), tags=["cat"] if number % 3 else [])
        for number in (*range(7, 9), *range(20, 45), 59):
            await catalogue.delete(f"image-{number:04}.jpg")
        loaded = await catalogue._database.read(loading.load, between_steps=lambda: None)
        for wanted in (EVERYTHING, CAT, ImageFilter(width=Bounds(1010, 1050))):
            found = {image.id for image in await catalogue.random(wanted, count=60)}
            matches = loaded.matching(wanted)
            assert [matches.id_at(rank) for rank in range(len(matches))] == sorted(found)


@pytest.mark.parametrize(
    "lengths", [[], [5], [SEGMENT_SLOTS], [40_000, 0, 50_000, 60_000], [3 * SEGMENT_SLOTS + 1]]
)
def test_images_are_cut_into_full_segments(lengths: list[int]) -> None:
    """All pieces are full but the last, and put together they are what was given."""
    numbers = itertools.count(1)
    lists = [[(next(numbers), 1, 1, 1, "png") for _ in range(length)] for length in lengths]
    segments = list(loading.cut_into_segments(lists))
    assert [image for segment in segments for image in segment] == [image for some in lists for image in some]
    assert all(len(segment) == SEGMENT_SLOTS for segment in segments[:-1])
    assert all(segments)


@pytest.mark.parametrize("text", ["1", "12,345,6", "12345,6", "1,2,3,4,5,6,7,8,9,10,11", "1234567890"])
@pytest.mark.parametrize("piece_chars", [1, 2, 3, 5, 100])
def test_long_texts_are_split_in_pieces(text: str, piece_chars: int) -> None:
    """No word is lost or cut, and a piece is not much longer than it should be."""
    pieces = list(loading.split_in_pieces(text, piece_chars=piece_chars))
    assert [word for piece in pieces for word in piece] == text.split(",")
    assert all(len(",".join(piece)) < piece_chars + 10 for piece in pieces)
