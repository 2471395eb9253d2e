"""The addresses of keys, on a real catalogue. Who may ask them is decided in front of the application."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast, get_args

import pytest
from pydantic import BaseModel
from quart import Response
from quart_trio import QuartTrio
from structlog.testing import capture_logs

from frontend.access.roles import Role
from frontend.access.tokens import digest_of, is_token
from frontend.api.answers import response
from frontend.api.keys import RoleName, api_keys
from frontend.api.services import Services
from frontend.library.catalogue import Catalogue
from frontend.openapi.document import openapi_document
from frontend.openapi.key_endpoints import ENDPOINTS
from frontend.openapi.shapes import Error
from frontend.reply import error_reply
from shared.errors import ServiceError
from tests.asgi_client import Answer, App, AsgiClient
from tests.frontend.library.libraries import Clock, open_library


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySite:
    """The addresses of keys, and nothing else."""

    catalogue: Catalogue
    client: AsgiClient

    async def send(self, method: str, target: str, content: object = None, *, raw: str | None = None) -> Answer:
        """Send JSON."""
        body = raw if raw is not None else None if content is None else json.dumps(content)
        headers = {} if body is None else {"content-type": "application/json"}
        return await self.client.ask(method, target, headers=headers, body=[] if body is None else [body.encode()])

    async def create(self, **fields: object) -> dict[str, Any]:
        """Make a key that is made."""
        answer = await self.send("POST", "/api-keys", fields)
        assert answer.status == 201, answer.body
        told: dict[str, Any] = answer.json()
        return told

    async def listed(self) -> list[dict[str, Any]]:
        """The list of keys."""
        answer = await self.send("GET", "/api-keys")
        assert answer.status == 200
        told: list[dict[str, Any]] = answer.json()
        return told


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[KeySite]:
    """A catalogue without keys."""
    async with open_library(tmp_path, clock=Clock()) as catalogue:
        services = SimpleNamespace(library=SimpleNamespace(catalogue=catalogue))
        app = QuartTrio("keys", static_folder=None, template_folder=None)
        app.register_blueprint(api_keys(cast("Services", services)))

        @app.errorhandler(ServiceError)
        async def tell(error: ServiceError) -> Response:
            return response(error_reply(error, request_id="test"))

        yield KeySite(catalogue=catalogue, client=AsgiClient(app=cast("App", app)))


async def test_new_key_is_told_once(site: KeySite) -> None:
    """With what it may; nobody may keep the answer, and the list has no key in it."""
    answer = await site.send(
        "POST",
        "/api-keys",
        {"username": "ada", "role": "editor", "requests_per_second": 2.5, "max_batch_size": 20},
    )
    told = answer.json()
    key = told.pop("api_key")
    assert (answer.status, answer.headers["cache-control"]) == (201, "no-store")
    assert told == {"username": "ada", "role": "editor", "rate_limit": 2.5, "max_batch_size": 20}
    assert is_token(key)
    found = (await site.catalogue.keys.look_up(digest_of(key))).key
    assert found is not None
    assert found.username == "ada"
    listed = await site.send("GET", "/api-keys")
    assert key[14:].encode() not in listed.body
    assert listed.json() == [
        {
            "username": "ada",
            "role": "editor",
            "key_prefix": key[:14],
            "created_at": "2026-05-01T12:00:00.000Z",
            "last_used_at": None,
            "is_active": True,
            "requests_per_second": 2.5,
            "max_batch_size": 20,
        }
    ]


async def test_key_is_a_readers_unless_more_is_said(site: KeySite) -> None:
    """And has no limits; whole numbers are numbers, and null is as if left out."""
    told = await site.create(username="bob")
    assert (told["role"], told["rate_limit"], told["max_batch_size"]) == ("reader", None, None)
    told = await site.create(username="eve", requests_per_second=3, max_batch_size=None)
    assert (told["rate_limit"], told["max_batch_size"]) == (3, None)


async def test_last_use_is_listed(site: KeySite) -> None:
    """Once it is stored."""
    key = (await site.catalogue.keys.create("ada")).key
    site.catalogue.record_key_use(key)
    await site.catalogue.flush()
    assert (await site.listed())[0]["last_used_at"] == "2026-05-01T12:00:00.000Z"


@pytest.mark.parametrize("username", ["ada", "admin"])
async def test_taken_username_is_a_conflict(site: KeySite, username: str) -> None:
    """In the one shape of errors."""
    await site.create(username="ada")
    answer = await site.send("POST", "/api-keys", {"username": username})
    assert (answer.status, answer.json()["error"]) == (409, "username_taken")
    Error.model_validate(answer.json())


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({}, "username is missing"),
        ({"username": "ada", "rol": "admin"}, "rol='admin' is not allowed: there is no such field, only username"),
        ({"username": "a/b"}, "username='a/b' is not allowed"),
        ({"username": "a\n"}, "username="),
        ({"username": 5}, "username='5'"),
        ({"username": "ada", "role": "king"}, "role='king' is not allowed: Input should be 'reader', 'editor'"),
        ({"username": "ada", "role": None}, "role='None'"),
        ({"username": "ada", "requests_per_second": 0}, "requests_per_second='0'"),
        ({"username": "ada", "requests_per_second": 1_000_001}, "requests_per_second='1000001'"),
        ({"username": "ada", "requests_per_second": "5"}, "requests_per_second='5'"),
        ({"username": "ada", "requests_per_second": True}, "requests_per_second='True'"),
        ({"username": "ada", "requests_per_second": 10**400}, "requests_per_second='10"),
        ({"username": "ada", "max_batch_size": 0}, "max_batch_size='0'"),
        ({"username": "ada", "max_batch_size": 10_001}, "max_batch_size='10001'"),
        ({"username": "ada", "max_batch_size": 1.5}, "max_batch_size='1.5'"),
        ([], "must be a JSON object"),
    ],
)
async def test_mistakes_in_a_new_key_are_named(site: KeySite, content: object, named: str) -> None:
    """Field, value and what is allowed; no key is made."""
    answer = await site.send("POST", "/api-keys", content)
    assert (answer.status, answer.json()["error"]) == (400, "bad_parameter")
    assert named in answer.json()["message"]
    assert await site.listed() == []


async def test_change_is_of_what_the_body_names(site: KeySite) -> None:
    """The rest stays; null removes a limit."""
    await site.create(username="ada", role="editor", requests_per_second=5, max_batch_size=7)
    for content, expected in (
        ({"requests_per_second": None}, ("editor", None, 7)),
        ({"role": "admin"}, ("admin", None, 7)),
        ({"max_batch_size": 10_000, "requests_per_second": 0.5}, ("admin", 0.5, 10_000)),
    ):
        answer = await site.send("PUT", "/api-keys/ada", content)
        assert answer.status == 200
        (listed,) = await site.listed()
        assert answer.json() == listed
        assert (listed["role"], listed["requests_per_second"], listed["max_batch_size"]) == expected


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({}, "must be given"),
        ({"username": "bob"}, "username="),
        ({"is_active": False}, "is_active="),
        ({"role": None}, "role="),
        ({"max_batch_size": -1}, "max_batch_size="),
    ],
    ids=str,
)
async def test_mistakes_in_a_change_are_named(site: KeySite, content: object, named: str) -> None:
    """And nothing is changed, not even a name."""
    await site.create(username="ada")
    before = await site.listed()
    answer = await site.send("PUT", "/api-keys/ada", content)
    assert (answer.status, answer.json()["error"]) == (400, "bad_parameter")
    assert named in answer.json()["message"]
    assert await site.listed() == before


async def test_status_is_set(site: KeySite) -> None:
    """Off and on; anything but a truth value is a mistake."""
    await site.create(username="ada.l@example.org")
    target = "/api-keys/ada.l%40example.org/status"
    for is_active in (False, True):
        answer = await site.send("PATCH", target, {"is_active": is_active})
        assert (answer.status, answer.json()) == (200, (await site.listed())[0])
        assert answer.json()["is_active"] is is_active
    for content in ({}, {"is_active": 1}, {"is_active": "false"}, {"is_active": True, "role": "admin"}):
        assert (await site.send("PATCH", target, content)).status == 400


@pytest.mark.parametrize("in_body", [True, False])
async def test_key_is_deleted(site: KeySite, in_body: bool) -> None:
    """By address or by body; the second time there is none."""
    await site.create(username="ada")
    asked = ("/api-keys", {"username": "ada"}) if in_body else ("/api-keys/ada", None)
    assert (await site.send("DELETE", *asked)).status == 200
    assert await site.listed() == []
    again = await site.send("DELETE", *asked)
    assert (again.status, again.json()["error"]) == (404, "key_not_found")


@pytest.mark.parametrize(
    ("method", "target", "content"),
    [
        ("PUT", "/api-keys/zoe", {"role": "admin"}),
        ("PATCH", "/api-keys/zoe/status", {"is_active": False}),
        ("DELETE", "/api-keys/z%00e", None),
        ("DELETE", "/api-keys", {"username": "z\0e"}),
        ("PUT", "/api-keys/admin", {"role": "reader"}),
    ],
)
async def test_unknown_username_is_not_found(site: KeySite, method: str, target: str, content: object) -> None:
    """The administrator of the settings has no key that could be changed here, either."""
    answer = await site.send(method, target, content, raw=None)
    assert (answer.status, answer.json()["error"]) == (404, "key_not_found"), answer.body


@pytest.mark.parametrize("target", ["/api-keys", "/api-keys/ada", "/api-keys/ada/status"])
async def test_body_that_is_no_json_is_refused(site: KeySite, target: str) -> None:
    """As everywhere."""
    method = {"/api-keys": "POST", "/api-keys/ada": "PUT"}.get(target, "PATCH")
    assert (await site.send(method, target, raw="{")).json()["error"] == "bad_json"
    assert (await site.send(method, target)).status == 415


async def test_no_key_is_logged(site: KeySite) -> None:
    """Of a whole life of a key, the log has the username only."""
    with capture_logs() as lines:
        told = await site.create(username="ada")
        await site.send("PUT", "/api-keys/ada", {"role": "editor"})
        await site.send("PATCH", "/api-keys/ada/status", {"is_active": False})
        await site.send("DELETE", "/api-keys/ada")
    assert [line["action"] for line in lines] == ["key.created", "key.changed", "key.deactivated", "key.deleted"]
    assert told["api_key"][14:] not in str(lines)


def test_roles_of_bodies_are_the_roles() -> None:
    """None is missing from what a body may say."""
    assert get_args(RoleName) == tuple(role.value for role in Role)


def test_document_tells_of_no_default_for_a_change() -> None:
    """What is left out stays: a program that fills in defaults would take a role away."""
    schemas = openapi_document()["components"]["schemas"]
    assert "default" not in str(schemas["KeyChangesBody"])
    assert schemas["NewKeyBody"]["properties"]["role"]["default"] == "reader"


async def test_answers_have_the_shapes_of_the_document(site: KeySite) -> None:
    """What is said while a key is made, changed and taken away."""
    answers = {
        "createKey": await site.send("POST", "/api-keys", {"username": "ada", "max_batch_size": 3}),
        "changeKey": await site.send("PUT", "/api-keys/ada", {"requests_per_second": 2.5}),
        "setKeyStatus": await site.send("PATCH", "/api-keys/ada/status", {"is_active": False}),
        "deleteKey": await site.send("DELETE", "/api-keys/ada"),
        "listKeys": await site.send("GET", "/api-keys"),
    }
    await site.create(username="ada")
    answers["deleteKeyByBody"] = await site.send("DELETE", "/api-keys", {"username": "ada"})
    for endpoint in ENDPOINTS:
        (declared,) = endpoint.answers
        (shape,) = declared.shapes
        answer = answers.pop(endpoint.id)
        assert answer.status == declared.status
        if isinstance(shape, type):
            assert issubclass(shape, BaseModel)
            shape.model_validate(answer.json())
        else:
            assert isinstance(answer.json(), list)
    assert not answers
