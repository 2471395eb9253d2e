"""Cuts long lists for statements that name every item: a database takes so many parameters at once and no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

_T = TypeVar("_T")

BATCH = 500


def batches(items: Sequence[_T], *, size: int = BATCH) -> Iterator[Sequence[_T]]:
    """Yield the items in pieces of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
