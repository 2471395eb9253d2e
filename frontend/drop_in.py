"""The drop-in folder: any image file lying in it is served under its relative path. Read only.

A name from a URL becomes a file here and nowhere else, so that nothing outside the folder can be named.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import trio

from frontend.originals import SourceImage, absent_is_not_found, stamp_of
from shared.errors import ImageNotFoundError

MAX_NAME_BYTES = 1024
_THREADS = 16

# Not all that Python calls unprintable: names may hold Japanese blanks, and emoji held together by joiners.
_NEVER_IN_A_NAME = re.compile(r"[\\\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class DropInFolder:
    """Finds files by name, in threads of its own, each time anew: a replaced file is noticed at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = os.path.abspath(folder)
        self._threads = trio.CapacityLimiter(_THREADS)

    async def find(self, name: str) -> SourceImage:
        """Look the file up. Raises ImageNotFoundError."""
        check_name(name)
        return await trio.to_thread.run_sync(self._find, name, limiter=self._threads)

    def _find(self, name: str) -> SourceImage:
        with absent_is_not_found():
            # Each time anew as well: the folder may be a link that is switched from one release to the next.
            root = os.path.realpath(self._folder, strict=True)
            path = os.path.realpath(os.path.join(root, name), strict=True)
            status = os.stat(path)
        # Links may lead around inside the folder, not out of it; a pipe would never end.
        if not path.startswith(root.rstrip(os.sep) + os.sep) or not stat.S_ISREG(status.st_mode):
            raise ImageNotFoundError()
        return SourceImage(name=name, path=Path(path), stamp=stamp_of(status))


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
