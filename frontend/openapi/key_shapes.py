"""What the JSON of keys looks like."""

from __future__ import annotations

from pydantic import Field

from frontend.api.keys import BatchSize, RequestsPerSecond, RoleName
from frontend.openapi.shapes import TIME, Shape


class ApiKey(Shape):
    """Somebody's key, without the key itself."""

    username: str
    role: RoleName
    key_prefix: str = Field(description="How the key begins; the rest is kept nowhere.")
    created_at: str = Field(json_schema_extra=TIME)
    last_used_at: str | None = Field(json_schema_extra=TIME, description="Some seconds late.")
    is_active: bool
    requests_per_second: RequestsPerSecond
    max_batch_size: BatchSize


class NewApiKey(Shape):
    """A key that was made."""

    username: str
    api_key: str = Field(
        pattern="^tintype_[A-Za-z0-9_-]{43}$", description="The key itself, told here and never again."
    )
    role: RoleName
    rate_limit: RequestsPerSecond = Field(description="The key’s `requests_per_second`.")
    max_batch_size: BatchSize


class DeletedApiKey(Shape):
    """A key that was deleted."""

    message: str
    username: str
