"""The index over several segments, loaded and grown, held against a plain list of images."""

from __future__ import annotations

import functools
import random

import pytest

from frontend.library.image_filter import EVERYTHING, Bounds, ImageFilter
from frontend.library.index.bits import SEGMENT_SLOTS
from frontend.library.index.image_index import ImageIndex
from frontend.library.index.segment import IndexedImage

COUNT = 2 * SEGMENT_SLOTS + 100
IMAGES = [
    IndexedImage(3 * number + 10, number % 50 + 1, number % 70 + 1, number % 9000 + 1, ("png", "gif")[number % 2])
    for number in range(COUNT)
]
DELETED = frozenset(range(SEGMENT_SLOTS - 50, SEGMENT_SLOTS + 50)) | {0, 7, COUNT - 1}
FILTERS = [
    EVERYTHING,
    ImageFilter(tags=("third",)),
    ImageFilter(tags=("third", "rare")),
    ImageFilter(tags=("rare", "none")),
    ImageFilter(tags=("third",), width=Bounds(10, 20), size=Bounds(5000, None), format="gif"),
    ImageFilter(height=Bounds(None, 3)),
    ImageFilter(size=Bounds(9001, None)),
]


def has_tag(number: int, name: str) -> bool:
    """Say which images have which tags."""
    return {"third": number % 3 == 0, "rare": number % 10_007 == 0}.get(name, False)


def holds(wanted: ImageFilter, number: int) -> bool:
    """Check an image as one does without an index."""
    image = IMAGES[number]
    return (
        number not in DELETED
        and all(has_tag(number, name) for name in wanted.tags)
        and wanted.format in (None, image.format)
        and all(
            (bounds.least or 0) <= value <= (bounds.most or value)
            for bounds, value in (
                (wanted.width, image.width), (wanted.height, image.height), (wanted.size, image.size_bytes),
            )
        )
    )  # fmt: skip


@functools.cache
def matching(wanted: ImageFilter) -> list[int]:
    """Return the places in ``IMAGES`` of those for which the filter holds."""
    return [number for number in range(COUNT) if holds(wanted, number)]


@pytest.fixture(scope="module")
def index() -> ImageIndex:
    """An index of which the first half was loaded; the rest came later, and some images went."""
    index = ImageIndex()
    half = SEGMENT_SLOTS + 500
    index.add_segment(IMAGES[:SEGMENT_SLOTS])
    index.add_segment(IMAGES[SEGMENT_SLOTS:half])
    for name in ("third", "rare"):
        index.add_tag(name, [slot for slot in range(half) if has_tag(slot, name)])
    for number in range(half, COUNT):
        index.add(IMAGES[number])
        for name in ("third", "rare"):
            if has_tag(number, name):
                index.tag(IMAGES[number].id, name)
    for number in DELETED:
        for name in ("third", "rare"):
            index.untag(IMAGES[number].id, name)
        index.remove(IMAGES[number].id)
    return index


@pytest.mark.parametrize("wanted", FILTERS)
def test_matches_are_exactly_the_images_for_which_the_filter_holds(index: ImageIndex, wanted: ImageFilter) -> None:
    """Every rank gives another one of them, in the order of ids, and every id its rank."""
    matches = index.matching(wanted)
    expected = [IMAGES[number].id for number in matching(wanted)]
    assert len(matches) == len(expected)
    some = [*range(0, len(expected), 97), *range(len(expected))[-3:]]
    assert [matches.id_at(rank) for rank in some] == [expected[rank] for rank in some]
    assert [matches.rank_of(expected[rank]) for rank in some] == some
    assert matches.rank_of(IMAGES[-1].id + 1) == len(expected)


@pytest.mark.parametrize("wanted", FILTERS)
@pytest.mark.parametrize("greatest", [False, True])
def test_outermost_images_are_named(index: ImageIndex, wanted: ImageFilter, greatest: bool) -> None:
    """Wherever a page begins, its images are named and no others, also where it reaches over segments."""
    dice = random.Random(1)
    expected = sorted(
        ((IMAGES[number].size_bytes, IMAGES[number].id) for number in matching(wanted)), reverse=greatest
    )
    for after in (None, *(dice.choice(expected) for _ in range(3) if expected), (4000, 0), (0, 10**9)):
        beyond = [place for place in expected if after is None or (place < after if greatest else place > after)]
        named = index.outermost(wanted, "size_bytes", limit=5, greatest=greatest, after=after)
        assert sorted(named) == sorted(image_id for _, image_id in beyond[:5])


def test_changes_that_are_known_change_nothing(index: ImageIndex) -> None:
    """The log may be read twice: images and tags that came, or went, do not do so again."""
    before = index.tag_counts(), len(index.matching(EVERYTHING))
    for number in (0, 1, 3, COUNT - 1):
        index.add(IMAGES[number])
        if number in DELETED:
            index.untag(IMAGES[number].id, "third")
            index.remove(IMAGES[number].id)
        elif has_tag(number, "third"):
            index.tag(IMAGES[number].id, "third")
    index.tag(5, "third")
    index.untag(5, "third")
    index.untag(IMAGES[1].id, "unheard of")
    index.remove(5)
    assert (index.tag_counts(), len(index.matching(EVERYTHING))) == before


def test_tag_that_no_image_has_is_gone() -> None:
    """It is not counted with none."""
    index = ImageIndex()
    index.add(IMAGES[0])
    index.tag(IMAGES[0].id, "cat")
    assert index.tag_counts() == {"cat": 1}
    index.untag(IMAGES[0].id, "cat")
    assert index.tag_counts() == {}
