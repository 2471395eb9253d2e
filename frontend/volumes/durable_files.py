"""Files that are there whole or not at all, and folders that survive a power loss. Blocking: for threads only.

A file is written under a name that nobody looks for and renamed when it is whole. A rename is safe once the folder
of the new name is synced; a new folder, once its parent is. Only who knows that nobody else uses the volume may
remove the unfinished files of a crash: see ``frontend/data_folder.py``.
"""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_READ_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW


class UnfinishedFile:
    """A file under a temporary name: append to it, then publish or discard it."""

    def __init__(self, path: Path, fd: int) -> None:
        self.path = path
        self.is_named = False
        self._fd: int | None = fd

    @classmethod
    def create(cls, folder: Path) -> UnfinishedFile:
        """Begin an empty file in the folder, which is made when missing. Raises OSError."""
        path = folder / secrets.token_hex(16)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            fd = os.open(path, flags, FILE_MODE)
        except FileNotFoundError:
            os.makedirs(folder, FOLDER_MODE, exist_ok=True)
            fd = os.open(path, flags, FILE_MODE)
        return cls(path, fd)

    def append(self, data: bytes | memoryview) -> None:
        """Write all of it. Raises OSError, and then a part may have been written."""
        rest = memoryview(data)
        # A full disk takes a part first, and refuses only the next.
        while rest:
            rest = rest[os.write(self._open_fd, rest) :]

    def sync(self) -> None:
        """Wait until the disk has every byte. Raises OSError, and then the file is worth nothing any more."""
        os.fsync(self._open_fd)

    def rename(self, destination: Path) -> None:
        """Close the file and give it its name, in place of an earlier file. Raises OSError."""
        self.close()
        os.rename(self.path, destination)
        self.is_named = True

    def close(self) -> None:
        """Give the descriptor back; again is harmless."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def discard(self) -> None:
        """Close and remove the file, unless it has got its name. Raises OSError."""
        self.close()
        if not self.is_named:
            self.path.unlink(missing_ok=True)

    @property
    def _open_fd(self) -> int:
        if self._fd is None:
            raise ValueError("the file is closed")
        return self._fd


class DurableFolders:
    """Makes folders below ``root`` that are certain to survive, and remembers which ones are."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._durable: set[Path] = set()

    def make(self, *names: str) -> Path:
        """Return the folder of this name below the one before; each is made when missing. Raises OSError."""
        folder = self._root
        for name in names:
            parent, folder = folder, folder / name
            # One that is there already may have been made a moment ago, by a thread that has not synced it
            # yet, or by a process that was killed before it could.
            if _make_folder(folder) or folder not in self._durable:
                sync_path(parent)
                self._durable.add(folder)
        return folder


def sync_path(path: Path) -> None:
    """Wait until the disk has this file, or the names in this folder. Raises OSError."""
    fd = os.open(path, _READ_FLAGS)
    try:
        os.fsync(fd)
    except OSError as error:
        # Some file systems (of networks, and in user space) cannot sync a folder, and say so in this way.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(fd)


def size_if_there(path: Path) -> int | None:
    """Return the bytes of a file, or None where there is none. Raises OSError if that cannot be told."""
    try:
        return os.lstat(path).st_size
    except (FileNotFoundError, NotADirectoryError):
        return None


def empty_folder(folder: Path) -> int:
    """Remove every file in the folder and say how many there were. Raises OSError."""
    removed = 0
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                removed += 1
    return removed


def _make_folder(folder: Path) -> bool:
    """Say whether it was missing."""
    try:
        os.mkdir(folder, FOLDER_MODE)
    except FileExistsError:
        return False
    return True
