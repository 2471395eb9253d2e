"""Roles and the keys that have them. Who needs which role is in ``frontend/access/table.py``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What the holder of a key may do; each may all that those before it may."""

    READER = "reader"
    EDITOR = "editor"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Whether who has this role may do what needs ``other``."""
        return _RANKS[self] >= _RANKS[other]


_RANKS = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as the catalogue knows it: all but the key itself, of which ``digest`` is the SHA-256.

    ``requests_per_second`` and ``max_batch_size`` are None where nothing was set: then there is no limit to the
    rate, and the server's own to batches. The role admin has neither.
    """

    username: str
    role: Role
    digest: bytes
    key_prefix: str
    created_at: datetime
    last_used_at: datetime | None = None
    is_active: bool = True
    requests_per_second: float | None = None
    max_batch_size: int | None = None
