"""The addresses by which keys are made, listed, changed and taken away."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from frontend.api.keys import KeyChangesBody, KeyOwnerBody, KeyStatusBody, NewKeyBody
from frontend.openapi import failures
from frontend.openapi.endpoint import Access, Answer, Body, Endpoint, Parameter, Schema
from frontend.openapi.key_shapes import ApiKey, DeletedApiKey, NewApiKey

_GROUP = "Keys"
_PATH = "/api-keys"

_KEY: dict[str, Any] = {
    "username": "ada",
    "role": "editor",
    "key_prefix": "tintype_n0T4aK",
    "created_at": "2026-11-21T09:30:00.250Z",
    "last_used_at": "2026-11-21T10:02:41.007Z",
    "is_active": True,
    "requests_per_second": 5.0,
    "max_batch_size": 50,
}
_NEW_KEY = {
    "username": "ada",
    "api_key": "tintype_n0T4aKey-jU5t-4n-eX4mPLe-0f-how-One-LoOkQ8s",
    "role": "editor",
    "rate_limit": 5.0,
    "max_batch_size": 50,
}
_DELETED = Answer(
    about="It is gone.",
    shapes=(DeletedApiKey,),
    example={"message": "The key was deleted", "username": "ada"},
)
_LIST: Schema = {"type": "array", "title": "Keys", "items": {"$ref": "#/components/schemas/ApiKey"}}
_USERNAME = Parameter(
    name="username",
    place="path",
    about="Whose key it is; upper and lower case differ.",
    schema={"type": "string", "minLength": 1, "maxLength": 64},
    example="ada",
)

ENDPOINTS = (
    Endpoint(
        id="listKeys",
        method="GET",
        path=_PATH,
        group=_GROUP,
        access=Access.ADMIN,
        summary="List keys",
        about="All but the administrator’s own, in the order of usernames.",
        answers=(Answer(about="The keys.", shapes=(_LIST,), example=[_KEY]),),
        failures=failures.CATALOGUE,
    ),
    Endpoint(
        id="createKey",
        method="POST",
        path=_PATH,
        group=_GROUP,
        access=Access.ADMIN,
        summary="Make a key",
        about="It is told in the answer and never again: only its SHA-256 is kept. Each username has one key; "
        "the name `admin` is the administrator’s.",
        body=Body(
            shapes=(NewKeyBody,),
            examples={
                "One that may only look": {"username": "bob"},
                "One that may add images, up to so many": {
                    "username": "ada",
                    "role": "editor",
                    "requests_per_second": 5,
                    "max_batch_size": 50,
                },
            },
        ),
        answers=(
            Answer(
                about="The key.",
                status=HTTPStatus.CREATED,
                shapes=(NewApiKey,),
                example=_NEW_KEY,
                headers=("Cache-Control",),
            ),
        ),
        failures=(*failures.JSON, *failures.NEW_KEY, *failures.CATALOGUE),
        call='"$SERVER/api-keys" --json \'{"username": "ada", "role": "editor", "requests_per_second": 5}\'',
    ),
    Endpoint(
        id="changeKey",
        method="PUT",
        path=f"{_PATH}/{{username}}",
        group=_GROUP,
        access=Access.ADMIN,
        summary="Change role or limits of a key",
        about="What is left out stays, and null takes a limit away. The key’s next request is held to it.",
        parameters=(_USERNAME,),
        body=Body(
            shapes=(KeyChangesBody,),
            examples={
                "Another role": {"role": "reader"},
                "Other limits": {"requests_per_second": 0.5, "max_batch_size": None},
            },
        ),
        answers=(Answer(about="What the key is now.", shapes=(ApiKey,), example=_KEY),),
        failures=(*failures.JSON, *failures.KEY_OF, *failures.CATALOGUE),
        call='"$SERVER/api-keys/ada" --json \'{"requests_per_second": null}\'',
    ),
    Endpoint(
        id="setKeyStatus",
        method="PATCH",
        path=f"{_PATH}/{{username}}/status",
        group=_GROUP,
        access=Access.ADMIN,
        summary="Switch a key off or on",
        about="From its next request on.",
        parameters=(_USERNAME,),
        body=Body(shapes=(KeyStatusBody,), examples={"Off": {"is_active": False}}),
        answers=(Answer(about="What the key is now.", shapes=(ApiKey,), example={**_KEY, "is_active": False}),),
        failures=(*failures.JSON, *failures.KEY_OF, *failures.CATALOGUE),
        call='"$SERVER/api-keys/ada/status" --json \'{"is_active": false}\'',
    ),
    Endpoint(
        id="deleteKey",
        method="DELETE",
        path=f"{_PATH}/{{username}}",
        group=_GROUP,
        access=Access.ADMIN,
        summary="Delete a key",
        about="Its next request is one with an unknown key; the name may be given anew.",
        parameters=(_USERNAME,),
        answers=(_DELETED,),
        failures=(*failures.KEY_OF, *failures.CATALOGUE),
    ),
    Endpoint(
        id="deleteKeyByBody",
        method="DELETE",
        path=_PATH,
        group=_GROUP,
        access=Access.ADMIN,
        summary="The same, with the username in a body",
        body=Body(shapes=(KeyOwnerBody,), examples={"Whose": {"username": "ada"}}),
        answers=(_DELETED,),
        failures=(*failures.JSON, *failures.KEY_OF, *failures.CATALOGUE),
        call='"$SERVER/api-keys" --json \'{"username": "ada"}\'',
    ),
)
