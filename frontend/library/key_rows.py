"""Keys in the database: rows to keys and back. Each function is part of a transaction that others begin.

Whatever is changed here gives the keys a new revision, a text that they never had before, in this database or a
copy of it: what was read at one revision is true for as long as the revision is the same. When a key was last used
is no change.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict

from sqlalchemy import Connection, RowMapping, bindparam, select

from frontend.access.roles import ApiKey, Role
from frontend.library.errors import KeyNotFoundError, UsernameTakenError
from frontend.library.schema import api_keys, api_keys_revision

ALLOWED_USERNAMES = "1 to 64 of A-Z, a-z, 0-9 and . _ @ -"
_USERNAME = re.compile(r"[A-Za-z0-9._@-]{1,64}")

_columns = [column for column in api_keys.columns if column.name != "id"]
_note_use = (
    api_keys.update()
    .where(
        api_keys.c.digest == bindparam("used"),
        # Two processes may store what they noted in any order.
        api_keys.c.last_used_at.is_(None) | (api_keys.c.last_used_at < bindparam("at")),
    )
    .values(last_used_at=bindparam("at"))
)


class KeyChanges(TypedDict, total=False):
    """What of a key shall be another; what is not named stays, and None removes a limit."""

    role: Role
    requests_per_second: float | None
    max_batch_size: int | None
    is_active: bool


def is_username(text: str) -> bool:
    """Whether somebody may be called so."""
    return _USERNAME.fullmatch(text) is not None


def insert(connection: Connection, key: ApiKey) -> None:
    """Add a key. Raises UsernameTakenError."""
    if connection.scalar(select(api_keys.c.id).where(api_keys.c.username == key.username)) is not None:
        raise UsernameTakenError(key.username)
    values = {column.name: getattr(key, column.name) for column in _columns}
    connection.execute(api_keys.insert().values(values))
    _revise(connection)


def find_all(connection: Connection) -> list[ApiKey]:
    """Return all keys in the order of usernames."""
    rows = connection.execute(select(*_columns).order_by(api_keys.c.username)).mappings()
    return [_key(row) for row in rows]


def find(connection: Connection, username: str) -> ApiKey:
    """Return somebody's key. Raises KeyNotFoundError."""
    if not is_username(username):
        raise KeyNotFoundError()
    query = select(*_columns).where(api_keys.c.username == username)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise KeyNotFoundError()
    return _key(row)


def find_by_digest(connection: Connection, digest: bytes) -> ApiKey | None:
    """Return the key of this SHA-256."""
    row = connection.execute(select(*_columns).where(api_keys.c.digest == digest)).mappings().one_or_none()
    return None if row is None else _key(row)


def update(connection: Connection, username: str, changes: KeyChanges) -> ApiKey:
    """Change somebody's key and return what it is now. Raises KeyNotFoundError."""
    find(connection, username)
    connection.execute(api_keys.update().where(api_keys.c.username == username).values(changes))
    _revise(connection)
    return find(connection, username)


def delete(connection: Connection, username: str) -> ApiKey:
    """Remove somebody's key and return what it was. Raises KeyNotFoundError."""
    key = find(connection, username)
    connection.execute(api_keys.delete().where(api_keys.c.username == username))
    _revise(connection)
    return key


def note_uses(connection: Connection, uses: Mapping[bytes, datetime]) -> None:
    """Write down when keys were last used; those that are gone do no harm."""
    if uses:
        connection.execute(_note_use, [{"used": digest, "at": at} for digest, at in uses.items()])


def revision(connection: Connection) -> str:
    """Return the text that names the keys as they are."""
    (name,) = connection.scalars(select(api_keys_revision.c.revision))
    return str(name)


def _revise(connection: Connection) -> None:
    connection.execute(api_keys_revision.update().values(revision=secrets.token_hex(8)))


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(**{**row, "role": Role(row["role"])})
