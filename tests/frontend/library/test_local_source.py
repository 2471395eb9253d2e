"""Images from this machine: only out of allowed folders, wherever a path seems to lead."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from frontend.library.ingest_errors import SourceForbiddenError
from frontend.library.local_source import LocalFolders
from shared.errors import ServiceError, TooLargeError, UnsupportedFormatError
from tests.frontend.library.web_servers import PNG, picture

MAX_BYTES = 1 << 20


@pytest.fixture
def allowed(tmp_path: Path) -> Path:
    """A folder that is allowed, with a picture in it and one in a folder of it."""
    folder = tmp_path / "allowed"
    (folder / "sub").mkdir(parents=True)
    (folder / "cat.png").write_bytes(picture())
    (folder / "sub" / "dog.png").write_bytes(picture(100))
    return folder


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A picture that lies outside."""
    path = tmp_path / "secret" / "secret.png"
    path.parent.mkdir()
    path.write_bytes(PNG + b"secret")
    return path


@pytest.fixture(autouse=True)
def _no_descriptor_stays_open() -> Iterator[None]:
    before = len(os.listdir("/proc/self/fd"))
    yield
    assert len(os.listdir("/proc/self/fd")) == before


async def take(folder: Path, path: str | Path, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Read the whole of it."""
    async with LocalFolders([folder]).open(str(path), max_bytes=max_bytes) as image:
        return b"".join([chunk async for chunk in image])


async def refused(folder: Path, path: str | Path) -> SourceForbiddenError:
    """Ask in vain, and return why."""
    with pytest.raises(SourceForbiddenError) as caught:
        await take(folder, path)
    return caught.value


async def test_file_is_read_by_either_path(allowed: Path) -> None:
    """A path is absolute, or relative to an allowed folder."""
    assert await take(allowed, allowed / "cat.png") == picture()
    assert await take(allowed, "cat.png") == picture()
    assert await take(allowed, "sub/dog.png") == picture(100)
    assert await take(allowed, "./sub//dog.png") == picture(100)


async def test_format_is_known_before_the_bytes_are_taken(allowed: Path) -> None:
    """The stream tells the format; TGA by the name alone."""
    (allowed / "old.TGA").write_bytes(bytes([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 8, 0, 24, 0]) + bytes(192))
    for name, expected in (("cat.png", "png"), ("old.TGA", "tga")):
        async with LocalFolders([allowed]).open(name, max_bytes=MAX_BYTES) as image:
            assert image.format.name == expected


async def test_nothing_is_allowed_by_default(allowed: Path) -> None:
    """Without a folder no path is read, not even one that exists."""
    with pytest.raises(SourceForbiddenError):
        async with LocalFolders().open(str(allowed / "cat.png"), max_bytes=MAX_BYTES):
            pass


async def test_first_folder_that_has_it_counts(allowed: Path, secret: Path) -> None:
    """Of several folders each is looked into, in their order."""
    folders = LocalFolders([allowed.parent / "gone", allowed, secret.parent])
    for path, first in (("cat.png", PNG), ("secret.png", PNG + b"secret"), (str(secret), PNG + b"secret")):
        async with folders.open(path, max_bytes=MAX_BYTES) as image:
            assert (await anext(image)).startswith(first)


@pytest.mark.parametrize(
    "path",
    [
        *("../secret/secret.png", "sub/../../secret/secret.png", "sub/../cat.png", ".."),
        *("/etc/passwd", "//etc/passwd", "/proc/self/environ", "/dev/zero", "~/cat.png", "file:///etc/passwd"),
        *("", ".", "/", "sub", "sub/", "cat.png/x", "gone.png", "a" * 300, "a/" * 5000),
        *("cat.png\x00", "\x00", "\ud800.png", "\udcff.png"),
    ],
)
@pytest.mark.usefixtures("secret")
async def test_path_elsewhere_is_refused(allowed: Path, path: str) -> None:
    """Ways out, what is no file, what is not there and what is no path at all are a 403."""
    error = await refused(allowed, path)
    assert error.status == 403


async def test_absolute_way_out_is_refused(allowed: Path, secret: Path) -> None:
    """A path that begins like an allowed folder's need not lie in it."""
    sibling = allowed.with_name("allowed-not")
    sibling.mkdir()
    (sibling / "cat.png").write_bytes(picture())
    await refused(allowed, secret)
    await refused(allowed, sibling / "cat.png")
    await refused(allowed, f"{allowed}/../secret/secret.png")
    (allowed / "link.png").symlink_to(sibling / "cat.png")
    await refused(allowed, "link.png")


async def test_absent_and_forbidden_look_alike(allowed: Path, secret: Path) -> None:
    """A client cannot find out which files there are; the log can tell."""
    (allowed / "link.png").symlink_to(secret)
    (allowed / "dangling.png").symlink_to(secret.with_name("gone"))
    told = [await refused(allowed, name) for name in ("link.png", "dangling.png", "gone.png")]
    assert [error.message for error in told] == [
        f"'{name}' is no place that images may be taken from" for name in ("link.png", "dangling.png", "gone.png")
    ]
    assert f"leads to {secret}" in str(told[0])
    there, gone = await refused(allowed, secret), await refused(allowed, secret.with_name("secret.gif"))
    assert there.message.replace("secret.png", "x") == gone.message.replace("secret.gif", "x")


async def test_links_may_lead_around_inside(allowed: Path) -> None:
    """Links to files and folders of the same folder are followed."""
    (allowed / "link.png").symlink_to("sub/dog.png")
    (allowed / "around").symlink_to(allowed / "sub")
    assert await take(allowed, "link.png") == picture(100)
    assert await take(allowed, "around/dog.png") == picture(100)


async def test_links_may_not_lead_out(allowed: Path, secret: Path) -> None:
    """Not by a link to a file, to a folder, in a chain, or through the descriptors of this process."""
    (allowed / "file.png").symlink_to(secret)
    (allowed / "folder").symlink_to(secret.parent)
    (allowed / "relative.png").symlink_to("../secret/secret.png")
    (allowed / "chain.png").symlink_to("file.png")
    (allowed / "circle.png").symlink_to("circle.png")
    (allowed / "root").symlink_to("/")
    with secret.open("rb") as file:
        (allowed / "descriptor.png").symlink_to(f"/proc/self/fd/{file.fileno()}")
        for name in ("file.png", "folder/secret.png", "relative.png", "chain.png", "circle.png", "descriptor.png"):
            await refused(allowed, name)
        await refused(allowed, f"root{secret}")


async def test_allowed_folder_may_be_a_link(allowed: Path, tmp_path: Path) -> None:
    """An operator may name a folder by a link; both its names count, also after it was switched."""
    (tmp_path / "current").symlink_to(allowed)
    folders = LocalFolders([tmp_path / "current"])
    for path in ("cat.png", str(tmp_path / "current" / "cat.png"), str(allowed / "cat.png")):
        async with folders.open(path, max_bytes=MAX_BYTES) as image:
            assert await anext(image)


async def test_whole_machine_may_be_allowed(secret: Path) -> None:
    """The root of all folders is a folder."""
    assert await take(Path("/"), secret) == PNG + b"secret"


async def test_what_is_no_regular_file_is_not_opened(allowed: Path) -> None:
    """A pipe nobody writes to, a socket and a device are refused at once."""
    os.mkfifo(allowed / "pipe.png")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(allowed / "socket.png"))
        for name in ("pipe.png", "socket.png"):
            await refused(allowed, name)
    await refused(Path("/dev"), "zero")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_unreadable_file_is_refused(allowed: Path) -> None:
    """A file that the server itself may not read looks like one that is not there."""
    (allowed / "cat.png").chmod(0)
    await refused(allowed, "cat.png")


async def test_file_that_is_too_large_is_not_read(allowed: Path) -> None:
    """The size is known beforehand: 413, and at the limit it is allowed."""
    assert await take(allowed, "cat.png", max_bytes=1000) == picture()
    with pytest.raises(TooLargeError, match="more than 999 bytes"):
        async with LocalFolders([allowed]).open("cat.png", max_bytes=999):
            raise AssertionError("opened")


async def test_file_that_grows_ends_at_the_limit(allowed: Path) -> None:
    """A file somebody goes on writing to is bounded like one that was large from the start."""
    async with LocalFolders([allowed]).open("cat.png", max_bytes=2000) as image:
        assert await anext(image) == picture()
        with (allowed / "cat.png").open("ab") as file:
            file.write(bytes(5000))
        with pytest.raises(TooLargeError):
            await anext(image)


async def test_what_is_no_image_is_refused(allowed: Path) -> None:
    """A text in an allowed folder is a 415, as from anywhere else."""
    (allowed / "notes.png").write_text("My notes, which are long enough to be looked at.")
    with pytest.raises(UnsupportedFormatError):
        await take(allowed, "notes.png")


async def test_replaced_file_is_read_as_it_was_opened(allowed: Path) -> None:
    """What was found and looked at is what is read, whatever has its name by now."""
    (allowed / "cat.png").write_bytes(picture(600_000))
    async with LocalFolders([allowed]).open("cat.png", max_bytes=MAX_BYTES) as image:
        first = await anext(image)
        (allowed / "cat.png").unlink()
        (allowed / "cat.png").write_bytes(b"another")
        rest = [chunk async for chunk in image]
    assert first + b"".join(rest) == picture(600_000)


async def test_race_gains_nothing(allowed: Path, secret: Path) -> None:
    """While a folder is being swapped for a link that leads out, no byte from outside is ever read."""
    (allowed / "sub" / "secret.png").write_bytes(picture(14))
    (allowed / "out").symlink_to(secret.parent)
    is_over = threading.Event()

    def swap() -> None:
        while not is_over.is_set():
            with suppress(FileNotFoundError):
                os.rename(allowed / "sub", allowed / "away")
                os.rename(allowed / "out", allowed / "sub")
                os.rename(allowed / "sub", allowed / "out")
                os.rename(allowed / "away", allowed / "sub")

    swapping = threading.Thread(target=swap)
    swapping.start()
    got: set[bytes | type[ServiceError]] = set()
    try:
        for _ in range(300):
            try:
                got.add(await take(allowed, "sub/secret.png"))
            except ServiceError as error:
                got.add(type(error))
    finally:
        is_over.set()
        swapping.join()
    assert got <= {picture(14), SourceForbiddenError}
