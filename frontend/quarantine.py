"""Remembers what ended workers, so that it is left alone for a while. Time is passed in."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from shared.errors import QuarantinedError

LIMIT = 2
"""Workers that a job may end before it is refused."""

MAX_SUSPECTS = 10_000


@dataclass(slots=True)
class _Suspect:
    ended_workers: int
    until_s: float


class Quarantine:
    """Counts workers ended per name, where a name is an image (crashes) or an image with a plan (deadlines).

    A deadline may be the plan's doing: to count it against the image would let anyone who asks for dear plans
    shut out an image for everybody else.
    """

    def __init__(self, *, duration_s: float) -> None:
        self._duration_s = duration_s
        self._suspects: OrderedDict[str, _Suspect] = OrderedDict()

    def check(self, *names: str, now_s: float) -> None:
        """Raise QuarantinedError if one of ``names`` has ended ``LIMIT`` workers of late."""
        for name in names:
            suspect = self._suspects.get(name)
            if suspect is not None and suspect.ended_workers >= LIMIT and now_s < suspect.until_s:
                wait_s = int(suspect.until_s - now_s) + 1
                raise QuarantinedError(f"{name} ended {suspect.ended_workers} workers", retry_after_s=wait_s)

    def record(self, name: str, *, now_s: float) -> None:
        """Count one worker ended by ``name``; the count starts anew when the time is over."""
        suspect = self._suspects.pop(name, None)
        if suspect is None or now_s >= suspect.until_s:
            suspect = _Suspect(0, 0.0)
        suspect.ended_workers += 1
        suspect.until_s = now_s + self._duration_s
        self._suspects[name] = suspect
        # The oldest goes: a flood of different bad images must not grow without bound.
        while len(self._suspects) > MAX_SUSPECTS:
            self._suspects.popitem(last=False)

    def forgive(self, name: str) -> None:
        """Take back one worker: it turned out that ``name`` had not ended it."""
        suspect = self._suspects.get(name)
        if suspect is not None:
            suspect.ended_workers = max(0, suspect.ended_workers - 1)

    def count(self, *, now_s: float) -> int:
        """How many names are refused at this time."""
        return sum(
            suspect.ended_workers >= LIMIT and now_s < suspect.until_s for suspect in self._suspects.values()
        )
