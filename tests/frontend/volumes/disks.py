"""Disks to try volumes on: small ones of their own, ones that refuse, and what really lies on them."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trio


async def until(holds: Callable[[], object]) -> None:
    """Let the other tasks go on until it holds; a thread's end is no event that could be waited for."""
    while not holds():
        await trio.lowlevel.checkpoint()


def files_below(folder: Path) -> dict[str, int]:
    """Every file below the folder, by its path from there, with its bytes: what ``du`` would add up."""
    return {str(path.relative_to(folder)): path.lstat().st_size for path in folder.rglob("*") if not path.is_dir()}


class SmallDisk:
    """A file system in memory, of few bytes and inodes, that only the process behind it has mounted.

    We reach it through that process, so nothing is left behind however the test ends.
    """

    def __init__(self, process: subprocess.Popen[str], mounted_at: Path) -> None:
        self._process = process
        self._mounted_at = mounted_at
        self.folder = Path(f"/proc/{process.pid}/root{mounted_at}")

    def mount(self, options: str) -> bool:
        """Mount it, or mount it anew with other options; say whether that worked."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        command = f"mount -t tmpfs -o {options} tmpfs '{self._mounted_at}' 2>/dev/null"
        self._process.stdin.write(f"{command} && echo yes || echo no\n")
        self._process.stdin.flush()
        return self._process.stdout.readline() == "yes\n"


@contextmanager
def small_disk(folder: Path, *, options: str) -> Iterator[SmallDisk]:
    """Have a disk of one's own. Skips the test where no process may mount one."""
    folder.mkdir()
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh"]
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    with process:
        disk = SmallDisk(process, folder)
        try:
            if process.poll() is not None or not disk.mount(options):
                pytest.skip("no process may mount a file system here")
        except BrokenPipeError:
            pytest.skip("no process may have mounts of its own here")
        yield disk


@contextmanager
def longest_file(max_bytes: int) -> Iterator[None]:
    """Let the operating system refuse whatever would make a file longer: a quota that every machine has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class FaultyCalls:
    """Calls of the operating system that fail while they are said to, and are noted when they work."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.seen: list[str] = []
        self._failing: Callable[[str, Path], bool] = lambda _call, _path: False
        for call in ("fsync", "rename", "unlink", "mkdir"):
            patch.setattr(os, call, self._guarded(call, getattr(os, call)))

    def fail(self, failing: Callable[[str, Path], bool]) -> None:
        """From now on let every call fail, with EIO, for which this is true."""
        self._failing = failing

    def work(self) -> None:
        """Let everything work again."""
        self.fail(lambda _call, _path: False)

    def _guarded(self, call: str, really: Callable[..., None]) -> Callable[..., None]:
        def guarded(subject: int | str | Path, *others: Any) -> None:  # noqa: ANN401 - passed on as they are
            path = Path(os.readlink(f"/proc/self/fd/{subject}")) if isinstance(subject, int) else Path(subject)
            if self._failing(call, path):
                raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
            really(subject, *others)
            kind = "folder" if path.is_dir() else "file"
            self.seen.append(f"{call} {kind} {Path(others[0]).name if call == 'rename' else path.name}")

        return guarded


def is_folder_sync(call: str, path: Path) -> bool:
    """For ``FaultyCalls.fail``: names cannot be made durable."""
    return call == "fsync" and stat.S_ISDIR(path.lstat().st_mode)
