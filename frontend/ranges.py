"""Byte ranges. Source: RFC 9110, section 14. One range is served; several are answered with the whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.errors import RangeNotSatisfiableError

_RANGE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)[ \t]*", re.ASCII | re.IGNORECASE)
_FAR_BEYOND = 10**18
"""Stands for any number of more digits: no file is as long."""


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
    def content_range(self) -> str:
        """The header's value."""
        return f"bytes {self.first}-{self.last}/{self.size_bytes}"


def parse_range(header: str, *, size_bytes: int) -> ByteRange | None:
    """Return the range asked for; None when the whole is to be sent, as for anything malformed.

    Raises RangeNotSatisfiableError for a range beyond the end.
    """
    match = _RANGE.fullmatch(header)
    if match is None:
        return None
    first, last = map(_number, match.groups())
    if first is None:
        if last is None:
            return None
        first, last = max(0, size_bytes - last), size_bytes - 1
    elif last is None:
        last = size_bytes - 1
    elif last < first:
        return None
    if first >= size_bytes:
        raise RangeNotSatisfiableError(size_bytes=size_bytes)
    return ByteRange(first, min(last, size_bytes - 1), size_bytes)


def _number(digits: str) -> int | None:
    """Read a number of any length; None for none."""
    significant = digits.lstrip("0") or digits[:1]
    if not significant:
        return None
    return int(significant) if len(significant) <= 18 else _FAR_BEYOND
