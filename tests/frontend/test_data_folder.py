"""The data folder: made when missing, and one server's own for as long as that lives."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from frontend.data_folder import LOCK_NAME, hold_data_folder
from frontend.start_error import StartError

HOLD = """
import sys
from pathlib import Path
from frontend.data_folder import hold_data_folder

with hold_data_folder(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    """A missing folder is made, with those above it, and nobody else may look into it."""
    folder = tmp_path / "var" / "tintype"
    with hold_data_folder(folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / LOCK_NAME).stat().st_mode) == 0o600


def test_what_lies_in_the_folder_stays(tmp_path: Path) -> None:
    """A folder that exists is taken as it is."""
    (tmp_path / "kept").write_text("x")
    with hold_data_folder(tmp_path):
        assert (tmp_path / "kept").read_text() == "x"


def test_folder_is_one_servers_own(tmp_path: Path) -> None:
    """A second server that would write to the same folder does not start, and the first goes on holding it."""
    with hold_data_folder(tmp_path):
        for _ in range(2):
            with pytest.raises(StartError, match="another tintype"), hold_data_folder(tmp_path):
                pass


def test_folder_is_free_again_afterwards(tmp_path: Path) -> None:
    """One server after the other may hold it, also after one that failed."""
    with pytest.raises(ConnectionError), hold_data_folder(tmp_path):
        raise ConnectionError  # an OSError, and none of the lock's
    with hold_data_folder(tmp_path):
        pass


def test_death_lets_go_of_the_folder(tmp_path: Path) -> None:
    """A server that was killed leaves nothing behind that keeps the next one from starting."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StartError, match="another tintype"), hold_data_folder(tmp_path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with hold_data_folder(tmp_path):
            pass


def test_children_do_not_hold_the_folder(tmp_path: Path) -> None:
    """A process that the server has started and that outlives it does not keep the folder."""
    with hold_data_folder(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with child, hold_data_folder(tmp_path):
        child.kill()


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_path_that_is_no_folder_ends_the_start(tmp_path: Path, name: str) -> None:
    """A file in the way is named in one sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="file"), hold_data_folder(tmp_path / name):
        pass


def test_folder_that_cannot_be_written_ends_the_start() -> None:
    """A folder where nothing may be made is named in one sentence."""
    with pytest.raises(StartError, match="cannot be written"), hold_data_folder(Path("/proc/tintype")):
        pass


def test_file_system_without_locks_ends_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file system cannot lock, as some network folders cannot, the start says so."""

    def no_locks(_fd: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", no_locks)
    with pytest.raises(StartError, match="No locks available"), hold_data_folder(tmp_path):
        pass
