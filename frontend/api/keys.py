"""``/api-keys``: who has a key, and what each may; a new key is told once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from quart import Blueprint, Response, request

from frontend.access.roles import ApiKey, Role
from frontend.api.answers import json_response
from frontend.api.keys_json import key_json, new_key_json
from frontend.api.request_values import Body, json_object, read
from frontend.api.services import Services
from frontend.library.key_rows import KeyChanges
from frontend.library.keys import MAX_BATCH_SIZE, MAX_REQUESTS_PER_SECOND

RoleName = Literal["reader", "editor", "admin"]
Username = Annotated[
    str, Field(pattern="^[A-Za-z0-9._@-]{1,64}$", description="1 to 64 letters, digits, and `.` `_` `@` `-`.")
]
RequestsPerSecond = Annotated[
    float | None,
    Field(
        gt=0,
        le=MAX_REQUESTS_PER_SECOND,
        description="Sustained, and as many at once, at least one; null is no limit.",
    ),
]
BatchSize = Annotated[
    int | None,
    Field(
        ge=1, le=MAX_BATCH_SIZE, description="Images that one request may name; null is what the server allows."
    ),
]


class NewKeyBody(Body):
    """Who gets a key, and what it may."""

    username: Username
    role: RoleName = "reader"
    requests_per_second: RequestsPerSecond = None
    max_batch_size: BatchSize = None


def _without_defaults(schema: dict[str, Any]) -> None:
    for field in schema["properties"].values():
        field.pop("default", None)


class KeyChangesBody(Body):
    """What shall be another; what is left out stays."""

    # Defaults are never used: what was given is asked for by ``model_fields_set``. The document tells of none.
    model_config = ConfigDict(json_schema_extra=_without_defaults)

    role: RoleName = "reader"
    requests_per_second: RequestsPerSecond = None
    max_batch_size: BatchSize = None


class KeyStatusBody(Body):
    """Whether a key works."""

    is_active: bool


class KeyOwnerBody(Body):
    """Whose key is meant."""

    username: str


def api_keys(services: Services) -> Blueprint:
    """All that can be done with keys."""
    routes = Blueprint("api_keys", __name__)
    catalogue = services.library.catalogue

    @routes.get("/api-keys")
    async def list_keys() -> Response:
        return json_response([key_json(key) for key in await catalogue.keys.all()])

    @routes.post("/api-keys")
    async def create_key() -> Response:
        wanted = read(NewKeyBody, await json_object(request))
        new = await catalogue.keys.create(
            wanted.username,
            role=Role(wanted.role),
            requests_per_second=wanted.requests_per_second,
            max_batch_size=wanted.max_batch_size,
        )
        return json_response(new_key_json(new), HTTPStatus.CREATED)

    @routes.put("/api-keys/<username>")
    async def change_key(username: str) -> Response:
        changes = _changes(read(KeyChangesBody, await json_object(request)))
        return json_response(key_json(await catalogue.keys.change(username, changes)))

    @routes.patch("/api-keys/<username>/status")
    async def set_status(username: str) -> Response:
        wanted = read(KeyStatusBody, await json_object(request))
        return json_response(key_json(await catalogue.keys.set_active(username, is_active=wanted.is_active)))

    @routes.delete("/api-keys")
    async def delete_key() -> Response:
        return _deleted(await catalogue.keys.delete(read(KeyOwnerBody, await json_object(request)).username))

    @routes.delete("/api-keys/<username>")
    async def delete_key_of(username: str) -> Response:
        return _deleted(await catalogue.keys.delete(username))

    return routes


def _changes(wanted: KeyChangesBody) -> KeyChanges:
    """What the body names, and nothing that it leaves out."""
    changes = KeyChanges()
    if "role" in wanted.model_fields_set:
        changes["role"] = Role(wanted.role)
    if "requests_per_second" in wanted.model_fields_set:
        changes["requests_per_second"] = wanted.requests_per_second
    if "max_batch_size" in wanted.model_fields_set:
        changes["max_batch_size"] = wanted.max_batch_size
    return changes


def _deleted(key: ApiKey) -> Response:
    return json_response({"message": "The key was deleted", "username": key.username})
