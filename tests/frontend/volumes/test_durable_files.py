"""Files that are there whole or not at all, and folders that survive."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from frontend.volumes.durable_files import (
    DurableFolders,
    UnfinishedFile,
    empty_folder,
    size_if_there,
    sync_path,
)
from tests.frontend.volumes.disks import FaultyCalls, files_below, is_folder_sync, longest_file


def test_file_has_its_name_only_when_it_is_renamed(tmp_path: Path) -> None:
    """Until then its bytes lie under a name that nobody looks for."""
    file = UnfinishedFile.create(tmp_path)
    file.append(b"half")
    assert files_below(tmp_path) == {file.path.name: 4}
    file.append(b" and half")
    file.rename(tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"half and half"
    assert file.is_named


def test_renaming_replaces_an_earlier_file(tmp_path: Path) -> None:
    """There is no moment without a file of that name, and no third file."""
    (tmp_path / "name").write_bytes(b"earlier")
    file = UnfinishedFile.create(tmp_path)
    file.append(b"later")
    file.rename(tmp_path / "name")
    assert files_below(tmp_path) == {"name": 5}


def test_discarded_file_is_gone(tmp_path: Path) -> None:
    """Discarding closes and removes it, and may be done twice."""
    file = UnfinishedFile.create(tmp_path)
    file.append(b"bytes")
    file.discard()
    file.discard()
    assert files_below(tmp_path) == {}
    with pytest.raises(ValueError, match="closed"):
        file.append(b"more")


def test_discarding_spares_a_file_that_has_its_name(tmp_path: Path) -> None:
    """What was published stays, also if another unfinished file has got the old name since."""
    file = UnfinishedFile.create(tmp_path)
    file.rename(tmp_path / "name")
    file.path.write_bytes(b"another's")
    file.discard()
    assert files_below(tmp_path) == {"name": 0, file.path.name: 9}


def test_missing_folder_is_made(tmp_path: Path) -> None:
    """A folder that somebody removed is no reason to fail for ever."""
    file = UnfinishedFile.create(tmp_path / "new" / "incoming")
    file.close()
    assert list(files_below(tmp_path)) == [f"new/incoming/{file.path.name}"]


def test_only_we_may_read_what_we_write(tmp_path: Path) -> None:
    """Originals may be private: neither the file nor the folder is open to others."""
    file = UnfinishedFile.create(DurableFolders(tmp_path).make("ab"))
    file.close()
    assert (file.path.stat().st_mode & 0o777, file.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_refused_bytes_are_an_error(tmp_path: Path) -> None:
    """A disk that takes only a part of the bytes is noticed, not taken for one that took them all."""
    file = UnfinishedFile.create(tmp_path)
    with longest_file(1 << 20), pytest.raises(OSError) as caught:  # noqa: PT011 - the number is the point
        file.append(bytes(3 << 19))
    assert caught.value.errno == errno.EFBIG
    assert file.path.stat().st_size == 1 << 20
    file.discard()


def test_new_folders_are_synced_into_their_parents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder survives once its parent is synced, each in turn; known ones cost nothing more."""
    calls = FaultyCalls(monkeypatch)
    folders = DurableFolders(tmp_path)
    assert folders.make("ab", "cd") == tmp_path / "ab" / "cd"
    assert calls.seen == [
        "mkdir folder ab",
        f"fsync folder {tmp_path.name}",
        "mkdir folder cd",
        "fsync folder ab",
    ]
    folders.make("ab", "cd")
    assert len(calls.seen) == 4


def test_folder_of_unknown_age_is_synced_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that was there already may come from a process that was killed before it was safe."""
    (tmp_path / "ab").mkdir()
    calls = FaultyCalls(monkeypatch)
    folders = DurableFolders(tmp_path)
    folders.make("ab")
    folders.make("ab")
    assert calls.seen == [f"fsync folder {tmp_path.name}"]


def test_folder_that_was_removed_is_made_and_synced_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered of a folder is not believed against the disk."""
    calls = FaultyCalls(monkeypatch)
    folders = DurableFolders(tmp_path)
    folders.make("ab").rmdir()
    calls.seen.clear()
    folders.make("ab")
    assert calls.seen == ["mkdir folder ab", f"fsync folder {tmp_path.name}"]


def test_folder_is_not_called_durable_when_its_sync_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next one who needs it syncs it again."""
    calls = FaultyCalls(monkeypatch)
    folders = DurableFolders(tmp_path)
    calls.fail(is_folder_sync)
    with pytest.raises(OSError, match="Input/output error"):
        folders.make("ab")
    calls.work()
    calls.seen.clear()
    folders.make("ab")
    assert calls.seen == [f"fsync folder {tmp_path.name}"]


def test_sync_reports_what_the_disk_reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error is raised; only that a file system cannot sync folders at all is none."""
    sync_path(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync_path(tmp_path / "missing")

    def refuse(number: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", lambda _fd: refuse(errno.EINVAL))
    sync_path(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _fd: refuse(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        sync_path(tmp_path)


def test_size_tells_the_missing_from_the_empty(tmp_path: Path) -> None:
    """No file and no folder for it are the same; an empty file is one of no bytes."""
    (tmp_path / "empty").touch()
    assert size_if_there(tmp_path / "empty") == 0
    assert size_if_there(tmp_path / "missing") is None
    assert size_if_there(tmp_path / "empty" / "below a file") is None


def test_emptying_removes_files_only(tmp_path: Path) -> None:
    """All files go and are counted; folders stay, and a missing folder has no files."""
    for name in ("one", "two"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    assert empty_folder(tmp_path) == 2
    assert os.listdir(tmp_path) == ["folder"]
    assert empty_folder(tmp_path / "missing") == 0
