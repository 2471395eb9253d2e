"""The drop-in folder: any image file lying in it is served under its relative path. Read only.

A name from a URL becomes a file here and nowhere else, so that nothing outside the folder can be named.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import trio

from shared.errors import ImageNotFoundError
from shared.messages import FileStamp

MAX_NAME_BYTES = 1024
CHUNK_BYTES = 256 << 10
_THREADS = 16

# Not all that Python calls unprintable: names may hold Japanese blanks, and emoji held together by joiners.
_NEVER_IN_A_NAME = re.compile(r"[\\\x00-\x1f\x7f-\x9f\ud800-\udfff]")

# What tells of the name. Anything else (no descriptor left, a failing disk) tells of us, and is no 404.
_ABSENT = frozenset(
    (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.ENXIO)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceImage:
    """An original as it lay there when it was looked up."""

    name: str
    path: Path
    stamp: FileStamp

    @property
    def extension(self) -> str:
        """In lower case, without the dot; empty when there is none."""
        return self.path.suffix[1:].lower()

    @property
    def identity(self) -> str:
        """Changes whenever the file may have been replaced."""
        stamp = self.stamp
        return f"{self.name}\0{stamp.size_bytes}\0{stamp.mtime_ns}\0{stamp.inode}"


class OpenImage:
    """An original opened for reading; ``image`` is what it was at that moment. Close it."""

    def __init__(self, fd: int, image: SourceImage, *, threads: trio.CapacityLimiter) -> None:
        self.image = image
        self._fd: int | None = fd
        self._threads = threads

    async def read(self, size_bytes: int, *, offset: int) -> bytes:
        """Read a piece; fewer bytes than wanted mean the end of the file."""
        if self._fd is None:
            raise ValueError("the image is closed")
        return await trio.to_thread.run_sync(os.pread, self._fd, size_bytes, offset, limiter=self._threads)

    async def chunks(self, *, first: int, length: int) -> AsyncGenerator[bytes, None]:
        """Yield exactly ``length`` bytes. Raises EOFError if the file has become shorter meanwhile."""
        offset, end = first, first + length
        while offset < end:
            data = await self.read(min(CHUNK_BYTES, end - offset), offset=offset)
            if not data:
                raise EOFError(f"{self.image.name} ended at byte {offset}, {end} were promised")
            yield data
            offset += len(data)

    def close(self) -> None:
        """Give the descriptor back; again is harmless."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


class DropInFolder:
    """Finds files by name, in threads of its own, each time anew: a replaced file is noticed at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = os.path.abspath(folder)
        self._threads = trio.CapacityLimiter(_THREADS)

    async def find(self, name: str) -> SourceImage:
        """Look the file up. Raises ImageNotFoundError."""
        check_name(name)
        return await trio.to_thread.run_sync(self._find, name, limiter=self._threads)

    async def open(self, image: SourceImage) -> OpenImage:
        """Open the file as it is now. Raises ImageNotFoundError."""
        fd, now = await trio.to_thread.run_sync(_open, image, limiter=self._threads)
        return OpenImage(fd, now, threads=self._threads)

    def _find(self, name: str) -> SourceImage:
        with _absent_is_not_found():
            # Each time anew as well: the folder may be a link that is switched from one release to the next.
            root = os.path.realpath(self._folder, strict=True)
            path = os.path.realpath(os.path.join(root, name), strict=True)
            status = os.stat(path)
        # Links may lead around inside the folder, not out of it; a pipe would never end.
        if not path.startswith(root.rstrip(os.sep) + os.sep) or not stat.S_ISREG(status.st_mode):
            raise ImageNotFoundError()
        return SourceImage(name=name, path=Path(path), stamp=_stamp(status))


def _open(image: SourceImage) -> tuple[int, SourceImage]:
    with _absent_is_not_found():
        fd = os.open(image.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        os.close(fd)
        raise ImageNotFoundError()
    return fd, replace(image, stamp=_stamp(status))


@contextmanager
def _absent_is_not_found() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _ABSENT:
            raise ImageNotFoundError() from None
        raise


def _stamp(status: os.stat_result) -> FileStamp:
    return FileStamp(size_bytes=status.st_size, mtime_ns=status.st_mtime_ns, inode=status.st_ino)


def check_name(name: str) -> None:
    """Raise ImageNotFoundError for a name that no image of ours can have.

    Among them every way to spell a parent folder, absolute paths, hidden files and control characters.
    """
    if (
        _NEVER_IN_A_NAME.search(name)
        or any(not part or part.startswith(".") for part in name.split("/"))
        or len(name.encode()) > MAX_NAME_BYTES
    ):
        raise ImageNotFoundError()
