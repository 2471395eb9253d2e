"""What a nursery raises comes in groups, and groups of groups: this finds the errors in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

_Error = TypeVar("_Error", bound=BaseException)


def leaves(group: BaseExceptionGroup[_Error]) -> Iterator[_Error]:
    """Yield the errors of a group, however deep they lie."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error
