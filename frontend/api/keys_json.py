"""How a key is told of in JSON, by the API and by the command: never with the key itself but once."""

from __future__ import annotations

from frontend.access.roles import ApiKey
from frontend.api.records_json import rfc3339
from frontend.library.keys import NewKey


def key_json(key: ApiKey) -> dict[str, object]:
    """Tell of a key."""
    return {
        "username": key.username,
        "role": key.role.value,
        "key_prefix": key.key_prefix,
        "created_at": rfc3339(key.created_at),
        "last_used_at": rfc3339(key.last_used_at),
        "is_active": key.is_active,
        "requests_per_second": key.requests_per_second,
        "max_batch_size": key.max_batch_size,
    }


def new_key_json(new: NewKey) -> dict[str, object]:
    """Tell of a key that was just made, and the key."""
    return {
        "username": new.key.username,
        "api_key": new.token,
        "role": new.key.role.value,
        "rate_limit": new.key.requests_per_second,
        "max_batch_size": new.key.max_batch_size,
    }
