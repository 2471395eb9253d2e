"""Adding, finding, tagging and deleting images."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
import trio

from frontend.library.catalogue import FILE_NAME
from frontend.library.errors import DuplicateImageError, NameTakenError
from frontend.library.records import ImageRecord
from frontend.library.tag_names import MAX_TAGS
from shared.errors import BadParameterError, ImageNotFoundError
from tests.frontend.library.libraries import START, Clock, add_images, new_image, open_library


async def test_image_is_given_back_as_it_was_added(tmp_path: Path) -> None:
    """Every field survives, also a restart; the id, the times and the tags are the catalogue's."""
    image = new_image(
        1,
        filename="Schnee im Mai ❄.png",
        size_bytes=5_000_000_000,
        frames=12,
        has_alpha=True,
        private=True,
        mode="RGBA",
        blurhash="LEHV6nWB2yk8pyo0adR*.7kCMdnj",
        thumbhash="1QcSHQRnh493V4dIh4eXh1h4kJUI",
        dominant_color="#7f8a6b",
        exif={"Make": "Pinhole", "FNumber": 2.8, "GPS": None},
    )
    async with open_library(tmp_path) as catalogue:
        added = await catalogue.add(image, tags=["snow", "may"])
        assert added == ImageRecord(
            **asdict(image), id=1, created_at=START, modified_at=START, tags=("may", "snow")
        )
        assert await catalogue.get(image.filename) == added
    async with open_library(tmp_path) as catalogue:
        assert await catalogue.get(image.filename) == added


async def test_same_bytes_twice_are_refused(tmp_path: Path) -> None:
    """The error carries the name under which the bytes are there."""
    async with open_library(tmp_path) as catalogue:
        first = await catalogue.add(new_image(1))
        with pytest.raises(DuplicateImageError) as caught:
            await catalogue.add(new_image(2, hash=first.hash), tags=["again"])
        assert (caught.value.filename, caught.value.status, caught.value.slug) == (
            first.filename, 409, "duplicate_image",
        )  # fmt: skip
        assert await catalogue.tags() == {}


async def test_taken_name_is_refused(tmp_path: Path) -> None:
    """Other bytes do not replace an image; its name is free again when it is deleted."""
    async with open_library(tmp_path) as catalogue:
        first = await catalogue.add(new_image(1))
        with pytest.raises(NameTakenError) as caught:
            await catalogue.add(new_image(2, filename=first.filename))
        assert (caught.value.filename, caught.value.status) == (first.filename, 409)
        await catalogue.delete(first.filename)
        second = await catalogue.add(new_image(2, filename=first.filename))
        assert second.id > first.id


async def test_of_the_same_bytes_at_the_same_time_one_is_added(tmp_path: Path) -> None:
    """Uploads that race are told apart: all but one hear of the duplicate."""
    refused = []
    async with open_library(tmp_path) as catalogue:

        async def add(number: int) -> None:
            try:
                await catalogue.add(new_image(0, filename=f"{number}.jpg"))
            except DuplicateImageError as error:
                refused.append(error.filename)

        async with trio.open_nursery() as nursery:
            for number in range(8):
                nursery.start_soon(add, number)
        (image,) = await catalogue.random(count=8)
        assert refused == [image.filename] * 7


@pytest.mark.parametrize("name", ["none.jpg", "", "image-0001.JPG", "\ud800", "a\x00b", "%", "' OR 1=1 --"])
async def test_unknown_name_is_not_found(tmp_path: Path, name: str) -> None:
    """Whatever is asked for, the answer is that there is no such image."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, [1])
        for call in (catalogue.get, catalogue.delete, catalogue.variants_of):
            with pytest.raises(ImageNotFoundError):
                await call(name)
        with pytest.raises(ImageNotFoundError):
            await catalogue.add_tags(name, ["x"])


async def test_deleted_image_is_gone_everywhere(tmp_path: Path) -> None:
    """It is in no list, no count, not drawn any more, and its tags do not count it."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, [1, 2], tags=["cat"])
        deleted = await catalogue.delete("image-0001.jpg")
        assert (deleted.id, deleted.tags) == (1, ("cat",))
        with pytest.raises(ImageNotFoundError):
            await catalogue.get("image-0001.jpg")
        assert [image.id for image in (await catalogue.page()).images] == [2]
        assert await catalogue.count() == 1
        assert [image.id for image in await catalogue.random(count=5)] == [2]
        assert await catalogue.tags() == {"cat": 1}


async def test_tags_are_added_and_removed(tmp_path: Path) -> None:
    """In alphabetical order; adding what is there, or removing what is not, changes nothing."""
    clock = Clock()
    async with open_library(tmp_path, clock=clock) as catalogue:
        image = await catalogue.add(new_image(1), tags=["cat"])
        clock.tick()
        image = await catalogue.add_tags(image.filename, ["night", "cat"])
        assert (image.tags, image.modified_at - image.created_at) == (("cat", "night"), timedelta(seconds=1))
        image = await catalogue.remove_tags(image.filename, ["cat", "dog"])
        assert image.tags == ("night",)
        clock.tick()
        assert await catalogue.remove_tags(image.filename, ["dog"]) == image
        image = await catalogue.add_tags(image.filename, ["b", "a"])
        assert image.tags == ("a", "b", "night")
        assert await catalogue.get(image.filename) == image
        assert await catalogue.remove_tags(image.filename, image.tags) == await catalogue.get(image.filename)


async def test_image_has_a_bounded_number_of_tags(tmp_path: Path) -> None:
    """Adding a few at a time does not get around the limit, and leaves the tags as they were."""
    async with open_library(tmp_path) as catalogue:
        image = await catalogue.add(new_image(1), tags=map(str, range(MAX_TAGS)))
        with pytest.raises(BadParameterError, match="too many"):
            await catalogue.add_tags(image.filename, ["one more"])
        assert await catalogue.get(image.filename) == image


async def test_tags_are_told_with_their_counts(tmp_path: Path) -> None:
    """In alphabetical order; a tag that no image has any more is gone."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, [1, 2, 3], tags=["cat"])
        await add_images(catalogue, [4], tags=["ant", "night"])
        assert list((await catalogue.tags()).items()) == [("ant", 1), ("cat", 3), ("night", 1)]
        await catalogue.remove_tags("image-0004.jpg", ["ant"])
        await catalogue.delete("image-0002.jpg")
        assert await catalogue.tags() == {"cat": 2, "night": 1}


async def test_nothing_is_left_of_what_is_gone(tmp_path: Path) -> None:
    """The database keeps no tag without images, and no row of a deleted image."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, [1, 2], tags=["cat", "dog"])
        await catalogue.remove_tags("image-0001.jpg", ["cat"])
        await catalogue.add_tags("image-0002.jpg", ["night"])
        await catalogue.remove_tags("image-0002.jpg", ["cat", "dog"])
        await catalogue.delete("image-0001.jpg")
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    assert connection.execute("SELECT name FROM tags").fetchall() == [("night",)]
    assert connection.execute("SELECT image_id FROM image_tags").fetchall() == [(2,)]
    connection.close()


async def test_names_by_tag_are_streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, however many are read at once, and also while they are being deleted."""
    monkeypatch.setattr("frontend.library.catalogue._READ_AT_ONCE", 2)
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, range(5), tags=["cat"])
        await add_images(catalogue, range(5, 7))
        found = []
        async for filename in catalogue.filenames_by_tag("cat"):
            found.append(filename)
            await catalogue.delete(filename)
        assert found == [f"image-{number:04}.jpg" for number in range(5)]
        assert [name async for name in catalogue.filenames_by_tag("dog")] == []


async def test_clock_set_back_keeps_images_in_the_order_of_their_coming(tmp_path: Path) -> None:
    """What is added later is not shown as older."""
    clock = Clock()
    async with open_library(tmp_path, clock=clock) as catalogue:
        first = await catalogue.add(new_image(1))
        clock.tick(-3600)
        second = await catalogue.add(new_image(2))
        assert second.created_at == first.created_at
        assert [image.id for image in (await catalogue.page()).images] == [second.id, first.id]
