"""Remembers which keys there are, so that hardly any request asks the database; and never believes it too long.

What is remembered is filed under the revision of the keys at which it was read. A change of any key, in this
process or another, makes a new revision: what was remembered before is never asked for again, not even if a
look-up that was under way files it afterwards. That nothing was committed since the revision was read is asked
before every answer, which takes microseconds; where something was, it is read anew.
"""

from __future__ import annotations

import json
from datetime import datetime
from enum import Enum
from typing import Protocol

from frontend.access.roles import ApiKey, Role
from frontend.library.keys import KeySnapshot
from frontend.memory_database import MemoryDatabase
from frontend.volumes.key_locks import KeyLocks

TTL_S = 60.0
"""It is the revision that keeps what is remembered true. This is for room, and for who edits the table by hand."""

ACQUAINTED_S = 86_400.0
"""So long it is remembered that somebody had a key. Whoever guesses from the same address takes up all guesses
there are, so that a key that is in use must not become one each time that it is looked up anew."""

_NOBODY = b""
_SOMEBODY = b"1"


class KeySource(Protocol):
    """Where keys are looked up, as ``frontend/library/keys.py`` does it."""

    def version(self) -> int | None:
        """Return a number that is another after any commit; None where that is not known."""

    async def look_up(self, digest: bytes) -> KeySnapshot:
        """Find a key, and the revision of the same moment. Raises CatalogueUnavailableError."""


class Acquaintance(Enum):
    """What is known of a digest without asking the database."""

    KNOWN = "known"
    """It was a key's when it was looked up last. Whether it still is, ``find`` says."""
    UNKNOWN = "unknown"
    """It is no key's."""
    NEW = "new"
    """``find`` will ask the database."""


class KeyCache:
    """Finds keys by the SHA-256 of what a client sent."""

    def __init__(self, keys: KeySource, memory: MemoryDatabase) -> None:
        self._keys = keys
        self._memory = memory
        self._locks = KeyLocks()
        self._version: int | None = None
        self._revision = ""

    async def find(self, digest: bytes) -> ApiKey | None:
        """Return the key as it is now, active or not; None if there is none. Raises CatalogueUnavailableError.

        ``last_used_at`` may be of an earlier time.
        """
        known, _ = await self._remembered(digest)
        if known is None:
            # One look-up for all who ask at the same time: each sees by the version whether it is of its own time.
            async with self._locks.hold(digest.hex()):
                known, version = await self._remembered(digest)
                if known is None:
                    return await self._look_up(digest, version)
        return _decode(known, digest)

    async def _remembered(self, digest: bytes) -> tuple[bytes | None, int | None]:
        """What is known of a digest and true now, and the version that was asked for before anything was read."""
        version = self._keys.version()
        if not self._is_current(version):
            return None, version
        return await self._memory.get(_name(self._revision, digest)), version

    async def peek(self, digest: bytes) -> Acquaintance:
        """Tell without the database what ``find`` would find: a stranger can be turned away by this alone."""
        is_current = self._is_current(self._keys.version())
        known = await self._memory.get(_name(self._revision, digest))
        if known:
            return Acquaintance.KNOWN
        # If it is not current, a key may have been made since.
        if known == _NOBODY and is_current:
            return Acquaintance.UNKNOWN
        was_key = await self._memory.get(_acquaintance(digest)) is not None
        return Acquaintance.KNOWN if was_key else Acquaintance.NEW

    def _is_current(self, version: int | None) -> bool:
        """Whether nothing was committed since ``_revision`` was read."""
        return version is not None and version == self._version

    async def _look_up(self, digest: bytes, version: int | None) -> ApiKey | None:
        revision, key = await self._keys.look_up(digest)
        # Somebody else's look-up may have come in between; at worst an older version takes the place of a newer
        # one, and the next look-up asks once more.
        self._version, self._revision = version, revision
        await self._memory.put(_name(revision, digest), _encode(key), ttl_s=TTL_S)
        if key is None:
            await self._memory.delete(_acquaintance(digest))
        else:
            await self._memory.put(_acquaintance(digest), _SOMEBODY, ttl_s=ACQUAINTED_S)
        return key


def _name(revision: str, digest: bytes) -> str:
    return f"api_key/{revision}/{digest.hex()}"


def _acquaintance(digest: bytes) -> str:
    return f"api_key_acquaintance/{digest.hex()}"


def _encode(key: ApiKey | None) -> bytes:
    if key is None:
        return _NOBODY
    facts = {
        "username": key.username,
        "role": key.role,
        "key_prefix": key.key_prefix,
        "created_at": key.created_at.isoformat(),
        "last_used_at": key.last_used_at and key.last_used_at.isoformat(),
        "is_active": key.is_active,
        "requests_per_second": key.requests_per_second,
        "max_batch_size": key.max_batch_size,
    }
    return json.dumps(facts).encode()


def _decode(value: bytes, digest: bytes) -> ApiKey | None:
    if value == _NOBODY:
        return None
    facts = json.loads(value)
    last_used_at = facts["last_used_at"]
    return ApiKey(
        **{
            **facts,
            "digest": digest,
            "role": Role(facts["role"]),
            "created_at": datetime.fromisoformat(facts["created_at"]),
            "last_used_at": last_used_at and datetime.fromisoformat(last_used_at),
        }
    )
