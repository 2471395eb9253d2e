"""The ephemeral volume: what it gives out, what it lets go, and that a deleted image does not come back."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trio
import trio.testing

from frontend.volumes.ephemeral import MAX_PUTS, EphemeralVolume
from frontend.volumes.generations import Generations, Token
from frontend.volumes.variant_file import HEAD_BYTES, VariantKey, VariantMeta
from tests.frontend.volumes.disks import files_below, until

META = VariantMeta(mime="image/webp", width=720, height=588, frames=1, has_alpha=False)
CAT, DOG = "ca" * 16, "d0" * 32
PLENTY_BYTES, PLENTY = 1 << 30, 1 << 20


class Volume:
    """An ephemeral volume, with the habits of these tests."""

    def __init__(self, volume: EphemeralVolume, folder: Path, generations: Generations) -> None:
        self.it = volume
        self.folder = folder
        self.generations = generations

    async def put(self, key: VariantKey, body: bytes = b"body", *, token: Token | None = None) -> bool:
        """Put what was begun just now, unless said otherwise."""
        return await self.it.put(key, META, body, token=token or self.generations.begin(key.image))

    async def body(self, key: VariantKey) -> bytes | None:
        """Get the bytes alone."""
        found = await self.it.get(key)
        return None if found is None else found[1]

    async def indexed(self) -> None:
        """Wait until what an earlier process left is known."""
        await until(lambda: not self.it.statistics().is_indexing)

    @property
    def naming(self) -> trio.Lock:
        """Who holds this keeps all others from giving names to files or taking them away."""
        return self.it._shelf._naming

    async def waits(self, tasks: int) -> None:
        """Wait until so many want to give names to files or take them away."""
        await until(lambda: self.naming.statistics().tasks_waiting >= tasks)

    def path(self, key: VariantKey) -> Path:
        """Where the file lies."""
        return self.folder / key.image[:2] / key.image / key.variant

    def assert_books_are_true(self) -> None:
        """What the volume says it holds is what lies there, and nothing else does."""
        sizes = files_below(self.folder).values()
        statistics = self.it.statistics()
        assert (statistics.entries, statistics.bytes) == (len(sizes), sum(sizes))


@asynccontextmanager
async def opened(
    folder: Path, *, capacity_bytes: int = PLENTY_BYTES, capacity_entries: int = PLENTY
) -> AsyncIterator[Volume]:
    """Open a volume."""
    generations = Generations()
    async with EphemeralVolume.open(
        folder, capacity_bytes=capacity_bytes, capacity_entries=capacity_entries, generations=generations
    ) as volume:
        yield Volume(volume, folder, generations)


def key(number: int, *, image: str = CAT) -> VariantKey:
    """One of the variants of an image."""
    return VariantKey(image, f"{number:032x}")


def empty_images(folder: Path) -> list[Path]:
    """Folders of images that have no variants."""
    return [path for path in folder.glob("[0-9a-f][0-9a-f]/*") if not any(path.iterdir())]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the volume lies."""
    return tmp_path / "data" / "evol"


@pytest.fixture
async def volume(folder: Path) -> AsyncIterator[Volume]:
    """A volume large enough for everything, that was empty."""
    async with opened(folder) as volume:
        await volume.indexed()
        yield volume


async def test_variant_is_given_out_as_it_was_put(volume: Volume) -> None:
    """Bytes and facts come back the same."""
    meta = VariantMeta(mime="image/avif", width=3, height=4, frames=5, has_alpha=True)
    token = volume.generations.begin(CAT)
    assert await volume.it.put(key(1), meta, b"\0body\xff", token=token)
    assert await volume.it.get(key(1)) == (meta, b"\0body\xff")
    assert volume.path(key(1)).stat().st_size == HEAD_BYTES + 6
    volume.assert_books_are_true()


async def test_putting_again_replaces(volume: Volume) -> None:
    """The later variant is given out, and only that is counted."""
    await volume.put(key(1), b"earlier and longer")
    await volume.put(key(1), b"later")
    assert await volume.body(key(1)) == b"later"
    volume.assert_books_are_true()


async def test_statistics_tell_hits_and_misses(volume: Volume) -> None:
    """Every get is either."""
    await volume.put(key(1))
    for wanted in (1, 1, 1, 2):
        await volume.it.get(key(wanted))
    statistics = volume.it.statistics()
    assert (statistics.hits, statistics.misses, statistics.hit_rate) == (3, 1, 0.75)
    assert (statistics.capacity_bytes, statistics.capacity_entries) == (PLENTY_BYTES, PLENTY)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"GIF89a" + bytes(500)), id="foreign"),
        pytest.param(lambda path: os.truncate(path, HEAD_BYTES - 1), id="torn head"),
        pytest.param(lambda path: os.truncate(path, HEAD_BYTES + 3), id="torn body"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-1] + b"!"), id="damaged body"),
        pytest.param(lambda path: path.unlink(), id="vanished"),
    ],
)
async def test_file_that_is_not_whole_is_a_miss(volume: Volume, damage: Callable[[Path], object]) -> None:
    """It is removed and no longer counted, and the variant can be put again."""
    await volume.put(key(1), b"a body of some length")
    damage(volume.path(key(1)))
    assert await volume.it.get(key(1)) is None
    assert not volume.path(key(1)).exists()
    assert volume.it.statistics().misses == 1
    volume.assert_books_are_true()
    assert await volume.put(key(1), b"made again")
    assert await volume.body(key(1)) == b"made again"


async def test_new_file_is_not_removed_for_the_damage_of_the_old(volume: Volume) -> None:
    """Between the reading of a damaged file and its removal a whole one may have come: it stays."""
    await volume.put(key(1), b"body")
    whole = volume.path(key(1)).read_bytes()
    volume.path(key(1)).write_bytes(b"damaged")
    async with trio.open_nursery() as nursery, volume.naming:
        nursery.start_soon(volume.it.get, key(1))
        await volume.waits(1)
        volume.path(key(1)).write_bytes(whole)
    assert await volume.body(key(1)) == b"body"
    volume.assert_books_are_true()


async def test_limits_of_bytes_and_entries_hold(folder: Path) -> None:
    """However much is put, what is held fits; what has to go goes from the disk too, folders and all."""
    body = bytes(100)
    async with opened(folder, capacity_bytes=20 * (HEAD_BYTES + 100), capacity_entries=15) as volume:
        for number in range(60):
            assert await volume.put(key(number, image=f"{number // 3:032x}"), body)
            assert volume.it.statistics().entries <= 15
            assert volume.it.statistics().bytes <= 20 * (HEAD_BYTES + 100)
        statistics = volume.it.statistics()
        assert (statistics.entries, statistics.evictions) == (15, 45)
        volume.assert_books_are_true()
        assert not empty_images(folder)


async def test_variant_too_large_is_refused(folder: Path) -> None:
    """An object of a tenth of the volume is not stored, nor evicts anything; a volume of nothing is off."""
    async with opened(folder, capacity_bytes=10_000) as volume:
        assert await volume.put(key(1), bytes(999 - HEAD_BYTES))
        assert not await volume.put(key(2), bytes(1000 - HEAD_BYTES))
        assert await volume.body(key(1)) is not None
        volume.assert_books_are_true()
    for off in ({"capacity_bytes": 0}, {"capacity_entries": 0}):
        async with opened(folder.with_name("off"), **off) as volume:
            assert not await volume.put(key(1))
            assert not volume.it.statistics().is_degraded


async def test_deleting_one_variant_spares_the_others(volume: Volume) -> None:
    """Deleting says whether there was something, once."""
    await volume.put(key(1))
    await volume.put(key(2))
    assert await volume.it.delete(key(1))
    assert not await volume.it.delete(key(1))
    assert (await volume.body(key(1)), await volume.body(key(2))) == (None, b"body")
    volume.assert_books_are_true()


async def test_deleting_an_image_removes_all_its_variants(volume: Volume) -> None:
    """All go, and are counted; those of other images stay."""
    for number in range(5):
        await volume.put(key(number))
        await volume.put(key(number, image=DOG))
    assert await volume.it.delete_image(CAT) == 5
    assert await volume.it.delete_image(CAT) == 0
    assert [await volume.body(key(number)) for number in range(5)] == [None] * 5
    assert await volume.body(key(0, image=DOG)) == b"body"
    assert not volume.path(key(0)).parent.exists()
    volume.assert_books_are_true()


@pytest.mark.parametrize("image", ["", "..", "ca", "CA" * 16, "ca" * 15 + "/."])
async def test_only_a_key_names_an_image(volume: Volume, image: str) -> None:
    """No other text ever becomes a folder to empty."""
    with pytest.raises(ValueError, match="is no key"):
        await volume.it.delete_image(image)


async def test_put_begun_before_a_delete_leaves_nothing(volume: Volume) -> None:
    """A variant whose making began before its image was deleted is dropped; one begun after is kept."""
    token = volume.generations.begin(CAT)
    other = volume.generations.begin(DOG)
    await volume.it.delete_image(CAT)
    assert not await volume.put(key(1), token=token)
    assert await volume.put(key(1, image=DOG), token=other)
    volume.assert_books_are_true()
    assert await volume.put(key(1))


async def test_put_under_way_during_a_delete_leaves_nothing(volume: Volume) -> None:
    """Also one that has written its file already, and waits only to give it its name."""
    stored: list[bool] = []

    async def put() -> None:
        stored.append(await volume.put(key(1)))

    async with trio.open_nursery() as nursery, volume.naming:
        nursery.start_soon(put)
        await volume.waits(1)
        nursery.start_soon(volume.it.delete_image, CAT)
        await volume.waits(2)
    assert stored == [False]
    assert await volume.body(key(1)) is None
    assert files_below(volume.folder) == {}
    volume.assert_books_are_true()


async def test_file_named_during_a_delete_is_found_by_it(volume: Volume) -> None:
    """A delete that begins while a file is getting its name waits for that, and then removes it."""
    token = volume.generations.begin(CAT)
    deleted: list[int] = []

    async def delete() -> None:
        deleted.append(await volume.it.delete_image(CAT))

    async with trio.open_nursery() as nursery:

        def is_wanted() -> bool:
            # From here on the put holds the names; the delete comes now.
            nursery.start_soon(delete)
            return volume.generations.is_current(token)

        assert await volume.it._shelf.add(str(key(1)), META, b"body", is_wanted=is_wanted)
    assert deleted == [1]
    volume.assert_books_are_true()


async def test_token_of_another_image_is_a_mistake(volume: Volume) -> None:
    """It would prove nothing."""
    with pytest.raises(ValueError, match="a token of"):
        await volume.put(key(1), token=volume.generations.begin(DOG))


async def test_puts_are_refused_while_too_many_wait(volume: Volume) -> None:
    """A disk that hangs must not make us hold the bodies of everything that is made meanwhile."""
    async with trio.open_nursery() as nursery, volume.naming:
        for number in range(MAX_PUTS):
            nursery.start_soon(volume.put, key(number))
        await trio.testing.wait_all_tasks_blocked()
        assert not await volume.put(key(MAX_PUTS))
        assert volume.it.statistics().refusals == 1
    assert volume.it.statistics().entries == MAX_PUTS
    assert await volume.put(key(MAX_PUTS))


async def test_cancelled_put_leaves_the_books_true(volume: Volume) -> None:
    """A put that is cancelled while it waits to give its file a name removes the file."""
    async with volume.naming, trio.open_nursery() as nursery:
        nursery.start_soon(volume.put, key(1))
        await volume.waits(1)
        nursery.cancel_scope.cancel()
    assert files_below(volume.folder) == {}
    volume.assert_books_are_true()


async def test_cancelled_put_evicts_all_the_same(folder: Path) -> None:
    """Once a file has its name, whatever had to make room for it goes, also if the client has left."""
    async with opened(folder, capacity_entries=10) as volume:
        await volume.indexed()
        for number in range(10):
            await volume.put(key(number))
        async with trio.open_nursery() as others, trio.open_nursery() as clients, volume.naming:
            clients.start_soon(volume.put, key(10))
            await volume.waits(1)
            others.start_soon(cancel_when_next, volume, clients.cancel_scope)
            await volume.waits(2)
        assert volume.path(key(10)).exists()
        volume.assert_books_are_true()


async def cancel_when_next(volume: Volume, scope: trio.CancelScope) -> None:
    """Wait in line behind a put, and cancel it when it has named its file and waits to evict another."""
    async with volume.naming:
        await volume.waits(1)
        scope.cancel()


async def test_books_are_true_after_a_storm(folder: Path) -> None:
    """Thirty tasks put, get, delete and are cancelled at any moment, in a volume that is always full."""
    dice = random.Random(11)

    async def act(volume: Volume) -> None:
        for _ in range(25):
            wanted = key(dice.randrange(20), image=dice.choice([CAT, DOG]))
            body = wanted.variant.encode() * dice.randrange(1, 8)
            with trio.move_on_after(dice.choice([0.001, 10, 10, 10])):
                chance = dice.random()
                if chance < 0.01:
                    await volume.it.delete_image(wanted.image)
                elif chance < 0.05:
                    await volume.it.delete(wanted)
                elif chance < 0.4:
                    got = await volume.body(wanted)
                    assert got is None or got[:32] == wanted.variant.encode()
                else:
                    await volume.put(wanted, body)

    async with opened(folder, capacity_bytes=4000, capacity_entries=20) as volume:
        async with trio.open_nursery() as nursery:
            for _ in range(30):
                nursery.start_soon(act, volume)
        await volume.put(key(99))  # what a cancelled delete left half done is completed by the next put
        volume.assert_books_are_true()
        statistics = volume.it.statistics()
        assert statistics.evictions
        assert statistics.hits
        assert (statistics.errors, statistics.is_degraded) == (0, False)


async def test_meta_is_that_of_the_variant(volume: Volume) -> None:
    """Two variants of one image keep their own facts."""
    for number in (1, 2):
        meta = replace(META, width=number)
        await volume.it.put(key(number), meta, b"body", token=volume.generations.begin(CAT))
    found = [await volume.it.get(key(number)) for number in (1, 2)]
    assert [variant and variant[0].width for variant in found] == [1, 2]
