"""Importing a tree: what is taken, in which order, how many at once, and what stops it; with a fake pool."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from frontend.library.catalogue import FILE_NAME, Catalogue
from frontend.library.import_tree import Imported, Outcome, TreeImport, list_tree
from frontend.library.ingest import Ingest, Wishes
from frontend.volumes.errors import VolumeError, VolumeFullError
from frontend.volumes.key_locks import KeyLocks
from frontend.volumes.persistent import PersistentVolume
from shared.errors import CorruptImageError
from shared.limits import Limits
from tests.fake_pool import FakePool
from tests.frontend.library.libraries import all_images

LIMITS = Limits(max_bytes=1000)


def image_of(text: str) -> bytes:
    """Bytes that begin like an image; the fake pool looks no further."""
    return b"\x89PNG\r\n\x1a\n" + text.encode()


def plant(folder: Path, *paths: str) -> None:
    """Lay images into the folder, each with bytes of its own."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(image_of(path))


@dataclass
class Scene:
    """A library, a folder beside it, and what was told of its files."""

    folder: Path
    catalogue: Catalogue
    originals: PersistentVolume
    pool: FakePool
    ingest: Ingest
    told: list[Imported] = field(default_factory=list)

    async def run(self, wishes: Wishes | None = None, *, workers: int = 1) -> dict[str, str]:
        """Import the folder; return what became of each file, in the order in which it was told."""
        self.told.clear()
        await TreeImport(
            self.folder,
            wishes or Wishes(),
            ingest=self.ingest,
            catalogue=self.catalogue,
            max_bytes=LIMITS.max_bytes,
            workers=workers,
        ).run(self.told.append)
        return {told.file.path: told.outcome.value for told in self.told}


@asynccontextmanager
async def scene(tmp_path: Path, *, max_entries: int = 0) -> AsyncIterator[Scene]:
    """Open everything but a worker."""
    folder, pool = tmp_path / "tree", FakePool()
    folder.mkdir()
    async with (
        PersistentVolume.open(tmp_path / "pvol", max_bytes=0, max_entries=max_entries) as originals,
        Catalogue.open(tmp_path / FILE_NAME) as catalogue,
    ):
        ingest = Ingest(
            catalogue=catalogue,
            originals=originals,
            pool=pool,
            limits=LIMITS,
            locks=KeyLocks(),
            needs_tags=False,
        )
        yield Scene(folder, catalogue, originals, pool, ingest)


async def test_every_image_is_taken_in_the_order_of_names(tmp_path: Path) -> None:
    """The files of a folder come first, sorted, then those of the folders in it."""
    async with scene(tmp_path) as tree:
        plant(tree.folder, "b.png", "z/1.png", "a.png", "c/d/2.png", "c/3.png")
        assert list(await tree.run()) == ["a.png", "b.png", "c/3.png", "c/d/2.png", "z/1.png"]
        assert await tree.catalogue.count() == 5


async def test_image_has_the_tags_and_the_secrecy_wished_for(tmp_path: Path) -> None:
    """What is said of the import holds for every image, and its name is made from its bytes."""
    async with scene(tmp_path) as tree:
        plant(tree.folder, "a.png")
        await tree.run(Wishes(tags=("sea", "blue"), private=True))
        (record,) = await all_images(tree.catalogue)
        assert (record.tags, record.private) == (("blue", "sea"), True)
        assert record.filename == f"{record.hash[:16]}.png"
        assert tree.originals.path(record.hash).read_bytes() == image_of("a.png")


async def test_second_run_adds_what_is_new_and_inspects_nothing_else(tmp_path: Path) -> None:
    """An import that was stopped goes on: what is there is told as known, and costs no worker's time."""
    async with scene(tmp_path) as tree:
        plant(tree.folder, "a.png", "b.png")
        await tree.run()
        plant(tree.folder, "c.png")
        assert await tree.run() == {"a.png": "known", "b.png": "known", "c.png": "added"}
        assert len(tree.pool.inspections) == 3


async def test_same_bytes_are_added_once(tmp_path: Path) -> None:
    """Copies in one tree are one image, also when they are on their way at the same time."""
    async with scene(tmp_path) as tree:
        for name in "abcd":
            (tree.folder / f"{name}.png").write_bytes(image_of("same"))
        outcomes = sorted((await tree.run(workers=4)).values())
        assert outcomes == ["added", "known", "known", "known"]
        assert await tree.catalogue.count() == 1


async def test_image_under_a_given_name_is_known_by_its_bytes(tmp_path: Path) -> None:
    """What the library has under another name is not added again, and that name is told."""
    async with scene(tmp_path) as tree:
        plant(tree.folder, "a.png")
        await tree.run(Wishes(name="mine.png"))
        await tree.run()
        assert [(told.outcome, told.name) for told in tree.told] == [(Outcome.KNOWN, "mine.png")]


async def test_hidden_files_are_left_out(tmp_path: Path) -> None:
    """Neither hidden files nor anything in hidden folders is looked at."""
    async with scene(tmp_path) as tree:
        plant(tree.folder, "seen.png", ".hidden.png", ".git/a.png", "sub/.x/b.png")
        assert list(await tree.run()) == ["seen.png"]


async def test_links_lead_around_inside_but_not_out(tmp_path: Path) -> None:
    """A link to a file inside is taken, one that leads out is refused, and those to folders are not followed."""
    async with scene(tmp_path) as tree:
        plant(tmp_path, "secret.png")
        plant(tree.folder, "sub/.kept.png")
        (tree.folder / "in.png").symlink_to("sub/.kept.png")
        (tree.folder / "out.png").symlink_to(tmp_path / "secret.png")
        (tree.folder / "round").symlink_to(".")
        (tree.folder / "away").symlink_to(tmp_path)
        assert await tree.run() == {"in.png": "added", "out.png": "failed"}
        assert "leads to" in str(tree.told[-1].reason)


async def test_what_is_wrong_with_one_file_does_not_stop_the_others(tmp_path: Path) -> None:
    """Damaged, too large, no image, no file at all: each is told with its reason, and the rest is added."""
    async with scene(tmp_path) as tree:
        plant(tree.folder, "a.png", "e.png")
        (tree.folder / "b.txt").write_text("words")
        (tree.folder / "c.png").write_bytes(image_of("x" * 1000))
        os.mkfifo(tree.folder / "d.png")
        tree.pool.failures.append(CorruptImageError("cut off"))
        outcomes = await tree.run()
        assert list(outcomes.values()) == ["failed", "no_image", "failed", "failed", "added"]
        reasons = [str(told.reason) for told in tree.told[:4]]
        expected = ("cut off", "not an image", "1000 bytes", "no regular file")
        for reason, words in zip(reasons, expected, strict=True):
            assert words in reason
        assert tree.originals.statistics().entries == 1


async def test_folder_that_cannot_be_listed_is_told(tmp_path: Path) -> None:
    """A folder that is gone, or closed to us, is one failure with its reason."""
    async with scene(tmp_path) as tree:
        tree.folder.rmdir()
        assert await tree.run() == {".": "failed"}
        assert tree.told[0].reason == "No such file or directory"


async def test_as_many_are_inspected_at_once_as_there_are_workers(tmp_path: Path) -> None:
    """The workers are kept busy, and nothing piles up in front of them."""
    async with scene(tmp_path) as tree, trio.open_nursery() as nursery:
        plant(tree.folder, *(f"{number}.png" for number in range(9)))
        tree.pool.gate = trio.Event()
        nursery.start_soon(lambda: tree.run(workers=3))
        while len(tree.pool.inspections) < 3:
            await wait_all_tasks_blocked(0.001)
        await wait_all_tasks_blocked(0.02)
        assert len(tree.pool.inspections) == 3
        tree.pool.gate.set()
    assert len(tree.told) == 9


async def test_full_library_ends_the_import(tmp_path: Path) -> None:
    """When there is no room the import says so once and stops; what was added before stays."""
    async with scene(tmp_path, max_entries=2) as tree:
        plant(tree.folder, *(f"{number}.png" for number in range(6)))
        with pytest.raises(VolumeFullError):
            await tree.run()
        assert [told.outcome for told in tree.told] == [Outcome.ADDED, Outcome.ADDED]
        assert await tree.catalogue.count() == 2


async def test_last_free_place_is_taken(tmp_path: Path) -> None:
    """Those that find no place any more do not undo the one that had found it, however many come at once."""
    async with scene(tmp_path, max_entries=1) as tree:
        plant(tree.folder, *(f"{number}.png" for number in range(6)))
        with pytest.raises(VolumeFullError):
            await tree.run(workers=3)
        assert [told.outcome for told in tree.told] == [Outcome.ADDED]


async def test_failing_storage_is_not_tried_again_with_every_file(tmp_path: Path) -> None:
    """What is not the fault of a file ends the import at the first of them."""
    async with scene(tmp_path) as tree:
        plant(tree.folder, *(f"{number}.png" for number in range(6)))
        tree.pool.failures.append(VolumeError("the disk is gone"))
        with pytest.raises(VolumeError, match="the disk is gone"):
            await tree.run()
        assert len(tree.pool.inspections) == 1
        assert tree.told == []


async def test_stopped_import_leaves_no_half_of_an_image(tmp_path: Path) -> None:
    """What was on its way when the import was stopped is gone: bytes as well as record."""
    async with scene(tmp_path) as tree, trio.open_nursery() as nursery:
        plant(tree.folder, "a.png", "b.png")
        tree.pool.gate = trio.Event()
        nursery.start_soon(lambda: tree.run(workers=2))
        while len(tree.pool.inspections) < 2:
            await wait_all_tasks_blocked(0.001)
        nursery.cancel_scope.cancel()
    assert not [path for path in (tmp_path / "pvol").rglob("*") if path.is_file()]


async def test_list_tells_sizes(tmp_path: Path) -> None:
    """How many bytes there are to come is known before the first is read."""
    plant(tmp_path, "a.png", "b/c.png")
    (tmp_path / "broken").symlink_to("nowhere")
    found = [(file.path, file.size_bytes) async for file in list_tree(tmp_path)]
    assert found == [("a.png", 13), ("broken", 0), ("b/c.png", 15)]
