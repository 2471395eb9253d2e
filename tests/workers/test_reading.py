"""Reading a source: the version that was looked up, or none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.errors import SourceChangedError, TooLargeError
from shared.messages import FileStamp, Source
from workers.reading import read

_MAX_BYTES = 1000


def _source(path: Path) -> Source:
    found = path.stat()
    stamp = FileStamp(size_bytes=found.st_size, mtime_ns=found.st_mtime_ns, inode=found.st_ino)
    return Source(path=str(path), stamp=stamp)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "picture"
    path.write_bytes(b"pixels")
    return path


def test_the_version_that_was_looked_up_is_read(file: Path) -> None:
    """Path and stamp together name the bytes."""
    assert read(_source(file), max_bytes=_MAX_BYTES) == b"pixels"


def test_data_that_came_along_is_taken() -> None:
    """No file is needed."""
    assert read(Source(data=b"pixels"), max_bytes=_MAX_BYTES) == b"pixels"


def test_a_file_without_a_stamp_is_read_as_it_is(file: Path) -> None:
    """Whoever does not care for versions gives none."""
    assert read(Source(path=str(file)), max_bytes=_MAX_BYTES) == b"pixels"


def test_a_replaced_file_is_noticed_though_size_and_time_are_equal(file: Path) -> None:
    """The inode tells a new file of the same name, size and time."""
    source, found = _source(file), file.stat()
    other = file.with_name("other")
    other.write_bytes(b"PIXELS")
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
    other.replace(file)
    with pytest.raises(SourceChangedError):
        read(source, max_bytes=_MAX_BYTES)


def test_a_file_written_over_is_noticed(file: Path) -> None:
    """The time of change tells new bytes in the same file."""
    source, found = _source(file), file.stat()
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns + 1))
    with pytest.raises(SourceChangedError):
        read(source, max_bytes=_MAX_BYTES)


def test_a_vanished_file_is_a_change(file: Path) -> None:
    """A new look-up will find out what became of it."""
    source = _source(file)
    file.unlink()
    with pytest.raises(SourceChangedError):
        read(source, max_bytes=_MAX_BYTES)


def test_a_pipe_in_place_of_the_file_does_not_hang(file: Path) -> None:
    """Nothing waits for a writer that may never come."""
    source = _source(file)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(SourceChangedError):
        read(source, max_bytes=_MAX_BYTES)


@pytest.mark.parametrize("comes_along", [True, False])
def test_too_many_bytes_are_refused(file: Path, comes_along: bool) -> None:
    """From a file they are not even read."""
    source = Source(data=b"pixels") if comes_along else _source(file)
    with pytest.raises(TooLargeError, match="6 bytes, at most 5"):
        read(source, max_bytes=5)
