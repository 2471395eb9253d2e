"""How slowly bytes may arrive from someone we wait for. Knows time, and no protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import trio


class Pace:
    """Patience that waiting uses up and arriving bytes restore, up to ``slack_s``.

    Only the waits count: a disk of ours that is slow to take the bytes is not held against the sender.
    """

    def __init__(self, *, least_bytes_per_s: float, slack_s: float) -> None:
        self._least_bytes_per_s = least_bytes_per_s
        self._slack_s = slack_s
        self._left_s = slack_s

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait within the block. Raises trio.TooSlowError when patience ends."""
        began_s = trio.current_time()
        with trio.fail_after(self._left_s):
            yield
        self._left_s -= trio.current_time() - began_s
        # What came together with the deadline came too late as well.
        if self._left_s < 0:
            raise trio.TooSlowError

    def credit(self, size_bytes: int) -> None:
        """Take note of bytes that have arrived."""
        self._left_s = min(self._slack_s, self._left_s + size_bytes / self._least_bytes_per_s)
