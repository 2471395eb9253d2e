"""The query parameters of images, made from the declarations in ``shared/operations.py``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from frontend.openapi.endpoint import Parameter, Schema
from shared import operation
from shared.operations import ALL_OPERATIONS
from shared.parameters import (
    COMPASS,
    MAX_LENGTH_PX,
    BoxKind,
    Choice,
    ColourKind,
    GravityKind,
    Integer,
    Kind,
    LengthKind,
    Number,
    SidesKind,
    Switch,
)

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_LENGTH = rf"(?:[0-9]{{1,5}}|{_NUMBER}p)"
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
    schema: dict[str, Any] = {"type": "string"}
    match kind:
        case LengthKind():
            schema["pattern"] = f"^{_LENGTH}$"
        case BoxKind():
            schema["pattern"] = rf"^{_LENGTH}(?:,{_LENGTH}){{3}}$"
        case SidesKind():
            schema["pattern"] = r"^[0-9]{1,5}(?:,[0-9]{1,5}){0,3}$"
        case GravityKind():
            schema["pattern"] = rf"^(?:{'|'.join(COMPASS)}|fp[:,]{_NUMBER}[:,]{_NUMBER})$"
        case ColourKind():
            schema["pattern"] = "^(?:#?[0-9A-Fa-f]{3,8}|[A-Za-z]+)$"
    return schema


_EXAMPLES: dict[type[Any], Any] = {
    LengthKind: "640",
    BoxKind: "10p,10p,80p,80p",
    SidesKind: "10,20",
    GravityKind: "fp:0.3:0.7",
    ColourKind: "ffffff",
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
    """Every parameter by every name, in the order in which the operations are applied; then the classic ones."""
    found: dict[str, Parameter] = {}
    for declared in _declared():
        known = found.get(declared.name)
        if known is None:
            found[declared.name] = declared
        elif declared.about not in known.about:
            found[declared.name] = _both(known, declared)
    return (*found.values(), *_CLASSIC)


def _declared() -> Iterator[Parameter]:
    for kind in ALL_OPERATIONS:
        for item in kind.parameters():
            preferred, *aliases = item.query or ("",)
            if not preferred:
                continue
            yield Parameter(
                name=preferred,
                about=f"{kind.name}: {item.help} Allowed: {item.kind.allowed}.",
                schema=schema_of(item.kind),
                example=_example_of(item),
                may_be_empty=isinstance(item.kind, Switch),
            )
            for alias in aliases:
                yield Parameter(
                    name=alias,
                    about=f"The same as `{preferred}`.",
                    schema=schema_of(item.kind),
                    alias_of=preferred,
                    may_be_empty=isinstance(item.kind, Switch),
                )


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
