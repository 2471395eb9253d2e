"""The keys of the API as the catalogue has them: making, listing, changing and finding them.

What remembers keys between requests is ``frontend/access/key_cache.py``; who may what is not decided here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from frontend import audit
from frontend.access.roles import ApiKey, Role
from frontend.access.tokens import digest_of, new_token, shown_part
from frontend.library import key_rows
from frontend.library.database import Database
from frontend.library.errors import UsernameTakenError
from frontend.library.key_rows import ALLOWED_USERNAMES, KeyChanges, is_username
from frontend.start_error import StartError
from shared.errors import BadParameterError

ADMINISTRATOR = "admin"
"""What the holder of the settings' key is called, and nobody else."""
MAX_REQUESTS_PER_SECOND = 1_000_000
MAX_BATCH_SIZE = 10_000


class NewKey(NamedTuple):
    """A key that was just made; ``token`` is the key itself, known to nobody else and never told again."""

    key: ApiKey
    token: str


class KeySnapshot(NamedTuple):
    """The key of a digest, or None, and the revision of the keys at which that is so."""

    revision: str
    key: ApiKey | None


def _now() -> datetime:
    return datetime.now(UTC)


class ApiKeys:
    """Every call is one transaction: done when it returns, and not begun if it raises or is cancelled.

    Each may raise CatalogueUnavailableError. Changes are written into the audit log.
    """

    def __init__(self, database: Database, *, now: Callable[[], datetime] = _now) -> None:
        self._database = database
        self._now = now

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncIterator[ApiKeys]:
        """Open the keys of the catalogue in this file and nothing else of it, beside whoever else is using it.

        File and folder are made if missing. Raises StartError.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StartError(f"the data folder {path.parent} cannot be made: {error.strerror}") from error
        async with Database.open(path, threads=1) as database:
            yield cls(database)

    async def create(
        self,
        username: str,
        *,
        role: Role = Role.READER,
        requests_per_second: float | None = None,
        max_batch_size: int | None = None,
    ) -> NewKey:
        """Make a key. Raises UsernameTakenError, BadParameterError."""
        if not is_username(username):
            raise BadParameterError.of("username", username, ALLOWED_USERNAMES)
        if username == ADMINISTRATOR:
            raise UsernameTakenError(username)
        limits = KeyChanges(requests_per_second=requests_per_second, max_batch_size=max_batch_size)
        _check_limits(limits)
        token = new_token()
        key = ApiKey(
            username=username,
            role=role,
            digest=digest_of(token),
            key_prefix=shown_part(token),
            created_at=self._now(),
            requests_per_second=requests_per_second,
            max_batch_size=max_batch_size,
        )
        await self._database.write(key_rows.insert, key)
        audit.record("key.created", username=username, role=role.value, **limits)
        return NewKey(key, token)

    async def all(self) -> list[ApiKey]:
        """Return all keys in the order of usernames."""
        return await self._database.read(key_rows.find_all)

    async def change(self, username: str, changes: KeyChanges) -> ApiKey:
        """Change role and limits. Raises KeyNotFoundError, BadParameterError if nothing is to be changed."""
        if not changes:
            raise BadParameterError("one of role, requests_per_second and max_batch_size must be given")
        _check_limits(changes)
        key = await self._database.write(key_rows.update, username, changes)
        audit.record("key.changed", username=username, **changes)
        return key

    async def set_active(self, username: str, *, is_active: bool) -> ApiKey:
        """Have a key work, or not. Raises KeyNotFoundError."""
        key = await self._database.write(key_rows.update, username, KeyChanges(is_active=is_active))
        audit.record("key.activated" if is_active else "key.deactivated", username=username)
        return key

    async def delete(self, username: str) -> ApiKey:
        """Remove a key for good. Raises KeyNotFoundError."""
        key = await self._database.write(key_rows.delete, username)
        audit.record("key.deleted", username=username)
        return key

    def version(self) -> int | None:
        """Return a number that is another once anything in the catalogue was changed; None if that is not known.

        Like ``Database.version`` it is for the event loop.
        """
        return self._database.version()

    async def look_up(self, digest: bytes) -> KeySnapshot:
        """Find a key by its SHA-256, and the revision of the same moment."""

        def read(connection: Connection) -> KeySnapshot:
            return KeySnapshot(key_rows.revision(connection), key_rows.find_by_digest(connection, digest))

        return await self._database.read(read)


def _check_limits(limits: KeyChanges) -> None:
    """Raise BadParameterError for a limit that is none."""
    rate, batch = limits.get("requests_per_second"), limits.get("max_batch_size")
    # Written so that what is no number at all is refused, too.
    if rate is not None and not 0 < rate <= MAX_REQUESTS_PER_SECOND:
        allowed = f"a number above 0, up to {MAX_REQUESTS_PER_SECOND}"
        raise BadParameterError.of("requests_per_second", str(rate), allowed)
    if batch is not None and not 1 <= batch <= MAX_BATCH_SIZE:
        raise BadParameterError.of("max_batch_size", str(batch), f"a whole number from 1 to {MAX_BATCH_SIZE}")
