"""Folders named by two hexadecimal digits, among which many files are spread so that no folder grows long.

Blocking: for threads only. What a file's own name may be is the business of who keeps files there.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

_FAN = re.compile(r"[0-9a-f]{2}")


def list_fans(folder: Path) -> list[str]:
    """Return the names of the fans there are, sorted. Raises OSError."""
    return [name for name in list_folders(folder) if _FAN.fullmatch(name)]


def list_folders(folder: Path) -> list[str]:
    """Return the names of all folders in the folder, sorted. Raises OSError."""
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))


def list_files(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Yield name and state of every regular file in the folder, in no order. Raises OSError."""
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # removed since its name was read
            if stat.S_ISREG(status.st_mode):
                yield entry.name, status
