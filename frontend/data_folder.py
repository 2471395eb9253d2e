"""The data folder: made when missing, and held by one server at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from frontend.start_error import StartError

LOCK_NAME = "lock"


@contextmanager
def hold_data_folder(folder: Path) -> Iterator[None]:
    """Keep the folder to ourselves. The kernel lets go of it however this process ends.

    Raises StartError when it cannot be made, written or locked, or another process holds it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartError(f"the data folder {folder} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StartError(f"another tintype is using the data folder {folder}") from None
    except OSError as error:
        raise StartError(f"the data folder {folder} cannot be locked: {error.strerror}") from error
    else:
        yield
    finally:
        os.close(fd)
