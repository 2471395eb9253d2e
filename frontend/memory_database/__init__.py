"""What is known for a while: keys that were seen, names that mean nothing, how much of a limit is spent.

The contract is here, the database inside this process in ``in_process.py``; one that several nodes share keeps
the same contract.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``per_s`` requests a second sustained, and ``burst`` (at least 1) at once. Raises ValueError for no rate."""

    per_s: float
    burst: int

    def __post_init__(self) -> None:
        if not (self.per_s > 0 and math.isfinite(self.per_s)):
            raise ValueError(f"not a rate: {self.per_s} requests a second")
        if self.burst < 1:
            raise ValueError(f"a burst of {self.burst} lets nothing through")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether a request may pass, and what is left.

    ``limit`` is how many may pass at once, ``remaining`` how many may still, ``reset_s`` the time until all may
    again, and ``retry_after_s`` the time until one may; 0 if it may now.
    """

    is_allowed: bool
    limit: int
    remaining: int
    reset_s: float
    retry_after_s: float


class MemoryDatabase(Protocol):
    """Keys to bytes with a time to live, and limits.

    Nothing here outlives a restart, and all of it may be lost. Values and limits do not share their keys.
    """

    async def get(self, key: str) -> bytes | None:
        """Return the value; None where there is none, or none any more."""

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """Keep the value for ``ttl_s`` seconds, or until room is needed."""

    async def delete(self, key: str) -> None:
        """Forget the value."""

    async def take(self, key: str, rate: Rate) -> Decision:
        """Count one request against the limit called ``key``, unless it is refused.

        In one step, whoever else asks. A rate that differs from the last one holds at once.
        """
