"""Opens files of this machine that are to become images: out of folders the operator has allowed, and no others.

What counts is where the opened file lies, not how its path is spelled: it is found without being opened, looked
at, and then that very file is opened, whatever has become of its path meanwhile.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path, PurePath
from typing import Self

import trio

from frontend.library.image_stream import ImageStream, too_large
from frontend.library.ingest_errors import SourceForbiddenError

CHUNK_BYTES = 256 << 10
_THREADS = 8
_NEVER_IN_A_PATH = re.compile(r"[\x00\ud800-\udfff]")

# What tells of the path. Anything else (no descriptor left, a failing disk) tells of us.
_NOT_THERE = frozenset(
    (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.ENXIO)
)


class _NotHereError(Exception):
    """The folder has no such file, or it leads out of the folder; the text is for the log."""


class LocalFolders:
    """The folders that images may be taken from; none by default."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._folders = tuple(Path(os.path.abspath(folder)) for folder in folders)
        self._threads = trio.CapacityLimiter(_THREADS)

    @asynccontextmanager
    async def open(self, path: str, *, max_bytes: int) -> AsyncIterator[ImageStream]:
        """Open a file by its path, absolute or within one of the folders; the block iterates over its bytes.

        Raises SourceForbiddenError, alike for what is not there and what is not allowed, TooLargeError or
        UnsupportedFormatError.
        """
        fd, size_bytes = await trio.to_thread.run_sync(self._open, path, limiter=self._threads)
        with closing(_OpenFile(fd, threads=self._threads)) as file:
            if size_bytes > max_bytes:
                raise too_large(max_bytes=max_bytes)
            extension = PurePath(path).suffix[1:].lower()
            yield await ImageStream.begin(file, max_bytes=max_bytes, extension=extension)

    def _open(self, path: str) -> tuple[int, int]:
        """Open the file in the first folder that has it; tell its size as well."""
        reasons = []
        for folder in self._folders:
            try:
                fd = _open_within(folder, path)
                return fd, os.fstat(fd).st_size
            except _NotHereError as error:
                reasons.append(f"{folder}: {error}")
        raise SourceForbiddenError(path, detail="; ".join(reasons) or "no folder is allowed")


class _OpenFile:
    """The bytes of a descriptor, read in threads."""

    def __init__(self, fd: int, *, threads: trio.CapacityLimiter) -> None:
        self._fd = fd
        self._threads = threads

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        chunk = await trio.to_thread.run_sync(os.read, self._fd, CHUNK_BYTES, limiter=self._threads)
        if not chunk:
            raise StopAsyncIteration
        return chunk

    def close(self) -> None:
        os.close(self._fd)


def _open_within(folder: Path, path: str) -> int:
    """Open a regular file that lies in the folder. Raises _NotHereError."""
    with _absence_told(), _located(folder) as (folder_fd, real_folder):
        relative = _relative(path, folder, Path(real_folder))
        with _located(relative, folder_fd=folder_fd) as (fd, real_path):
            if not real_path.startswith(real_folder.rstrip("/") + "/"):
                raise _NotHereError(f"leads to {real_path}")
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise _NotHereError("is no regular file")
            return os.open(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY)


@contextmanager
def _located(path: Path, *, folder_fd: int | None = None) -> Iterator[tuple[int, str]]:
    """Find a file, without opening it, and the place where the kernel says it lies."""
    # O_PATH: to open a device may do something, and to open a pipe waits for somebody.
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC, dir_fd=folder_fd)
    try:
        yield fd, os.readlink(f"/proc/self/fd/{fd}")
    finally:
        os.close(fd)


def _relative(path: str, *folders: Path) -> Path:
    """The way from the folder to the file, by the folder's name or by its real one; never upwards."""
    if _NEVER_IN_A_PATH.search(path) or ".." in PurePath(path).parts:
        raise _NotHereError("is no plain path")
    if not os.path.isabs(path):
        return Path(path)
    for folder in folders:
        if Path(path).is_relative_to(folder):
            return Path(path).relative_to(folder)
    raise _NotHereError("lies elsewhere")


@contextmanager
def _absence_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NOT_THERE:
            raise _NotHereError(error.strerror) from error
        raise
