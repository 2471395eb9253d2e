"""When a failing disk is tried again, and how little the log says of it."""

from __future__ import annotations

import errno
import os

import pytest
from structlog.testing import capture_logs

from frontend.volumes.disk_state import RETRY_AFTER_S, DiskState
from frontend.volumes.errors import VolumeError, VolumeFullError
from tests.frontend.volumes.test_memory import HandClock


def os_error(number: int) -> OSError:
    """What the operating system raises."""
    return OSError(number, os.strerror(number), "/srv/data/secret")


@pytest.fixture
def clock() -> HandClock:
    """The clock of the disk under test."""
    return HandClock()


@pytest.fixture
def disk(clock: HandClock) -> DiskState:
    """What is tested."""
    return DiskState("eVol", clock=clock)


def test_working_disk_is_always_tried(disk: DiskState) -> None:
    """Nothing is held back while nothing failed."""
    assert [disk.is_to_be_tried() for _ in range(3)] == [True, True, True]
    assert (disk.reason, disk.errors, disk.is_resting) == (None, 0, False)


def test_failing_disk_is_tried_once_after_each_rest(disk: DiskState, clock: HandClock) -> None:
    """One try at a time finds out whether it works again: the others are not made to wait for it."""
    disk.failed(os_error(errno.ENOSPC))
    assert not disk.is_to_be_tried()
    clock.now_s += RETRY_AFTER_S
    assert [disk.is_to_be_tried() for _ in range(3)] == [True, False, False]
    clock.now_s += RETRY_AFTER_S
    assert disk.is_to_be_tried()


def test_success_ends_the_rest(disk: DiskState) -> None:
    """Once it took something it is a working disk again; the count of errors stays."""
    disk.failed(os_error(errno.EROFS))
    disk.worked()
    assert disk.is_to_be_tried()
    assert (disk.reason, disk.errors) == (None, 1)


def test_reason_holds_no_path(disk: DiskState) -> None:
    """What went wrong can be shown to anyone."""
    disk.failed(os_error(errno.ENOSPC))
    assert disk.reason == "No space left on device"


def test_log_is_bounded(disk: DiskState, clock: HandClock) -> None:
    """A disk that fails and recovers a hundred times in a second is told of once, and each half minute again."""
    with capture_logs() as lines:
        for _ in range(100):
            disk.failed(os_error(errno.ENOSPC))
            disk.reading_failed(os_error(errno.EIO))
            disk.worked()
            clock.now_s += 0.01
    assert [line["event"] for line in lines] == ["volume.degraded", "volume.recovered"]
    assert (lines[0]["volume"], lines[0]["reason"]) == ("eVol", "No space left on device")
    clock.now_s += RETRY_AFTER_S
    with capture_logs() as lines:
        disk.reading_failed(os_error(errno.EIO))
        disk.failed(os_error(errno.EIO))
    assert [line["event"] for line in lines] == ["volume.unreadable"]


def test_unreadable_file_does_not_end_writing(disk: DiskState) -> None:
    """One bad file says nothing of the disk: writing it anew is what mends it."""
    disk.reading_failed(os_error(errno.EIO))
    assert disk.is_to_be_tried()
    assert (disk.reason, disk.errors) == (None, 1)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, VolumeFullError),
        (errno.EDQUOT, VolumeFullError),
        (errno.EFBIG, VolumeFullError),
        (errno.EROFS, VolumeError),
        (errno.EIO, VolumeError),
        (errno.EACCES, VolumeError),
    ],
)
def test_errors_of_the_system_become_ours(disk: DiskState, number: int, kind: type[VolumeError]) -> None:
    """Whatever means that there is no room is a full volume; all else is a failing one. Paths are for the log."""
    with pytest.raises(VolumeError) as caught, disk.watch():
        raise os_error(number)
    assert type(caught.value) is kind
    assert "/srv/data/secret" in str(caught.value)
    assert caught.value.message == kind.public_message
    assert disk.reason == os.strerror(number)


def test_full_is_507_and_failing_is_503() -> None:
    """A client may come back soon to a failing disk; a full one needs somebody to make room."""
    assert [(kind.status, kind.slug, kind.retry_after_s) for kind in (VolumeFullError, VolumeError)] == [
        (507, "insufficient_storage", None),
        (503, "storage_failed", 10),
    ]
