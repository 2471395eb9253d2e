"""The page of the API for people, made from the OpenAPI document alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple

from frontend.openapi.document import ANSWER, openapi_document
from frontend.pages import page
from frontend.reply import Reply

JsonObject = Mapping[str, Any]

_SUBSTANCE = ("parameters", "requestBody", "responses")
"""What two operations that differ by their address only have in common."""


class _Field(NamedTuple):
    """A parameter, or a field of a body, as the page shows it."""

    names: list[str]
    kind: str
    about: str


class _Sample(NamedTuple):
    """A piece of JSON, and what it is."""

    about: str
    text: str


class _Answer(NamedTuple):
    status: str
    about: str
    types: str
    sample: str


class _Failure(NamedTuple):
    status: str
    slug: str
    message: str


class _Operation(NamedTuple):
    id: str
    method: str
    path: str
    summary: str
    about: str
    curl: str
    parameters: list[_Field]
    same_as: str
    """The id of an operation above that takes and gives the same."""
    mime: str
    fields: list[_Field]
    samples: list[_Sample]
    answers: list[_Answer]
    failures: list[_Failure]


class _Group(NamedTuple):
    name: str
    operations: list[_Operation]


@cache
def docs_page() -> Reply:
    """What ``/docs`` answers. Made once: it is always the same."""
    groups = _groups(openapi_document())
    failures = {failure for group in groups for operation in group.operations for failure in operation.failures}
    return page("docs.html", groups=groups, failures=sorted(failures))


def _groups(document: JsonObject) -> list[_Group]:
    groups: dict[str, list[_Operation]] = {tag["name"]: [] for tag in document["tags"]}
    shown: dict[str, str] = {}
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            operation = _operation(document, method.upper(), path, told)
            first = shown.setdefault(json.dumps([told.get(part) for part in _SUBSTANCE]), operation.id)
            groups[told["tags"][0]].append(operation._replace(same_as=first if first != operation.id else ""))
    return [_Group(name, operations) for name, operations in groups.items()]


def _operation(document: JsonObject, method: str, path: str, told: JsonObject) -> _Operation:
    bodies: dict[str, JsonObject] = told.get("requestBody", {}).get("content", {})
    mime, body = next(iter(bodies.items()), ("", dict[str, Any]()))
    responses: dict[str, JsonObject] = told["responses"]
    return _Operation(
        id=told["operationId"],
        method=method,
        path=path,
        summary=told["summary"],
        about=told["description"],
        curl=told["x-codeSamples"][0]["source"],
        parameters=_parameters(told.get("parameters", [])),
        same_as="",
        mime=mime,
        fields=list(_fields(document, body.get("schema", {}))),
        samples=[_Sample(each["summary"], _text(each["value"])) for each in body.get("examples", {}).values()],
        answers=[_answer(status, answer) for status, answer in responses.items() if _is_answer(answer)],
        failures=[failure for status, answer in responses.items() for failure in _failures(status, answer)],
    )


def _parameters(told: list[JsonObject]) -> list[_Field]:
    """Each once, with all its names."""
    fields = {
        each["name"]: _Field([each["name"]], _kind(each["schema"], place=each["in"]), each["description"])
        for each in told
        if "x-alias-of" not in each
    }
    for each in told:
        if "x-alias-of" in each:
            fields[each["x-alias-of"]].names.append(each["name"])
    return list(fields.values())


def _fields(document: JsonObject, schema: JsonObject) -> Iterator[_Field]:
    """The fields of an object, or of each of several that it may be."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for choice in schema.get("oneOf", ()):
        yield from _fields(document, choice)
    required = schema.get("required", ())
    for name, told in schema.get("properties", {}).items():
        about = told.get("description", "")
        yield _Field([name], _kind(told) + ("" if name in required else ", optional"), about)
    if schema.get("type") == "array":
        yield _Field([schema.get("title", "")], _kind(schema), "The body is the array itself.")


def _kind(schema: JsonObject, *, place: str = "query") -> str:
    """A schema in a few words: its type, its range or its values."""
    place_text = "" if place == "query" else f", in the {place}"
    for choice in schema.get("anyOf", ()):
        # Only null is ever the other one.
        if choice.get("type") != "null":
            return _kind(choice) + place_text
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2] + place_text
    if "enum" in schema:
        return "one of " + ", ".join(f"`{value}`" for value in schema["enum"] if value != "") + place_text
    return _type(schema) + _range(schema) + place_text


def _type(schema: JsonObject) -> str:
    kind: str = schema.get("type", "")
    return f"array of {_kind(schema['items'])}" if kind == "array" else kind


def _range(schema: JsonObject) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        return f", above {schema['exclusiveMinimum']}, up to {high}"
    if low is None and high is None:
        return ""
    if high is None:
        return f", at least {low}"
    return f", {low} to {high}"


def _is_answer(answer: JsonObject) -> bool:
    """Whether it is one that is not only for errors."""
    schema: JsonObject = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return bool(schema.get("$ref") != "#/components/schemas/Error")


def _answer(status: str, told: JsonObject) -> _Answer:
    content: JsonObject = told.get("content", {})
    json_content: JsonObject = content.get("application/json", {})
    example = json_content.get("example", json_content.get("examples", {}).get(ANSWER, {}).get("value"))
    phrase = HTTPStatus(int(status)).phrase
    return _Answer(
        f"{status} {phrase}",
        told["description"].partition(" Or `")[0],
        ", ".join(content),
        "" if example is None else _text(example),
    )


def _failures(status: str, told: JsonObject) -> Iterator[_Failure]:
    for slug, example in told.get("content", {}).get("application/json", {}).get("examples", {}).items():
        if slug != ANSWER:
            yield _Failure(status, slug, example["summary"])


def _text(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
