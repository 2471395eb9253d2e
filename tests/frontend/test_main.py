"""The command as a process of its own, among others in a pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("words", [["modules"], ["config", "--json"], ["keys", "list"]])
def test_reader_may_leave(tmp_path: Path, words: list[str]) -> None:
    """Behind ``head`` a command ends as others do, and says nothing about it."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "frontend", *words],
            stdout=write_end,
            stderr=subprocess.PIPE,
            env={**os.environ, "TINTYPE_DATA_PATH": str(tmp_path), "TINTYPE_LOG_LEVEL": "warning"},
            check=False,
            timeout=30,
        )
    finally:
        os.close(write_end)
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGPIPE, b"")
