"""Pages of lists: in every order, with and without a filter, while images come and go."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from frontend.library import listing
from frontend.library.catalogue import Catalogue
from frontend.library.image_filter import EVERYTHING, Bounds, ImageFilter
from frontend.library.ordering import Order
from frontend.library.records import ImageRecord
from shared.errors import BadParameterError
from tests.frontend.library.libraries import add_images, all_images, new_image, open_library, read_list

ORDERS = [
    Order.parse(sign + name)
    for name in ("created_at", "filename", "size", "width", "height", "access_count")
    for sign in ("", "-")
]
BLUE = ImageFilter(tags=("blue",), size=Bounds(3, 6))
NOT_BLUE = ImageFilter(format="png")


async def fill(catalogue: Catalogue, count: int) -> None:
    """Add images with few different sizes, so that many are equal, in no order of their names."""
    dice = random.Random(7)
    for number in dice.sample(range(count), count):
        await catalogue.add(
            new_image(
                number,
                width=dice.randint(1, 4),
                height=dice.randint(1, 300),
                size_bytes=dice.randint(1, 8),
                format=dice.choice(("png", "gif")),
            ),
            tags=dice.choice(([], ["blue"], ["blue", "red"])),
        )
    for image in await all_images(catalogue):
        for _ in range(dice.randint(0, 2)):
            catalogue.record_access(image.id)
    await catalogue.flush()


def place(order: Order) -> Callable[[ImageRecord], Any]:
    """Give the key by which Python sorts as the order does."""
    return lambda image: (getattr(image, order.column), image.id)


@pytest.mark.parametrize("few", [0, 5000])
async def test_list_is_in_order_and_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """Pages of any length put together are the images for which the filter holds, sorted; none twice."""
    monkeypatch.setattr(listing, "FEW_IMAGES", few)
    async with open_library(tmp_path) as catalogue:
        await fill(catalogue, 30)
        everything = await all_images(catalogue)
        blue = [image for image in everything if "blue" in image.tags and 3 <= image.size_bytes <= 6]
        assert 5 < len(blue) < 15
        for order in ORDERS:
            for wanted, images in ((EVERYTHING, everything), (BLUE, blue)):
                expected = sorted(images, key=place(order), reverse=order.descending)
                for limit in (3, 40):
                    assert await read_list(catalogue, wanted, order=order, limit=limit) == expected, order


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("wanted", [EVERYTHING, NOT_BLUE], ids=["all", "filtered"])
async def test_pages_stand_still_while_images_come_and_go(
    tmp_path: Path, order: Order, wanted: ImageFilter
) -> None:
    """What was there all the time is seen once, whatever is added and deleted between the pages."""
    dice = random.Random(3)
    async with open_library(tmp_path) as catalogue:
        stay = {
            (await catalogue.add(new_image(number, width=number % 3 + 1, format="png"))).id for number in range(12)
        }
        passing = [(await catalogue.add(new_image(number, format="png"))).filename for number in range(100, 106)]
        seen: list[int] = []
        page = await catalogue.page(wanted, order=order, limit=3)
        for number in range(200, 300):
            seen += (image.id for image in page.images)
            if page.next_cursor is None:
                break
            if passing:
                await catalogue.delete(passing.pop(dice.randrange(len(passing))))
            if number % 2:
                width = dice.randint(1, 3)
                passing.append((await catalogue.add(new_image(number, width=width, format="png"))).filename)
            page = await catalogue.page(wanted, order=order, limit=3, cursor=page.next_cursor)
        assert sorted(image_id for image_id in seen if image_id in stay) == sorted(stay)
        assert len(seen) == len(set(seen))


async def test_page_goes_on_after_its_last_image_was_deleted(tmp_path: Path) -> None:
    """A cursor is a place, not an image."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, range(4), tags=["blue"])
        for order in ORDERS:
            first = await catalogue.page(order=order, limit=2)
            last = first.images[-1]
            await catalogue.delete(last.filename)
            second = await catalogue.page(order=order, limit=5, cursor=first.next_cursor)
            assert last.id not in {image.id for image in second.images}
            assert len(second.images) == 2
            number = int(last.filename[6:10])
            await catalogue.add(new_image(number), tags=["blue"])


async def test_last_page_has_no_cursor(tmp_path: Path) -> None:
    """Also where the images end with a full page, and where there are none."""
    async with open_library(tmp_path) as catalogue:
        assert (await catalogue.page()).next_cursor is None
        await add_images(catalogue, range(4))
        page = await catalogue.page(limit=2)
        assert page.next_cursor is not None
        page = await catalogue.page(limit=2, cursor=page.next_cursor)
        assert (len(page.images), page.next_cursor) == (2, None)


async def test_cursor_of_another_order_is_refused(tmp_path: Path) -> None:
    """It would name a place that the order does not have."""
    async with open_library(tmp_path) as catalogue:
        await add_images(catalogue, range(3))
        page = await catalogue.page(order=Order("size"), limit=1)
        with pytest.raises(BadParameterError, match="cursor="):
            await catalogue.page(order=Order("width"), limit=1, cursor=page.next_cursor)
