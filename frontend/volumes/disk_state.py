"""Whether a volume's disk takes what it is given: why not, when to try again, and a log that stays small."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from frontend.volumes.errors import volume_error

RETRY_AFTER_S = 30.0

CLEANING_TIMEOUT_S = 10.0
"""Longest wait for a thread to clean up. One that has begun is waited for: the books must know how it ended."""

log = structlog.get_logger()


class DiskState:
    """Heard after every try to write, asked before the next.

    ``clock`` gives seconds and never goes backwards, as ``trio.current_time`` does.
    """

    def __init__(self, volume: str, *, clock: Callable[[], float]) -> None:
        self.errors = 0
        self.reason: str | None = None
        self._volume = volume
        self._clock = clock
        self._retry_at_s = -math.inf
        self._log_at_s = -math.inf
        self._is_told = False

    @property
    def is_resting(self) -> bool:
        """Say whether the last try failed, and not long ago."""
        return self.reason is not None and self._clock() < self._retry_at_s

    def is_to_be_tried(self) -> bool:
        """Say whether to write: always while it works, else one try after each rest."""
        if self.reason is None:
            return True
        if self.is_resting:
            return False
        self._retry_at_s = self._clock() + RETRY_AFTER_S
        return True

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Note an OSError, and raise VolumeError or VolumeFullError in its place."""
        try:
            yield
        except OSError as error:
            self.failed(error)
            raise volume_error(error) from error

    @contextmanager
    def note(self) -> Iterator[None]:
        """Note an OSError, and go on without what failed."""
        try:
            yield
        except OSError as error:
            self.failed(error)

    def failed(self, error: OSError) -> None:
        """Hear that the disk did not do what it was asked."""
        self.errors += 1
        self.reason = _reason(error)
        self._retry_at_s = self._clock() + RETRY_AFTER_S
        if self._is_time_to_log():
            self._is_told = True
            log.warning("volume.degraded", volume=self._volume, reason=self.reason, error=str(error))

    def reading_failed(self, error: Exception) -> None:
        """Hear that one file could not be read, which says nothing of the others or of writing."""
        self.errors += 1
        if self._is_time_to_log():
            log.warning("volume.unreadable", volume=self._volume, error=str(error))

    def worked(self) -> None:
        """Hear that the disk took something."""
        if self.reason is not None:
            self.reason = None
            if self._is_told:
                self._is_told = False
                log.info("volume.recovered", volume=self._volume)

    def _is_time_to_log(self) -> bool:
        now_s = self._clock()
        if now_s < self._log_at_s:
            return False
        self._log_at_s = now_s + RETRY_AFTER_S
        return True


def _reason(error: OSError) -> str:
    """In words that hold no path: they are shown where the log's are not."""
    return os.strerror(error.errno) if error.errno else type(error).__name__
