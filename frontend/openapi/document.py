"""Builds the OpenAPI 3.1 document from the declarations. Source: OpenAPI Specification 3.1.1."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from frontend.openapi import failures, image_endpoints, key_endpoints, library_endpoints, server_endpoints
from frontend.openapi.endpoint import Access, Answer, Body, Endpoint, Parameter, Shape
from frontend.openapi.failures import EVERYWHERE, Failures, by_status, response
from frontend.openapi.shapes import Error
from frontend.version import VERSION

ENDPOINTS: tuple[Endpoint, ...] = (
    *image_endpoints.ENDPOINTS,
    *library_endpoints.ENDPOINTS,
    *key_endpoints.ENDPOINTS,
    *server_endpoints.ENDPOINTS,
)
_REFERENCE = "#/components/schemas/{model}"

_ABOUT = """Images by URL, and the library behind them.

`HEAD` works wherever `GET` does. Every answer carries `X-Request-ID`. Every error has the same shape, and
tells in `error` what went wrong; besides those that are listed, a wrong method is a 405
`method_not_allowed` with `Allow`."""

_HEADERS = {
    "X-Request-ID": ("The id of the request: the client’s own where it is harmless.", True),
    "Retry-After": ("Seconds after which it is worth asking again.", False),
    "WWW-Authenticate": ("The scheme by which a key is sent.", True),
    "Content-Range": ("Which bytes of how many.", True),
    "Accept-Ranges": ("`bytes`.", True),
    "ETag": ("Changes exactly when the bytes may.", True),
    "Cache-Control": ("Who may keep the answer, and how long.", True),
    "Last-Modified": ("When the original was changed last.", True),
    "X-Cache": ("Of a variant: `hit`, `miss` or `coalesced`.", False),
    "Server-Timing": ("Of a variant: what took how long.", False),
}
ANSWER = "answer"
"""What an example is called that stands among those of errors, whose names are slugs."""

# Of bytes that are no text there is nothing to say but their type.
_BYTES: dict[str, dict[str, Any]] = {"text/html": {"schema": {"type": "string"}}}


@cache
def openapi_document(server_url: str = "/") -> dict[str, Any]:
    """The whole document, for a server that clients reach by this URL. Do not change it: it is made once."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "tintype", "version": VERSION, "description": _ABOUT, "license": {"name": "MIT"}},
        "servers": [{"url": server_url}],
        "tags": [{"name": group} for group in dict.fromkeys(endpoint.group for endpoint in ENDPOINTS)],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "headers": {
                name: {"description": about, "required": required, "schema": {"type": "string"}}
                for name, (about, required) in _HEADERS.items()
            },
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key with the role that is needed, or the administrator’s own: "
                    "`Authorization: Bearer <key>`.",
                }
            },
        },
    }


def _paths() -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return paths


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": endpoint.id,
        "tags": [endpoint.group],
        "summary": endpoint.summary,
        "description": f"{endpoint.about} {endpoint.access}".strip(),
        "security": _security(endpoint.access),
    }
    if endpoint.parameters:
        told["parameters"] = [_parameter(parameter) for parameter in endpoint.parameters]
    if endpoint.body is not None:
        told["requestBody"] = _body(endpoint.body)
    told["responses"] = _responses(endpoint)
    told["x-codeSamples"] = [{"lang": "Shell", "label": "curl", "source": endpoint.curl}]
    return told


def _security(access: Access) -> list[dict[str, list[str]]]:
    key: dict[str, list[str]] = {"key": []}
    if access.needs_key:
        return [key]
    return [{}, key] if access is Access.IF_PUBLIC else []


def _of_access(access: Access) -> Failures:
    """The errors of who may not ask. Any key has the role of a reader."""
    if access is Access.ANYONE:
        return ()
    return (*failures.KEY, *failures.ROLE) if access in (Access.EDITOR, Access.ADMIN) else failures.KEY


def _parameter(parameter: Parameter) -> dict[str, Any]:
    told: dict[str, Any] = {"name": parameter.name, "in": parameter.place, "description": parameter.about}
    if parameter.place == "path":
        told["required"] = True
    if parameter.may_be_empty:
        told["allowEmptyValue"] = True
    told["schema"] = dict(parameter.schema)
    if parameter.example is not None:
        told["example"] = parameter.example
    if parameter.alias_of:
        told["x-alias-of"] = parameter.alias_of
    return told


def _body(body: Body) -> dict[str, Any]:
    examples = {
        f"example{number}": {"summary": summary, "value": value}
        for number, (summary, value) in enumerate(body.examples.items(), 1)
    }
    return {"required": True, "content": {body.mime: {"schema": _one_of(body.shapes), "examples": examples}}}


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    told = {str(int(answer.status)): _answer(answer) for answer in endpoint.answers}
    for status, errors in by_status((*endpoint.failures, *_of_access(endpoint.access), *EVERYWHERE)).items():
        failure = response(status, errors)
        known = told.get(str(int(status)))
        told[str(int(status))] = failure if known is None else _either(known, failure)
    return dict(sorted(told.items()))


def _either(answer: dict[str, Any], failure: dict[str, Any]) -> dict[str, Any]:
    """Join an answer and an error of the same status: a client tells them apart by ``error``."""
    good, bad = (told["content"]["application/json"] for told in (answer, failure))
    example = {"summary": answer["description"], "value": good["example"]}
    content = {
        "schema": {"anyOf": [good["schema"], bad["schema"]]},
        "examples": {ANSWER: example, **bad["examples"]},
    }
    return {
        **failure,
        "description": f"{answer['description']} Or {failure['description']}",
        "content": {"application/json": content},
    }


def _answer(answer: Answer) -> dict[str, Any]:
    names = ("X-Request-ID", *answer.headers)
    told: dict[str, Any] = {
        "description": answer.about,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
    }
    if answer.shapes:
        content: dict[str, Any] = {"schema": _one_of(answer.shapes)}
        if answer.example is not None:
            content["example"] = answer.example
        told["content"] = {"application/json": content}
    elif answer.mimes:
        told["content"] = {mime: _BYTES.get(mime, {}) for mime in answer.mimes}
    return told


def _one_of(shapes: Iterable[Shape]) -> dict[str, Any]:
    schemas = [_schema(shape) for shape in shapes]
    return schemas[0] if len(schemas) == 1 else {"oneOf": schemas}


def _schema(shape: Shape) -> dict[str, Any]:
    if isinstance(shape, type):
        return {"$ref": _REFERENCE.format(model=shape.__name__)}
    return dict(shape)


def _schemas() -> dict[str, Any]:
    """The schemas of all models that are mentioned, and of those that they mention."""
    shapes = [
        *(shape for endpoint in ENDPOINTS if endpoint.body for shape in endpoint.body.shapes),
        *(shape for endpoint in ENDPOINTS for answer in endpoint.answers for shape in answer.shapes),
        Error,
    ]
    models: dict[type[BaseModel], None] = dict.fromkeys(shape for shape in shapes if isinstance(shape, type))
    _, told = models_json_schema(
        [(model, "validation") for model in models], ref_template=_REFERENCE, schema_generator=_WithoutTitles
    )
    schemas: dict[str, Any] = told["$defs"]
    return dict(sorted(schemas.items()))


class _WithoutTitles(GenerateJsonSchema):
    """A field's title would be its name once more."""

    def field_title_should_be_set(self, schema: object) -> bool:
        """Never."""
        return False
