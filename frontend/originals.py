"""Originals: what is known of one that was looked up, and one that is opened for reading.

Which name means which original is up to ``frontend/drop_in.py`` and the library.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

import trio

from shared.errors import ImageNotFoundError
from shared.formats import BY_NAME
from shared.messages import FileStamp

CHUNK_BYTES = 256 << 10
_THREADS = 16

# What tells of the name. Anything else (no descriptor left, a failing disk) tells of us, and is no 404.
_ABSENT = frozenset(
    (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.ENXIO)
)


class Standing(Enum):
    """What a name promises: how long its bytes stay the same, and who may have them."""

    DROP_IN = "a file that anyone may replace at any time"
    NAMED = "an image of the library under a name that was given: another may have it one day"
    GENERATED = "an image of the library under a name made from its bytes: it never changes"
    PRIVATE = "an image of the library for holders of a key"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceImage:
    """An original as it lay there when it was looked up. Of those in the library hash and format are known."""

    name: str
    path: Path
    stamp: FileStamp
    hash: str | None = None
    standing: Standing = Standing.DROP_IN
    record_id: int | None = None
    format: str | None = None

    @property
    def extension(self) -> str:
        """What files of its kind end in: in lower case, without the dot, empty when that is not known.

        Formats without leading bytes of their own are known by it; in the library names may end in anything.
        """
        if self.format is not None:
            return BY_NAME[self.format].extensions[0]
        return os.path.splitext(self.name)[1][1:].lower()

    @property
    def key(self) -> str:
        """Names the image to the caches, in hexadecimal digits: its variants are found, and purged, under it."""
        return (
            self.hash or hashlib.blake2b(self.name.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
        )

    @property
    def identity(self) -> str:
        """Changes whenever the bytes may have."""
        if self.hash is not None:
            return f"sha256\0{self.hash}"
        return f"{self.name}\0{self.stamp.size_bytes}\0{self.stamp.mtime_ns}\0{self.stamp.inode}"


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


class OriginalReader:
    """Opens originals, in threads of its own."""

    def __init__(self) -> None:
        self.threads = trio.CapacityLimiter(_THREADS)

    async def open(self, image: SourceImage) -> OpenImage:
        """Open the file as it is now. Raises ImageNotFoundError."""
        fd, now = await trio.to_thread.run_sync(_open, image, limiter=self.threads)
        return OpenImage(fd, now, threads=self.threads)


def _open(image: SourceImage) -> tuple[int, SourceImage]:
    with absent_is_not_found():
        fd = os.open(image.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode):
        os.close(fd)
        raise ImageNotFoundError()
    return fd, replace(image, stamp=stamp_of(status))


@contextmanager
def absent_is_not_found() -> Iterator[None]:
    """Turn what the system says of a name that means no file into ImageNotFoundError."""
    try:
        yield
    except OSError as error:
        if error.errno in _ABSENT:
            raise ImageNotFoundError() from None
        raise


def stamp_of(status: os.stat_result) -> FileStamp:
    """What tells this version of a file from the next."""
    return FileStamp(size_bytes=status.st_size, mtime_ns=status.st_mtime_ns, inode=status.st_ino)
