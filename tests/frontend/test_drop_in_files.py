"""Files of the drop-in folder once they are open: read as they are, whatever happens to them, and closed."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from frontend.drop_in import DropInFolder
from frontend.originals import CHUNK_BYTES, OpenImage, OriginalReader
from shared.errors import ImageNotFoundError
from tests.frontend.site import count_open_files

DATA = bytes(range(256)) * 5


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder, beside a file that is none of its business."""
    root = tmp_path / "images"
    root.mkdir()
    (root / "cat.png").write_bytes(DATA)
    (tmp_path / "secret.png").write_bytes(b"secret")
    return root


@pytest.fixture
def folder(root: Path) -> DropInFolder:
    """What is tested."""
    return DropInFolder(root)


async def read_all(image: OpenImage) -> bytes:
    """The file's bytes, as they are sent."""
    return b"".join([chunk async for chunk in image.chunks(first=0, length=image.image.stamp.size_bytes)])


async def test_file_is_read_to_its_end(folder: DropInFolder) -> None:
    """The bytes are the file's."""
    file = await OriginalReader().open(await folder.find("cat.png"))
    try:
        assert await read_all(file) == DATA
    finally:
        file.close()


async def test_opened_file_is_described_as_it_is(folder: DropInFolder, root: Path) -> None:
    """A file replaced between look-up and opening is served as the new one, whole."""
    image = await folder.find("cat.png")
    (root / "new.png").write_bytes(b"new")
    (root / "new.png").rename(root / "cat.png")
    file = await OriginalReader().open(image)
    try:
        assert file.image.stamp.size_bytes == 3
        assert await read_all(file) == b"new"
    finally:
        file.close()


async def test_file_may_vanish_before_it_is_opened(folder: DropInFolder, root: Path) -> None:
    """A file deleted between look-up and opening is not found."""
    image = await folder.find("cat.png")
    (root / "cat.png").unlink()
    with pytest.raises(ImageNotFoundError):
        await OriginalReader().open(image)


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
async def test_what_takes_a_files_place_is_not_opened(folder: DropInFolder, root: Path, kind: str) -> None:
    """Something else under the name of a file just looked up is not found, not waited for and not left open."""
    image = await folder.find("cat.png")
    path = root / "cat.png"
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("../secret.png")
    before = count_open_files()
    with pytest.raises(ImageNotFoundError):
        await OriginalReader().open(image)
    assert count_open_files() == before


async def test_open_file_outlives_its_name(folder: DropInFolder, root: Path) -> None:
    """A file deleted while it is sent is sent to its end."""
    file = await OriginalReader().open(await folder.find("cat.png"))
    try:
        (root / "cat.png").unlink()
        assert await read_all(file) == DATA
    finally:
        file.close()


async def test_shrinking_file_is_noticed(folder: DropInFolder, root: Path) -> None:
    """A file that became shorter than promised gives what there is, and then an error."""
    file = await OriginalReader().open(await folder.find("cat.png"))
    try:
        os.truncate(root / "cat.png", 1000)
        chunks = file.chunks(first=900, length=200)
        assert await anext(chunks) == DATA[900:1000]
        with pytest.raises(EOFError):
            await anext(chunks)
    finally:
        file.close()


async def test_growing_file_is_cut(folder: DropInFolder, root: Path) -> None:
    """Of a file that became longer no more is sent than was promised."""
    file = await OriginalReader().open(await folder.find("cat.png"))
    try:
        with (root / "cat.png").open("ab") as appended:
            appended.write(b"more")
        assert await read_all(file) == DATA
    finally:
        file.close()


async def test_file_is_read_in_pieces(folder: DropInFolder, root: Path) -> None:
    """A file larger than a piece comes in several, in order."""
    data = os.urandom(2 * CHUNK_BYTES + 7)
    (root / "large.png").write_bytes(data)
    file = await OriginalReader().open(await folder.find("large.png"))
    try:
        chunks = [chunk async for chunk in file.chunks(first=3, length=len(data) - 5)]
    finally:
        file.close()
    assert [len(chunk) for chunk in chunks] == [CHUNK_BYTES, CHUNK_BYTES, 2]
    assert b"".join(chunks) == data[3:-2]


async def test_closing_gives_the_descriptor_back(folder: DropInFolder) -> None:
    """Closed once it is closed; a second time does no harm, and reading is refused."""
    before = count_open_files()
    file = await OriginalReader().open(await folder.find("cat.png"))
    assert count_open_files() == before + 1
    file.close()
    file.close()
    assert count_open_files() == before
    with pytest.raises(ValueError, match="closed"):
        await file.read(1, offset=0)


@contextmanager
def no_descriptors_left() -> Iterator[None]:
    """Let this process open nothing more."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


async def test_trouble_of_ours_is_no_missing_file(folder: DropInFolder) -> None:
    """A server out of descriptors must not tell caches that the image is gone."""
    image = await folder.find("cat.png")
    with no_descriptors_left(), pytest.raises(OSError, match="Too many open files"):
        await OriginalReader().open(image)
