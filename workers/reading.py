"""Reads a job's source: the bytes that came with it, or the very version of a file that was looked up."""

from __future__ import annotations

import os
import stat

from shared.errors import ServiceError, SourceChangedError, TooLargeError
from shared.messages import FileStamp, Source


def read(source: Source, *, max_bytes: int) -> bytes:
    """Return the source's bytes.

    Raises TooLargeError before reading, and SourceChangedError when the file is gone, is another one than was
    looked up, or changes while it is read.
    """
    if source.data is not None:
        _check_size(len(source.data), max_bytes)
        return source.data
    if source.path is None:
        raise ServiceError("a job with neither a path nor data")
    # Not blocking: what was a file a moment ago may have become a pipe that nobody writes to.
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(source.path, flags)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceChangedError(f"{source.path} is gone") from error
    with open(descriptor, "rb") as file:
        before = _stamp(descriptor, path=source.path)
        if source.stamp is not None and before != source.stamp:
            raise SourceChangedError(f"{source.path} is {before}, looked up was {source.stamp}")
        _check_size(before.size_bytes, max_bytes)
        data = file.read(before.size_bytes + 1)
        after = _stamp(descriptor, path=source.path)
    if after != before or len(data) != before.size_bytes:
        raise SourceChangedError(f"{source.path} changed while it was read")
    return data


def _stamp(descriptor: int, *, path: str) -> FileStamp:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise SourceChangedError(f"{path} is no file any more")
    return FileStamp(size_bytes=found.st_size, mtime_ns=found.st_mtime_ns, inode=found.st_ino)


def _check_size(size_bytes: int, max_bytes: int) -> None:
    if size_bytes > max_bytes:
        raise TooLargeError(f"the image file has {size_bytes} bytes, at most {max_bytes} are read")
