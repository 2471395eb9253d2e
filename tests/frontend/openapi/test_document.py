"""The OpenAPI document: well-formed, complete, and true of the application."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from quart import Quart

from frontend.openapi.document import ANSWER, ENDPOINTS, openapi_document
from frontend.version import VERSION
from shared.errors import MethodNotAllowedError, ServiceError, tree
from tests.frontend.api.library_site import LibrarySite

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
DOCUMENT = openapi_document()
OPERATIONS = [
    pytest.param(path, method, told, id=f"{method.upper()} {path}")
    for path, methods in DOCUMENT["paths"].items()
    for method, told in methods.items()
]
each_operation = pytest.mark.parametrize(("path", "method", "told"), OPERATIONS)


def references(value: object) -> Iterator[str]:
    """Every ``$ref`` below a value."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def resolve(reference: str) -> object:
    """What a reference within the document points at."""
    value: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        value = value[step]
    return value


def test_document_has_what_openapi_demands() -> None:
    """Version, title and version of the API, and nothing at the top that the specification does not know."""
    assert re.fullmatch(r"3\.1\.[0-9]+", DOCUMENT["openapi"])
    assert (DOCUMENT["info"]["title"], DOCUMENT["info"]["version"]) == ("tintype", VERSION)
    assert set(DOCUMENT) <= {"openapi", "info", "servers", "tags", "paths", "components"}
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT


def test_references_lead_somewhere() -> None:
    """Every reference is to something in the document, and everything that has a name is referred to."""
    found = set(references(DOCUMENT))
    assert all(isinstance(resolve(reference), dict) for reference in found)
    named = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    named |= {f"#/components/headers/{name}" for name in DOCUMENT["components"]["headers"]}
    assert found == named


@each_operation
def test_operation_is_whole(path: str, method: str, told: dict[str, Any]) -> None:
    """Each operation has an id, a summary, a group that is declared, a way to call it, and an answer."""
    assert method in METHODS
    assert re.fullmatch("[a-z][A-Za-z]+", told["operationId"])
    assert told["summary"]
    assert set(told["tags"]) <= {tag["name"] for tag in DOCUMENT["tags"]}
    assert told["x-codeSamples"][0]["source"].startswith("curl ")
    assert any(status.startswith("2") for status in told["responses"])


@each_operation
def test_responses_are_well_formed(path: str, method: str, told: dict[str, Any]) -> None:
    """Statuses are three digits, each answer is described, and carries the request's id."""
    for status, answer in told["responses"].items():
        assert re.fullmatch("[1-5][0-9]{2}", status)
        assert answer["description"]
        assert "X-Request-ID" in answer["headers"]


@each_operation
def test_parameters_are_well_formed(path: str, method: str, told: dict[str, Any]) -> None:
    """Names are told once, those of the path are all there and required, and each has a schema and a sentence."""
    parameters = told.get("parameters", [])
    names = [(item["in"], item["name"]) for item in parameters]
    assert len(set(names)) == len(names)
    assert {name for place, name in names if place == "path"} == set(re.findall(r"\{(\w+)\}", path))
    for item in parameters:
        assert item["in"] in ("query", "path", "header")
        assert item.get("required", False) == (item["in"] == "path")
        assert item["schema"]
        assert item["description"].endswith(".")


def test_operation_ids_differ() -> None:
    """Programs that are made from the document call operations by their ids."""
    ids = [endpoint.id for endpoint in ENDPOINTS]
    assert len(set(ids)) == len(ids)
    assert len(ENDPOINTS) == len(OPERATIONS)


def routes(app: Quart) -> set[tuple[str, str]]:
    """The methods and paths of an application, as the document spells them."""
    return {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in set(rule.methods or ()) - {"HEAD", "OPTIONS"}
    }


async def test_document_has_every_route_and_nothing_else(tmp_path: Path) -> None:
    """What the application answers is told, and what is told is answered; the short form is the lane's alone."""
    told = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}
    async with LibrarySite.open(tmp_path) as site:
        assert told == routes(cast("Quart", site.lane._inner)) | {("GET", "/{name}")}


def told_slugs(told: dict[str, Any]) -> set[str]:
    return {
        slug
        for answer in told["responses"].values()
        for slug in answer.get("content", {}).get("application/json", {}).get("examples", {})
        if slug != ANSWER
    }


OURS = [error for _, error in tree() if error.__module__.startswith(("shared.", "frontend."))]
NOBODY_IS_TOLD = {"upload_aborted", "method_not_allowed"}
"""The one has no reader any more, the other is of addresses that the document does not have."""


def test_every_error_is_told_somewhere() -> None:
    """No error can be answered of which the document does not know; a new class must be put into a family."""
    told = set().union(*(told_slugs(parameter.values[2]) for parameter in OPERATIONS))  # type: ignore[arg-type]
    assert told == {error.slug for error in OURS} - NOBODY_IS_TOLD


@each_operation
def test_errors_are_told_under_their_status(path: str, method: str, told: dict[str, Any]) -> None:
    """Each slug stands under the status that its class has, with the class's own words."""
    by_slug: dict[str, type[ServiceError]] = {error.slug: error for error in OURS}
    for status, answer in told["responses"].items():
        examples = answer.get("content", {}).get("application/json", {}).get("examples", {})
        for slug in set(examples) - {ANSWER}:
            assert int(by_slug[slug].status) == int(status)
            assert examples[slug]["value"]["message"] == by_slug[slug].public_message


@each_operation
def test_every_operation_may_fail_like_any_other(path: str, method: str, told: dict[str, Any]) -> None:
    """A bug, a URL that is too long and a server that is ending can meet every request."""
    assert told_slugs(told) >= {"internal_error", "url_too_long", "draining"}


async def test_key_is_asked_for_where_the_document_says(tmp_path: Path) -> None:
    """Without a key the addresses that need one are a 401, and all others are not."""
    async with LibrarySite.open(tmp_path) as site:
        for endpoint in ENDPOINTS:
            target = endpoint.path.replace("{name}", "cat.png").replace("{username}", "ada")
            answer = await site.client.ask(endpoint.method, target)
            assert (answer.status == 401) == endpoint.access.needs_key, endpoint.id
            assert str(answer.status) in DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]["responses"]


def test_method_not_allowed_is_told_in_words() -> None:
    """It belongs to no operation, so that the description tells of it."""
    assert MethodNotAllowedError.slug in DOCUMENT["info"]["description"]


def test_server_is_the_one_that_clients_know() -> None:
    """Behind a proxy addresses begin with what the settings say."""
    assert openapi_document("https://img.example/a")["servers"] == [{"url": "https://img.example/a"}]
    assert DOCUMENT["servers"] == [{"url": "/"}]
