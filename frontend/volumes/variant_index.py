"""What the ephemeral volume knows of its files: which are there, which are worth keeping, which must go.

No I/O and no waiting: all calls come from one Trio thread. The files themselves are the business of
``frontend/volumes/ephemeral.py``, which removes what is doomed and adopts what an earlier process left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from frontend.volumes.s3_fifo import S3Fifo
from frontend.volumes.variant_folder import FoundVariant


class VariantIndex:
    """Names and sizes of files in bounded bytes and entries; a capacity of 0 admits none.

    Until ``complete`` was called there may be files that are not known yet.
    """

    def __init__(self, *, capacity_bytes: int, capacity_entries: int) -> None:
        self.evictions = 0
        self.doomed: set[str] = set()
        self._files: S3Fifo[Literal[True]] = S3Fifo(
            capacity_bytes=capacity_bytes, capacity_entries=capacity_entries, on_evict=self._evicted
        )
        # What was removed since the search for files began: it may have been found before that.
        self._removed: set[str] | None = set()
        self._surplus_bytes = 0
        self._surplus_entries = 0

    def __len__(self) -> int:
        return len(self._files)

    @property
    def capacity_bytes(self) -> int:
        """As given."""
        return self._files.capacity_bytes

    @property
    def capacity_entries(self) -> int:
        """As given."""
        return self._files.capacity_entries

    @property
    def used_bytes(self) -> int:
        """The sizes of all files known, added up."""
        return self._files.used_bytes

    @property
    def is_complete(self) -> bool:
        """Say whether what is not known is not there."""
        return self._removed is None

    def admits(self, size_bytes: int) -> bool:
        """Say whether a file of this size would be kept."""
        return self._files.admits(size_bytes)

    def get(self, name: str) -> bool:
        """Say whether the file is known, and count the access."""
        return self._files.get(name) is not None

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def put(self, name: str, *, size_bytes: int) -> None:
        """Know a file that has just been named; others may be doomed by this."""
        self.doomed.discard(name)
        self._files.put(name, True, size_bytes=size_bytes)

    def forget(self, name: str) -> None:
        """Know no more of a file that has gone."""
        self._files.delete(name)
        self._note_removal(name)

    def doom(self, name: str) -> None:
        """Know no more of a file that has to go."""
        self.forget(name)
        self.doomed.add(name)

    def expect(self, runs: Iterable[Sequence[FoundVariant]]) -> None:
        """Hear what was found, all of it, before any of it is adopted."""
        for run in runs:
            self._surplus_bytes += sum(found.size_bytes for found in run)
            self._surplus_entries += len(run)
        self._surplus_bytes += self._files.used_bytes - self._files.capacity_bytes
        self._surplus_entries += len(self._files) - self._files.capacity_entries

    def adopt(self, oldest_first: Iterable[FoundVariant]) -> None:
        """Know files that were found. If there are too many, those that come first are doomed."""
        for found in oldest_first:
            if found.name in self._files or self._was_removed(found.name):
                self._take_off_surplus(found)
                continue
            # Without this S3-FIFO would keep the oldest: it fills its main queue first, and lets the later ones
            # pass through the small queue as so many strangers.
            is_surplus = self._surplus_bytes > 0 or self._surplus_entries > 0
            if is_surplus or not self._files.put(found.name, True, size_bytes=found.size_bytes):
                self._take_off_surplus(found)
                self._evicted(found.name)

    def complete(self) -> None:
        """Hear that all that was found is adopted."""
        self._removed = None

    def _take_off_surplus(self, found: FoundVariant) -> None:
        self._surplus_bytes -= found.size_bytes
        self._surplus_entries -= 1

    def _was_removed(self, name: str) -> bool:
        return self._removed is not None and name in self._removed

    def _note_removal(self, name: str) -> None:
        if self._removed is not None:
            self._removed.add(name)

    def _evicted(self, name: str) -> None:
        self.evictions += 1
        self.doomed.add(name)
        self._note_removal(name)
