"""The administrator's key: made once, kept as a digest, and known again."""

from __future__ import annotations

import hashlib
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from frontend.admin_key import FILE_NAME, AdminKey
from frontend.start_error import StartError

KEY = "the-key-of-the-tests"


@contextmanager
def limited_file_size(size_bytes: int) -> Iterator[None]:
    """Let this process write no more than this into a file, as on a disk that is full."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_key_is_known() -> None:
    """Exactly the key is."""
    assert AdminKey.of(KEY).is_key(KEY)


@pytest.mark.parametrize(
    "token",
    ["", f"{KEY}x", KEY[:-1], KEY.upper(), f" {KEY}", f"{KEY}\n", f"Bearer {KEY}", "ÿ€\x00", "\udcff"],
)
def test_anything_else_is_not(token: str) -> None:
    """Not a part of it, nor more than it, nor what is no text at all."""
    assert not AdminKey.of(KEY).is_key(token)


def test_key_is_made_at_the_first_start(tmp_path: Path) -> None:
    """The first start makes a key of 256 random bits and tells it; it knows it again."""
    admin, key = AdminKey.kept_in(tmp_path)
    assert key is not None
    assert key.startswith("tintype_admin_")
    assert len(key.removeprefix("tintype_admin_")) >= 43
    assert admin.is_key(key)


def test_key_is_kept_and_not_told_again(tmp_path: Path) -> None:
    """Later starts know the same key and have none to tell."""
    _, key = AdminKey.kept_in(tmp_path)
    admin, told = AdminKey.kept_in(tmp_path)
    assert told is None
    assert admin.is_key(str(key))
    assert not admin.is_key("None")


def test_every_folder_has_its_own_key(tmp_path: Path) -> None:
    """Two servers do not share a key."""
    keys = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        keys.add(AdminKey.kept_in(tmp_path / name)[1])
    assert len(keys) == 2


def test_file_holds_a_digest_for_its_owner_only(tmp_path: Path) -> None:
    """Who reads the file, or a backup of it, does not learn the key; and only the owner may read it."""
    _, key = AdminKey.kept_in(tmp_path)
    file = tmp_path / FILE_NAME
    assert file.read_text() == hashlib.sha256(str(key).encode()).hexdigest()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_digest_may_end_in_a_newline(tmp_path: Path) -> None:
    """A file that someone wrote with a tool of the shell is read as well."""
    (tmp_path / FILE_NAME).write_text(hashlib.sha256(KEY.encode()).hexdigest() + "\n")
    assert AdminKey.kept_in(tmp_path)[0].is_key(KEY)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"ab", b"00" * 31, b"00" * 33, b"zz" * 32, b"\xff" * 64, KEY.encode()]
)
def test_damaged_file_ends_the_start(tmp_path: Path, content: bytes) -> None:
    """A file that holds no digest, as after a full disk, is named: nobody is locked out without a word."""
    file = tmp_path / FILE_NAME
    file.write_bytes(content)
    with pytest.raises(StartError, match=FILE_NAME) as refused:
        AdminKey.kept_in(tmp_path)
    assert "delete it" in str(refused.value)
    assert file.read_bytes() == content


def test_file_that_is_a_folder_ends_the_start(tmp_path: Path) -> None:
    """What cannot be read is not written over."""
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StartError, match=FILE_NAME):
        AdminKey.kept_in(tmp_path)


def test_missing_folder_ends_the_start(tmp_path: Path) -> None:
    """A key that could not be kept is not told."""
    with pytest.raises(StartError, match="cannot be written"):
        AdminKey.kept_in(tmp_path / "missing")


def test_full_disk_is_told_and_told_again(tmp_path: Path) -> None:
    """A key whose digest could not be written whole is not told, nor is what was written taken for one later."""
    with limited_file_size(10), pytest.raises(StartError, match="cannot be written"):
        AdminKey.kept_in(tmp_path)
    with pytest.raises(StartError, match="delete it"):
        AdminKey.kept_in(tmp_path)
