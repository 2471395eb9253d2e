"""The query parameters of images, made from the declarations of the operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from frontend.openapi.endpoint import Parameter, Schema
from shared import operation
from shared.operations.registry import OPERATIONS
from shared.parameters import (
    COMPASS,
    FOCUSES,
    MAX_LENGTH_PX,
    BoxKind,
    Choice,
    ColourKind,
    ColourPairKind,
    GravityKind,
    Integer,
    Kind,
    LengthKind,
    NameKind,
    Number,
    OpaqueColourKind,
    PositionKind,
    QualityKind,
    RadiusKind,
    SidesKind,
    Switch,
    TextKind,
)
from shared.parameters.word import MAX_NAME_CHARS
from shared.query import MAX_DOWNLOAD_CHARS, MAX_PRESETS

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_LENGTH = rf"(?:[0-9]{{1,5}}|{_NUMBER}p)"
_COLOUR = "(?:#?[0-9A-Fa-f]{3,8}|[A-Za-z]+)"
_SWITCH = ("", "1", "true", "yes", "on", "0", "false", "no", "off")


def schema_of(kind: Kind) -> Schema:
    """The JSON Schema of a kind of value; of one that is not known here, its words say what it allows."""
    match kind:
        case Integer():
            return {"type": "integer", "minimum": kind.low, "maximum": kind.high}
        case Number():
            return {"type": "number", "minimum": kind.low, "maximum": kind.high}
        case Choice():
            return {"type": "string", "enum": [*dict.fromkeys((*kind.words, *kind.aliases))]}
        case Switch():
            return {"type": "string", "enum": list(_SWITCH)}
        case _:
            return _text_schema(kind)


def _text_schema(kind: Kind) -> Schema:
    match kind:
        case TextKind():
            return {"type": "string", "minLength": 1, "maxLength": kind.max_chars}
        case NameKind():
            return {"type": "string", "minLength": 1, "maxLength": MAX_NAME_CHARS}
        case PositionKind():
            return {"type": "string", "enum": list(COMPASS)}
        case _:
            pattern = _PATTERNS.get(type(kind))
            return {"type": "string", "pattern": f"^{pattern}$"} if pattern else {"type": "string"}


_PATTERNS: dict[type[Any], str] = {
    LengthKind: _LENGTH,
    RadiusKind: f"(?:{_LENGTH}|max)",
    BoxKind: rf"{_LENGTH}(?:,{_LENGTH}){{3}}",
    SidesKind: r"[0-9]{1,5}(?:,[0-9]{1,5}){0,3}",
    GravityKind: rf"(?:{'|'.join((*COMPASS, *FOCUSES))}|fp[:,]{_NUMBER}[:,]{_NUMBER})",
    ColourKind: _COLOUR,
    OpaqueColourKind: _COLOUR,
    ColourPairKind: f"{_COLOUR},{_COLOUR}",
    QualityKind: "(?:[1-9][0-9]?|100|auto)",
}
_EXAMPLES: dict[type[Any], Any] = {
    LengthKind: "640",
    BoxKind: "10p,10p,80p,80p",
    SidesKind: "10,20",
    GravityKind: "fp:0.3:0.7",
    ColourKind: "ffffff",
    ColourPairKind: "222266,ffcc88",
    NameKind: "logo.png",
    OpaqueColourKind: "ff8800",
    PositionKind: "se",
    QualityKind: "80",
    RadiusKind: "20",
    TextKind: "Hello",
    Switch: "1",
}


def _example_of(item: operation.Parameter) -> Any:  # noqa: ANN401 - of the parameter's own kind
    match item.kind:
        case Integer(low=low, high=high):
            return min(max(1, low), high)
        case Number(low=low, high=high):
            return min(max(2, low), high)
        case Choice(words=words):
            return words[-1]
        case _:
            return _EXAMPLES.get(type(item.kind))


def image_parameters() -> tuple[Parameter, ...]:
    """Every parameter by every name, in the order in which the operations are applied; then those of the whole."""
    found: dict[str, Parameter] = {}
    for declared in _declared():
        known = found.get(declared.name)
        if known is None:
            found[declared.name] = declared
        elif declared.about not in known.about:
            found[declared.name] = _both(known, declared)
    return (*found.values(), *_CLASSIC, *_OF_THE_WHOLE)


def _declared() -> Iterator[Parameter]:
    for kind in OPERATIONS.all:
        for item in kind.parameters():
            preferred, *aliases = item.query or ("",)
            if not preferred:
                continue
            yield Parameter(
                name=preferred,
                about=f"{kind.name}: {item.help} Allowed: {item.kind.allowed}.",
                schema=schema_of(item.kind),
                example=_example_of(item),
                may_be_empty=_may_be_empty(item.kind),
            )
            for alias in aliases:
                yield Parameter(
                    name=alias,
                    about=f"The same as `{preferred}`.",
                    schema=schema_of(item.kind),
                    alias_of=preferred,
                    may_be_empty=_may_be_empty(item.kind),
                )


def _may_be_empty(kind: Kind) -> bool:
    """Whether the bare name says something."""
    return isinstance(kind, Switch) or (isinstance(kind, Number) and kind.bare is not None)


def _both(first: Parameter, second: Parameter) -> Parameter:
    """Join what two operations say of a parameter that both read."""
    about, allowed = first.about.split(" Allowed: ")
    return Parameter(
        name=first.name,
        about=f"{about} {second.about.split(' Allowed: ')[0]} Allowed: {allowed}",
        schema=first.schema,
        example=first.example,
        alias_of=first.alias_of,
        may_be_empty=first.may_be_empty,
    )


def _classic(name: str, about: str, schema: Schema, example: Any) -> Parameter:  # noqa: ANN401
    return Parameter(name=name, about=f"Classic spelling: {about}", schema=schema, example=example)


_SIDE = {"type": "integer", "minimum": 0, "maximum": MAX_LENGTH_PX}
_CLASSIC = (
    _classic("resx", f"the width in pixels, to {MAX_LENGTH_PX}; 0 is unset.", _SIDE, 640),
    _classic("resy", f"the height in pixels, to {MAX_LENGTH_PX}; 0 is unset.", _SIDE, 480),
    _classic(
        "filter",
        "one of blur, bw, brighten, contrast; all but bw need `f_param`.",
        {"type": "string", "enum": ["blur", "bw", "brighten", "contrast"]},
        "bw",
    ),
    _classic("f_param", "the argument of `filter`, with the range of the parameter that it stands for.",
             {"type": "number"}, None),
    _classic(
        "transform",
        "one of fliph, flipv, rotate, hue_rotate; the last two need `t_param`.",
        {"type": "string", "enum": ["fliph", "flipv", "rotate", "hue_rotate"]},
        "fliph",
    ),
    _classic("t_param", "the argument of `transform`, in degrees.", {"type": "number"}, None),
    _classic(
        "process",
        "one of invert, unsharpen; unsharpen needs `p1`.",
        {"type": "string", "enum": ["invert", "unsharpen"]},
        "invert",
    ),
    _classic("p1", "the sigma of `process=unsharpen`.", {"type": "number", "minimum": 0}, None),
    _classic("p2", "its threshold.", {"type": "integer", "minimum": 0, "maximum": 255}, None),
)  # fmt: skip

_PRESETS = (
    f"up to {MAX_PRESETS} names of presets with commas between; later ones, and the query's own parameters, go "
    "before earlier ones"
)
_OF_THE_WHOLE = (
    Parameter(
        name="ops",
        about="A chain of operations in an order of its own, in the place of all that have a fixed one. Allowed: "
        "operations with `;` between, each followed by its parameters with `:` between.",
        schema={"type": "string"},
        example="resize:w=640;blur:2;flip:h",
    ),
    Parameter(
        name="preset",
        about=f"Parameters that the server's configuration has a name for. Allowed: {_PRESETS}.",
        schema={"type": "string"},
    ),
    Parameter(name="p", about="The same as `preset`.", schema={"type": "string"}, alias_of="preset"),
    Parameter(
        name="download",
        about="Have browsers save the image instead of showing it. Allowed: the name of a file, or nothing for "
        "its own.",
        schema={"type": "string", "maxLength": MAX_DOWNLOAD_CHARS},
        example="holiday.jpg",
        may_be_empty=True,
    ),
    Parameter(
        name="exp",
        about="When the signature of the address ends to be good. Allowed: seconds since 1970.",
        schema={"type": "integer", "minimum": 0},
    ),
    Parameter(
        name="sig",
        about="The signature of the address. Allowed: 43 characters of base64url, as `tintype sign` makes them.",
        schema={"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
    ),
)
