"""The drop-in folder: which names are files of it, and that nothing else can be named."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from frontend.drop_in import MAX_NAME_BYTES, DropInFolder
from shared.errors import ImageNotFoundError
from tests.shared.strategies import ANY_TEXT, PROPERTY

DATA = bytes(range(256)) * 5


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder, beside one that is none of its business."""
    root = tmp_path / "images"
    root.mkdir()
    (root / "cat.png").write_bytes(DATA)
    (tmp_path / "secret.png").write_bytes(b"secret")
    return root


@pytest.fixture
def folder(root: Path) -> DropInFolder:
    """What is tested."""
    return DropInFolder(root)


async def test_file_is_found(folder: DropInFolder, root: Path) -> None:
    """A file is found under its name, with its size, time and inode."""
    image = await folder.find("cat.png")
    status = (root / "cat.png").stat()
    stamp = image.stamp
    assert (stamp.size_bytes, stamp.mtime_ns, stamp.inode) == (len(DATA), status.st_mtime_ns, status.st_ino)


@pytest.mark.parametrize(
    "name",
    [
        "a b.png",
        "été.png",
        "写真\u3000一.png",  # an ideographic space, as Japanese names have it
        "Screenshot 9.41\u202fAM.png",  # a narrow no-break space, as macOS puts it
        "\N{FAMILY}\u200d\N{GIRL}.png",
        "שלום\u200f.png",
        "e\u0301.png",
        "cat.png ",
        "cat.png.",
        "cat..png",
        "100%.png",
        "a+b&c=d?.png",
        "%2e%2e.png",
        "noextension",
        "C:cat.png",
        "-rf.png",
        "~.png",
        "deep/er/and deeper/cat.png",
        "x" * 255,
    ],
)
async def test_any_sensible_name_is_served(folder: DropInFolder, root: Path, name: str) -> None:
    """Names in any script, with blanks, dots inside, signs and joiners are names of files."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"here")
    assert (await folder.find(name)).path == path


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "/",
        "//",
        "../secret.png",
        "./cat.png",
        "x/../cat.png",
        "../images/cat.png",
        "../../../../../../etc/passwd",
        "/etc/passwd",
        "//etc/passwd",
        "/cat.png",
        "cat.png/",
        "cat.png/.",
        "a//b.png",
        "..\\secret.png",
        "..\\..\\etc\\passwd",
        "C:\\Windows\\win.ini",
        "\\\\server\\share\\cat.png",
        "cat.png\0",
        "cat.png\0.jpg",
        "../secret.png\0.png",
        "cat\n.png",
        "cat\x7f.png",
        "cat\x9f.png",
        "\ud800.png",
        "\udcc0\udcae\udcc0\udcae/secret.png",
        ".hidden.png",
        "sub/.hidden.png",
        ".git/config",
        "..cat.png",
        ".. /secret.png",
        "...",
    ],
)
async def test_no_such_name_can_be(folder: DropInFolder, root: Path, name: str) -> None:
    """Parent and hidden folders, absolute paths, backslashes, control characters and broken text are refused."""
    (root / "sub").mkdir()
    for hidden in (".hidden.png", "sub/.hidden.png"):
        (root / hidden).write_bytes(b"hidden")
    with pytest.raises(ImageNotFoundError):
        await folder.find(name)


@pytest.mark.parametrize(
    "name",
    [
        "dog.png",
        "CAT.PNG",
        "cat.png/cat.png",
        "\uff0e\uff0e/secret.png",  # full-width dots
        "\u2024\u2024/secret.png",  # one dot leaders
        "\u2025/secret.png",  # a two dot leader
        "x\u2215..\u2215secret.png",  # division slashes
        "x\u2044..\u2044secret.png",  # fraction slashes
        "x\uff0f..\uff0fsecret.png",  # full-width slashes
        "%2e%2e/secret.png",
        "x%2f..%2fsecret.png",
        "%252e%252e%252fsecret.png",
        "x%5c..%5csecret.png",
        "\xc0\xae\xc0\xae/secret.png",  # dots in overlong UTF-8, read as Latin-1
        "\ufffd\ufffd/secret.png",  # the same, read as UTF-8
        "\xa0../secret.png",
        "file:x",
        "x" * 256,
        "x" * 300 + "/cat.png",
        "é" * 513,
        "x/" * 511 + "xyz",
        "x/" * 600,
    ],
)
async def test_no_such_file_is(folder: DropInFolder, name: str) -> None:
    """Names that look like others are other names, and names may be too long for us or for the disk."""
    with pytest.raises(ImageNotFoundError):
        await folder.find(name)


@pytest.mark.parametrize("letter", ["x", "é"])
async def test_name_may_be_so_long(folder: DropInFolder, root: Path, letter: str) -> None:
    """1024 bytes of UTF-8, folders included; a file under a longer name is not served, though it lies there."""
    part = letter * (200 // len(letter.encode()))
    longest = "/".join([part] * 5 + ["x" * 19])
    for name in (longest, longest + "x"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"here")
    assert len(longest.encode()) == MAX_NAME_BYTES
    assert (await folder.find(longest)).name == longest
    with pytest.raises(ImageNotFoundError):
        await folder.find(longest + "x")


async def test_only_files_are_images(folder: DropInFolder, root: Path) -> None:
    """A folder, a pipe, a socket and a device are no images, and none of them is waited for."""
    (root / "folder.png").mkdir()
    os.mkfifo(root / "pipe.png")
    (root / "device.png").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "socket.png"))
        for name in ("folder.png", "pipe.png", "socket.png", "device.png"):
            with pytest.raises(ImageNotFoundError):
                await folder.find(name)


async def test_link_inside_the_folder_is_followed(folder: DropInFolder, root: Path) -> None:
    """Links to files and folders that are served themselves are served too."""
    (root / "sub").mkdir()
    (root / "sub/link.png").symlink_to("../cat.png")
    (root / "other").symlink_to("sub")
    assert (await folder.find("other/link.png")).path == root / "cat.png"


async def test_link_out_of_the_folder_leads_nowhere(folder: DropInFolder, root: Path) -> None:
    """A link to a file outside, by whatever detour, is no image; nor is one that leads round in a circle."""
    beside = root.parent / "images.old"
    beside.mkdir()
    (beside / "cat.png").write_bytes(b"secret")
    (root / "relative.png").symlink_to("../secret.png")
    (root / "absolute.png").symlink_to(root.parent / "secret.png")
    (root / "twice.png").symlink_to("relative.png")
    (root / "parent").symlink_to("..")
    (root / "beside").symlink_to(beside)
    (root / "dangling.png").symlink_to("gone.png")
    (root / "circle.png").symlink_to("circle.png")
    names = ("relative.png", "absolute.png", "twice.png", "parent/secret.png", "parent/images/../secret.png")
    for name in (*names, "beside/cat.png", "dangling.png", "circle.png"):
        with pytest.raises(ImageNotFoundError):
            await folder.find(name)


async def test_folder_may_be_a_link_that_is_switched(root: Path) -> None:
    """Releases are switched by a link: from then on the new folder's files are served."""
    (root.parent / "second").mkdir()
    (root.parent / "second/cat.png").write_bytes(b"second")
    link = root.parent / "current"
    link.symlink_to("images")
    folder = DropInFolder(link)
    assert (await folder.find("cat.png")).stamp.size_bytes == len(DATA)
    link.unlink()
    link.symlink_to("second")
    assert (await folder.find("cat.png")).stamp.size_bytes == len(b"second")


async def test_relative_folder_stays_where_it_was(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder given relative to the working directory is not looked for elsewhere when that changes."""
    monkeypatch.chdir(root.parent)
    folder = DropInFolder(Path("images"))
    monkeypatch.chdir("/")
    assert (await folder.find("cat.png")).path == root / "cat.png"


async def test_missing_folder_holds_nothing_yet(tmp_path: Path) -> None:
    """Before the folder is made no image is found; afterwards they are, without a restart."""
    folder = DropInFolder(tmp_path / "later")
    with pytest.raises(ImageNotFoundError):
        await folder.find("cat.png")
    (tmp_path / "later").mkdir()
    (tmp_path / "later/cat.png").write_bytes(DATA)
    assert (await folder.find("cat.png")).stamp.size_bytes == len(DATA)


async def test_replaced_file_has_another_identity(folder: DropInFolder, root: Path) -> None:
    """Another size, another time, another inode: each alone makes it another image."""
    path = root / "cat.png"
    identities = {(await folder.find("cat.png")).identity}
    status = path.stat()
    path.write_bytes(DATA + b"+")
    os.utime(path, ns=(0, status.st_mtime_ns))
    identities.add((await folder.find("cat.png")).identity)
    os.utime(path, ns=(0, status.st_mtime_ns + 1))
    identities.add((await folder.find("cat.png")).identity)
    twin = root / "twin.png"
    twin.write_bytes(path.read_bytes())
    os.utime(twin, ns=(0, status.st_mtime_ns + 1))
    twin.rename(path)
    identities.add((await folder.find("cat.png")).identity)
    assert len(identities) == 4


async def test_two_names_of_a_file_are_two_images(folder: DropInFolder, root: Path) -> None:
    """The name is part of the identity: what is known of one name is not said of another."""
    os.link(root / "cat.png", root / "dog.png")
    cat, dog = await folder.find("cat.png"), await folder.find("dog.png")
    assert cat.stamp == dog.stamp
    assert cat.identity != dog.identity


@pytest.mark.parametrize(("name", "extension"), [("A.PNG", "png"), ("a.b.Jpg", "jpg"), ("a", ""), ("a.", "")])
async def test_extension_is_told_in_lower_case(
    folder: DropInFolder, root: Path, name: str, extension: str
) -> None:
    """What stands behind the last dot, if anything does."""
    (root / name).write_bytes(b"here")
    assert (await folder.find(name)).extension == extension


@settings(parent=PROPERTY, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=ANY_TEXT | st.text(st.sampled_from("./\\%2efs\0cat.png"), max_size=40))
async def test_no_name_leads_out(folder: DropInFolder, root: Path, name: str) -> None:
    """Whatever the name, what is found lies inside the folder."""
    try:
        image = await folder.find(name)
    except ImageNotFoundError:
        return
    assert image.path.is_relative_to(root)
