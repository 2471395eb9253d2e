"""The parameters by which images of the library are chosen, in a query or in a JSON body, and those of a list."""

from __future__ import annotations

from typing import Any

from frontend.api.images import DEFAULT_LIST, MAX_LIST
from frontend.library.image_filter import FILTER_PARAMETERS, MAX_NUMBER
from frontend.library.ordering import NEWEST_FIRST
from frontend.library.tag_names import MAX_TAG_CHARS, MAX_TAGS
from frontend.openapi.endpoint import Parameter, Schema
from shared.formats import BY_EXTENSION, BY_NAME

NAME = Parameter(
    name="name",
    place="path",
    about="The image's name. It may hold slashes: `cats/tom.jpg`.",
    schema={"type": "string", "minLength": 1},
    example="cat.jpg",
)

PIPELINE = Parameter(
    name="pipeline",
    place="path",
    about="The pipeline's name, as the server's configuration has it.",
    schema={"type": "string", "minLength": 1},
    example="thumb",
)

_WHAT = {"width": "The width in pixels", "height": "The height in pixels", "size": "The size in bytes"}
_BOUND = {"": "exactly", "_min": "at least", "_max": "at most"}
_SORTS = ("created_at", "filename", "size", "width", "height", "access_count")
_FORMATS = [*dict.fromkeys((*BY_NAME, *BY_EXTENSION))]
TAG: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_TAG_CHARS}


def _filter(name: str) -> Parameter:
    what, bound = next(
        ((what, bound) for what in _WHAT for bound in _BOUND if name == what + bound), (name, "")
    )  # fmt: skip
    if what in _WHAT:
        return Parameter(
            name=name,
            about=f"{_WHAT[what]} is {_BOUND[bound]} this.",
            schema={"type": "integer", "minimum": 0, "maximum": MAX_NUMBER},
        )
    return _WORDS[name]


_WORDS = {
    "format": Parameter(
        name="format", about="The format, by name or extension.", schema={"type": "string", "enum": _FORMATS}
    ),
    "tags": Parameter(
        name="tags",
        about=f"Tags that the image has, all of them; separated by commas, at most {MAX_TAGS}.",
        schema={"type": "string"},
    ),
}

FILTERS = tuple(_filter(name) for name in FILTER_PARAMETERS)

LIST = (
    *FILTERS,
    Parameter(
        name="sort",
        about=f"The order: one of {', '.join(_SORTS)}; after a minus sign, from the greatest.",
        schema={"type": "string", "enum": [sign + name for name in _SORTS for sign in ("", "-")],
                "default": str(NEWEST_FIRST)},
    ),
    Parameter(
        name="limit",
        about=f"How many images a page has, from 1 to {MAX_LIST}.",
        schema={"type": "integer", "minimum": 1, "maximum": MAX_LIST, "default": DEFAULT_LIST},
    ),
    Parameter(
        name="cursor",
        about="What the page before told as `next_cursor`, for the same order.",
        schema={"type": "string"},
    ),
)  # fmt: skip


def _in_json(parameter: Parameter) -> dict[str, Any]:
    if parameter.name == "tags":
        about = "Tags that the image has, all of them."
        return {"type": "array", "items": TAG, "maxItems": MAX_TAGS, "description": about}
    return {**parameter.schema, "description": parameter.about}


DRAW: Schema = {
    "type": "object",
    "title": "Draw",
    "description": "How many images are wanted, and which.",
    "properties": {
        "count": {
            "type": "integer", "minimum": 1, "default": 1,
            "description": "How many images, at most `--max-batch-size`.",
        },
        **{parameter.name: _in_json(parameter) for parameter in FILTERS},
    },
    "additionalProperties": False,
}  # fmt: skip
"""The body of ``POST /random``."""
