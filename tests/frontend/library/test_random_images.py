"""Random images: uniform over whatever the filter means, none twice, seeded dice."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from frontend.library import random_images
from frontend.library.catalogue import Catalogue
from frontend.library.image_filter import EVERYTHING, Bounds, ImageFilter
from tests.frontend.library.libraries import add_images, new_image, open_library

DRAWS = 400
FILTERS = [
    EVERYTHING,
    ImageFilter(tags=("blue",)),
    ImageFilter(tags=("blue", "sea")),
    ImageFilter(tags=("blue",), size=Bounds(10_010, 10_049)),
    ImageFilter(width=Bounds(1000, 1030), format="jpeg"),
]


def chi_square(counts: Sequence[int]) -> float:
    """Return how far the counts are from being equal (Pearson)."""
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 / expected for count in counts)


def critical_value(degrees: int, *, z: float = 3.09) -> float:
    """Return what chi-square exceeds once in a thousand times (Wilson and Hilferty)."""
    return float(degrees * (1 - 2 / (9 * degrees) + z * (2 / (9 * degrees)) ** 0.5) ** 3)


async def fill(catalogue: Catalogue) -> None:
    """Add images of which runs and single ones are deleted, so that ids have gaps of all sizes."""
    for number in range(80):
        tags = [tag for tag, every in (("blue", 2), ("sea", 3)) if number % every == 0]
        await catalogue.add(new_image(number), tags=tags)
    for number in [*range(10, 30), 41, 44, 47, *range(60, 75)]:
        await catalogue.delete(f"image-{number:04}.jpg")


async def check_draws(catalogue: Catalogue, wanted: ImageFilter) -> None:
    """Draw single images many times, and compare with what a list tells to be there."""
    dice = random.Random(11)
    drawn = await catalogue._index.ask(
        lambda connection, index: Counter(
            random_images.draw(connection, index, wanted=wanted, count=1, dice=dice)[0].id for _ in range(DRAWS)
        )
    )
    matching = [image.id for image in (await catalogue.page(wanted, limit=100)).images]
    assert set(drawn) == set(matching)
    assert chi_square([drawn[image_id] for image_id in matching]) < critical_value(len(matching) - 1)


async def test_every_match_is_as_likely_as_any_other(tmp_path: Path) -> None:
    """Chi-square does not tell the draws from uniform ones, gaps or not, before a restart or after it."""
    async with open_library(tmp_path) as catalogue:
        # From here on the index is there, and follows.
        assert await catalogue.count() == 0
        await fill(catalogue)
        for wanted in FILTERS:
            await check_draws(catalogue, wanted)
    async with open_library(tmp_path) as catalogue:
        for wanted in FILTERS:
            await check_draws(catalogue, wanted)


def test_chi_square_finds_a_bias() -> None:
    """The test above would see it if the image before each gap were drawn for the gap as well."""
    dice = random.Random(11)
    ids = [*range(10), *range(30, 41), 42, 43, 45, 46, *range(48, 60), *range(75, 80)]
    drawn = Counter(max(image_id for image_id in ids if image_id <= dice.randrange(80)) for _ in range(DRAWS))
    assert chi_square([drawn[image_id] for image_id in ids]) > critical_value(len(ids) - 1)


async def test_no_image_comes_twice(tmp_path: Path) -> None:
    """Asked for several, the draw is without replacement, and in random order."""
    async with open_library(tmp_path) as catalogue:
        await fill(catalogue)
        total = await catalogue.count()
        draws = [[image.id for image in await catalogue.random(count=total - 1)] for _ in range(5)]
        assert all(len(set(ids)) == total - 1 for ids in draws)
        assert not any(ids == sorted(ids) for ids in draws)


async def test_fewer_matches_than_asked_for_are_all_given(tmp_path: Path) -> None:
    """Nobody waits for a tenth image where there are two."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, range(3), tags=["cat"])
        await catalogue.remove_tags("image-0001.jpg", ["cat"])
        drawn = await catalogue.random(ImageFilter(tags=("cat",)), count=10)
        assert {image.id for image in drawn} == {1, 3}


@pytest.mark.parametrize(
    "wanted",
    [
        ImageFilter(tags=("dog",)),
        ImageFilter(tags=("cat", "night")),
        ImageFilter(size=Bounds(1, 2)),
        ImageFilter(format="avif"),
    ],
    ids=["unknown tag", "tags nobody has together", "range", "format"],
)
async def test_nothing_matches_nothing(tmp_path: Path, wanted: ImageFilter) -> None:
    """An empty answer is an answer; so it is from an empty library."""
    async with open_library(tmp_path) as catalogue:
        assert await catalogue.random(wanted) == []
        await add_images(catalogue, range(3), tags=["cat"])
        await add_images(catalogue, range(3, 6), tags=["night"])
        assert await catalogue.random(wanted) == []
        assert await catalogue.count(wanted) == 0


async def test_new_image_is_drawn_from_the_moment_it_is_added(tmp_path: Path) -> None:
    """No call answers from an earlier state of the library than the last call left."""
    async with open_library(tmp_path) as catalogue:
        for number in range(20):
            await catalogue.add(new_image(number), tags=[f"tag-{number}"])
            (image,) = await catalogue.random(ImageFilter(tags=(f"tag-{number}",)))
            assert image.filename == f"image-{number:04}.jpg"
