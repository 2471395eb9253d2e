"""Reads what a request to the API says: its query and its JSON body, each held to what it may be.

Every mistake is an error that names the parameter, the value and what is allowed.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, from_json
from quart import Request

from frontend.api.errors import BadJsonError, ContentTypeError
from frontend.library.image_filter import FILTER_PARAMETERS, ImageFilter
from shared.errors import BadParameterError

MAX_JSON_BYTES = 1 << 20
JSON_TIMEOUT_S = 20
"""Longest time a client may take to send its JSON."""

_Model = TypeVar("_Model", bound="Body")


class Body(BaseModel):
    """A JSON object of which every field is known, and of the type that it says."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


async def json_body(request: Request) -> object:
    """Read the body. Raises ContentTypeError, BadJsonError, and what Quart raises for too much or too slow."""
    mime = request.mimetype
    if mime != "application/json" and not (mime.startswith("application/") and mime.endswith("+json")):
        raise ContentTypeError()
    try:
        return from_json(await request.get_data(), allow_inf_nan=False)
    except ValueError as error:
        raise BadJsonError(f"the body is not well-formed JSON: {error}") from error


async def json_object(request: Request) -> dict[str, object]:
    """Read a body that must be an object."""
    value = await json_body(request)
    if not isinstance(value, dict):
        raise BadParameterError(f"the body must be a JSON object, not {_kind(value)}")
    return value


def read(model: type[_Model], value: object, *, where: str = "") -> _Model:
    """Hold a value to its model. Raises BadParameterError for the first thing that is wrong with it."""
    if not isinstance(value, dict):
        raise BadParameterError(f"{where or 'the body'} must be a JSON object, not {_kind(value)}")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _mistake(error.errors(include_url=False)[0], model, where=where) from error


def query_values(request: Request, *, allowed: Collection[str]) -> dict[str, str]:
    """Read the query; each parameter at most once. Raises BadParameterError for one that means nothing here."""
    values: dict[str, str] = {}
    for name, given in request.args.lists():
        if name not in allowed:
            known = ", ".join(allowed)
            raise BadParameterError.of(name, given[0], f"there is no such parameter here, only {known}")
        if len(given) > 1:
            raise BadParameterError.of(name, "&".join(given), "it may be given once")
        values[name] = given[0]
    return values


def filter_of(values: dict[str, str] | dict[str, object]) -> ImageFilter:
    """Read the filter among the values."""
    return ImageFilter.parse({name: values[name] for name in FILTER_PARAMETERS if name in values})


def whole_number(values: dict[str, str], name: str, *, default: int, most: int) -> int:
    """Read a number from 1. Raises BadParameterError."""
    text = values.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise BadParameterError.of(name, text, f"a whole number from 1 to {most}")
    return int(text)


def _mistake(detail: ErrorDetails, model: type[Body], *, where: str) -> BadParameterError:
    name = ".".join(str(part) for part in (*filter(None, (where,)), *detail["loc"]))
    if detail["type"] == "missing":
        return BadParameterError(f"{name} is missing")
    if detail["type"] == "extra_forbidden":
        allowed = f"there is no such field, only {', '.join(model.model_fields)}"
    else:
        allowed = detail["msg"].removeprefix("Value error, ")
    return BadParameterError.of(name, str(detail["input"]), allowed)


def _kind(value: object) -> str:
    names = {list: "an array", str: "a text", bool: "a truth value", int: "a number", float: "a number"}
    return names.get(type(value), "null")
