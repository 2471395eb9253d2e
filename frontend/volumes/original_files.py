"""How originals lie in their folder: as ``ab/cd/abcd…``, by their hash. Blocking: for threads only."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from frontend.volumes.fans import list_fans, list_files
from shared.messages import FileStamp

_HASH = re.compile(r"[0-9a-f]{64}")


def is_hash(text: str) -> bool:
    """Say whether it is a SHA-256 in hexadecimal digits, and so fit to be the name of a file."""
    return _HASH.fullmatch(text) is not None


def fans_of(sha256: str) -> tuple[str, str]:
    """Return the names of the two folders, one in the other, in which the original lies."""
    return sha256[:2], sha256[2:4]


def stamp_of(path: Path) -> FileStamp | None:
    """Return the size and version of a file; None where there is none. Raises OSError if that cannot be told."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _stamp(status) if stat.S_ISREG(status.st_mode) else None


def list_originals(folder: Path, fan: str) -> list[tuple[str, FileStamp]]:
    """Return the originals below one fan of the folder, sorted by hash. Raises OSError.

    Their contents are not read. A file that is not named like an original of this very place is none of ours.
    """
    found = [
        (name, _stamp(status))
        for inner in list_fans(folder / fan)
        for name, status in list_files(folder / fan / inner)
        if is_hash(name) and fans_of(name) == (fan, inner)
    ]
    return sorted(found, key=lambda original: original[0])


def _stamp(status: os.stat_result) -> FileStamp:
    return FileStamp(size_bytes=status.st_size, mtime_ns=status.st_mtime_ns, inode=status.st_ino)
