"""One lock for each key that is in use, none for the others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio


@dataclass(slots=True, eq=False)
class _Shared:
    lock: trio.Lock = field(default_factory=trio.Lock)
    users: int = 0


class KeyLocks:
    """Lets one task at a time work on a key, in the order they came."""

    def __init__(self) -> None:
        self._locks: dict[str, _Shared] = {}

    def __len__(self) -> int:
        """How many keys are in use."""
        return len(self._locks)

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Have the key to oneself."""
        shared = self._locks.setdefault(key, _Shared())
        shared.users += 1
        try:
            async with shared.lock:
                yield
        finally:
            shared.users -= 1
            if not shared.users:
                del self._locks[key]
