"""Byte ranges. Source: RFC 9110, section 14. One range is served; several are answered with the whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.errors import RangeNotSatisfiableError

_RANGE = re.compile(r"bytes=\s*(\d*)-(\d*)\s*", re.ASCII | re.IGNORECASE)
_MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from ``first`` to ``last``, both included, of ``size_bytes``."""

    first: int
    last: int
    size_bytes: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.last - self.first + 1

    @property
    def is_whole(self) -> bool:
        """Nothing is left out."""
        return self.length == self.size_bytes

    @property
    def content_range(self) -> str:
        """The header's value."""
        return f"bytes {self.first}-{self.last}/{self.size_bytes}"


def whole(size_bytes: int) -> ByteRange:
    """All bytes."""
    return ByteRange(0, size_bytes - 1, size_bytes)


def parse_range(header: str | None, *, size_bytes: int) -> ByteRange | None:
    """Return the range asked for; None when the whole is to be sent, as for anything malformed.

    Raises RangeNotSatisfiableError for a range beyond the end.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or max(map(len, match.groups())) > _MAX_DIGITS:
        return None
    first, last = match.groups()
    if first:
        if last and int(last) < int(first):
            return None
        start, end = int(first), min(int(last) if last else size_bytes, size_bytes - 1)
    elif last:
        start, end = max(0, size_bytes - int(last)), size_bytes - 1
    else:
        return None
    if start > end:
        raise RangeNotSatisfiableError(size_bytes=size_bytes)
    return ByteRange(start, end, size_bytes)
