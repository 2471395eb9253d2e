"""The catalogue held against the simplest model of it: a dictionary of images and a few loops."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontend.library.catalogue import Catalogue
from frontend.library.errors import DuplicateImageError, NameTakenError
from frontend.library.image_filter import Bounds, ImageFilter
from frontend.library.ordering import Order
from frontend.library.records import ImageRecord, NewImage
from shared.errors import ImageNotFoundError
from tests.frontend.library.libraries import START, all_images, new_image, open_library, read_list

NAMES = st.sampled_from("abcdef")
TAGS = st.frozensets(st.sampled_from(["cat", "dog", "night"]), max_size=3)
BOUNDS = st.sampled_from([Bounds(), Bounds(2, None), Bounds(None, 2), Bounds(2, 2)])


@dataclass
class Model:
    """What the library should hold, and the library itself, which is opened again now and then."""

    folder: Path
    stack: AsyncExitStack
    catalogue: Catalogue
    images: dict[str, ImageRecord] = field(default_factory=dict)
    last_id: int = 0

    async def reopen(self) -> None:
        """Close the catalogue and open it again."""
        await self.stack.aclose()
        self.catalogue = await self.stack.enter_async_context(open_library(self.folder))

    def matching(self, wanted: ImageFilter) -> list[ImageRecord]:
        """Filter as one does without an index."""
        return [
            image
            for image in self.images.values()
            if wanted.format in (None, image.format)
            and set(wanted.tags) <= set(image.tags)
            and _is_within(wanted.width, image.width)
            and _is_within(wanted.size, image.size_bytes)
        ]


def _is_within(bounds: Bounds, value: int) -> bool:
    return (bounds.least or 0) <= value <= (bounds.most or value)


@dataclass(frozen=True)
class Add:
    """Add an image, whose name or bytes may be taken."""

    name: str
    hash_number: int
    size: int
    format: str
    tags: frozenset[str]

    async def do(self, model: Model) -> None:
        """Hear of the duplicate first."""
        image = new_image(
            self.hash_number, filename=self.name, width=self.size, size_bytes=3 - self.size, format=self.format
        )
        same = [known.filename for known in model.images.values() if known.hash == image.hash]
        if same:
            with pytest.raises(DuplicateImageError) as duplicate:
                await model.catalogue.add(image, tags=self.tags)
            assert [duplicate.value.filename] == same
        elif self.name in model.images:
            with pytest.raises(NameTakenError):
                await model.catalogue.add(image, tags=self.tags)
        else:
            await self._add(model, image)

    async def _add(self, model: Model, image: NewImage) -> None:
        added = await model.catalogue.add(image, tags=self.tags)
        expected = ImageRecord(
            **asdict(image), id=added.id, created_at=START, modified_at=START, tags=tuple(sorted(self.tags))
        )
        assert added == expected
        assert added.id > model.last_id
        model.images[self.name], model.last_id = added, added.id


@dataclass(frozen=True)
class Delete:
    """Delete an image that may be there."""

    name: str

    async def do(self, model: Model) -> None:
        """Get back what it was, but for accesses that were not stored yet."""
        if self.name not in model.images:
            with pytest.raises(ImageNotFoundError):
                await model.catalogue.delete(self.name)
            return
        await model.catalogue.flush()
        assert await model.catalogue.delete(self.name) == model.images.pop(self.name)


@dataclass(frozen=True)
class Tag:
    """Change the tags of an image that may be there."""

    name: str
    how: str
    tags: frozenset[str]

    async def do(self, model: Model) -> None:
        """Add or remove."""
        catalogue = model.catalogue
        call = {"add": catalogue.add_tags, "remove": catalogue.remove_tags}[self.how]
        if self.name not in model.images:
            with pytest.raises(ImageNotFoundError):
                await call(self.name, self.tags)
            return
        image = model.images[self.name]
        had = frozenset(image.tags)
        shall = {"add": had | self.tags, "remove": had - self.tags}[self.how]
        assert (await call(self.name, self.tags)).tags == tuple(sorted(shall))
        model.images[self.name] = replace(image, tags=tuple(sorted(shall)))


@dataclass(frozen=True)
class Access:
    """Ask for an image that may be there."""

    name: str

    async def do(self, model: Model) -> None:
        """Count it."""
        image = model.images.get(self.name)
        if image is not None:
            model.catalogue.record_access(image.id)
            model.images[self.name] = replace(image, access_count=image.access_count + 1, last_accessed=START)


@dataclass(frozen=True)
class Reopen:
    """Stop and start."""

    async def do(self, model: Model) -> None:
        """Lose nothing."""
        await model.reopen()


@dataclass(frozen=True)
class Ask:
    """Count, list and draw what a filter means."""

    wanted: ImageFilter
    order: Order
    limit: int

    async def do(self, model: Model) -> None:
        """Get from each the same images, in order, or in none."""
        catalogue, expected = model.catalogue, model.matching(self.wanted)
        await catalogue.flush()
        assert await catalogue.count(self.wanted) == len(expected)
        expected.sort(
            key=lambda image: (getattr(image, self.order.column), image.id), reverse=self.order.descending
        )
        assert await read_list(catalogue, self.wanted, order=self.order, limit=self.limit) == expected
        drawn = await catalogue.random(self.wanted, count=self.limit)
        assert len({image.id for image in drawn}) == min(self.limit, len(expected))
        assert all(image in expected for image in drawn)


FILTERS = st.builds(
    ImageFilter,
    width=BOUNDS,
    size=BOUNDS,
    format=st.sampled_from([None, "png"]),
    tags=TAGS.map(lambda tags: tuple(sorted(tags))),
)
ORDERS = st.builds(
    Order, st.sampled_from(["created_at", "filename", "size", "width", "height", "access_count"]), st.booleans()
)
ADDS = st.builds(Add, NAMES, st.integers(0, 7), st.integers(1, 2), st.sampled_from(["png", "gif"]), TAGS)
STEPS = st.one_of(
    ADDS,
    ADDS,
    st.builds(Delete, NAMES),
    st.builds(Tag, NAMES, st.sampled_from(["add", "remove"]), TAGS),
    st.builds(Access, NAMES),
    st.builds(Reopen),
    st.builds(Ask, FILTERS, ORDERS, st.integers(1, 4)),
)


async def check(steps: list[Add | Delete | Tag | Access | Reopen | Ask]) -> None:
    """Do the steps to a new library; after each, the tags and every image are as the model says."""
    with tempfile.TemporaryDirectory() as name:
        folder, stack = Path(name), AsyncExitStack()
        async with stack:
            model = Model(folder, stack, await stack.enter_async_context(open_library(folder)))
            for step in steps:
                await step.do(model)
                counts = Counter(tag for image in model.images.values() for tag in image.tags)
                assert await model.catalogue.tags() == counts
            await model.catalogue.flush()
            assert await all_images(model.catalogue) == list(model.images.values())


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=5, max_size=40))
def test_catalogue_does_as_its_model(steps: list[Add | Delete | Tag | Access | Reopen | Ask]) -> None:
    """Whatever is added, deleted, tagged and asked for, in whatever order, and over restarts."""
    trio.run(check, steps)
