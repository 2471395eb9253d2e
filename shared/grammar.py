"""Query text to plan: the modern spelling, the classic one, and both mixed.

Names and ranges come from the declarations in ``shared/operations.py``; only the classic spelling, in which a
verb (``filter=blur``) and its argument (``f_param=2``) are two parameters, is told here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from shared.errors import BadParameterError
from shared.operation import Operation, Parameter
from shared.operations import (
    ALL_OPERATIONS,
    Blur,
    Brightness,
    Contrast,
    Flip,
    Grayscale,
    Hue,
    Invert,
    Resize,
    Rotate,
    Unsharp,
)
from shared.parameters import parse_number
from shared.plan import Plan

MAX_PARAMETERS = 100


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """What a query asks for, and the names in it that mean nothing here (in order, each once)."""

    plan: Plan
    ignored: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def parse_query(query: str) -> ParsedQuery:
    """Read the part of a URL behind ``?``, still percent-encoded.

    Raises BadParameterError for a value that is not allowed, for contradictions, and for more than
    ``MAX_PARAMETERS`` parameters.
    """
    reader = _Reader()
    for name, text in _pairs(query):
        reader.read(name, text)
    return reader.result()


def _pairs(query: str) -> list[tuple[str, str]]:
    count = query.count("&") + 1
    if count > MAX_PARAMETERS:
        raise BadParameterError.of("query", f"{count} parameters", f"at most {MAX_PARAMETERS} parameters")
    try:
        return parse_qsl(query, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise BadParameterError.of("query", query, "percent-encoded UTF-8") from None


class _Target(NamedTuple):
    """The field of an operation that a query parameter sets."""

    operation: type[Operation]
    parameter: Parameter


class _Argument(NamedTuple):
    """One field set by a classic verb: from the query parameter ``name``, or always to ``text``."""

    target: _Target
    name: str = ""
    text: str = ""
    is_needed: bool = True


def _target(operation: type[Operation], field: str) -> _Target:
    return next(_Target(operation, item) for item in operation.parameters() if item.name == field)


_MODERN: dict[str, list[_Target]] = {}
for _operation in ALL_OPERATIONS:
    for _parameter in _operation.parameters():
        for _name in _parameter.query:
            _MODERN.setdefault(_name, []).append(_Target(_operation, _parameter))

_CLASSIC_SIDES = {"resx": _target(Resize, "width"), "resy": _target(Resize, "height")}
_CLASSIC: dict[str, dict[str, tuple[_Argument, ...]]] = {
    "filter": {
        "blur": (_Argument(_target(Blur, "sigma"), "f_param"),),
        "bw": (_Argument(_target(Grayscale, "on"), text="1"),),
        "brighten": (_Argument(_target(Brightness, "amount"), "f_param"),),
        "contrast": (_Argument(_target(Contrast, "amount"), "f_param"),),
    },
    "transform": {
        "fliph": (_Argument(_target(Flip, "axes"), text="h"),),
        "flipv": (_Argument(_target(Flip, "axes"), text="v"),),
        "rotate": (_Argument(_target(Rotate, "angle"), "t_param"),),
        "hue_rotate": (_Argument(_target(Hue, "angle"), "t_param"),),
    },
    "process": {
        "invert": (_Argument(_target(Invert, "on"), text="1"),),
        "unsharpen": (
            _Argument(_target(Unsharp, "sigma"), "p1"),
            _Argument(_target(Unsharp, "threshold"), "p2", is_needed=False),
        ),
    },
}
_CLASSIC_ARGUMENTS = ("f_param", "t_param", "p1", "p2")


class _Reader:
    """Collects parameters one by one and notices contradictions."""

    def __init__(self) -> None:
        self._values: dict[type[Operation], dict[str, Any]] = {}
        self._set_by: dict[tuple[type[Operation], str], str] = {}
        self._verbs: dict[str, str] = {}
        self._arguments: dict[str, str] = {}
        self._ignored: dict[str, None] = {}

    def read(self, name: str, text: str) -> None:
        """Take one parameter."""
        if name in _MODERN:
            for target in _MODERN[name]:
                self._set(target, name, text)
        elif name in _CLASSIC_SIDES:
            if not _is_zero(text):
                self._set(_CLASSIC_SIDES[name], name, text)
        elif name in _CLASSIC:
            self._note(self._verbs, name, text.strip().lower())
        elif name in _CLASSIC_ARGUMENTS:
            self._note(self._arguments, name, text)
            self._ignored[name] = None  # until a verb wants it
        else:
            self._ignored[name] = None

    def result(self) -> ParsedQuery:
        """Apply the classic verbs, now that their arguments are known, and make the plan."""
        for name, verb in self._verbs.items():
            self._apply(name, verb)
        plan = Plan.of(kind(**self._values[kind]) for kind in ALL_OPERATIONS if kind in self._values)
        return ParsedQuery(plan, tuple(self._ignored))

    def _apply(self, name: str, verb: str) -> None:
        """Set what one classic verb says, with its arguments."""
        if verb not in _CLASSIC[name]:
            raise BadParameterError.of(name, verb, f"one of {', '.join(_CLASSIC[name])}")
        for argument in _CLASSIC[name][verb]:
            if not argument.name:
                self._set(argument.target, name, argument.text, shown=verb)
            elif argument.name in self._arguments:
                self._set(argument.target, argument.name, self._arguments[argument.name])
                self._ignored.pop(argument.name, None)
            elif argument.is_needed:
                allowed = f"{name}={verb} needs it, {argument.target.parameter.kind.allowed}"
                raise BadParameterError.of(argument.name, "", allowed)

    def _set(self, target: _Target, name: str, text: str, *, shown: str | None = None) -> None:
        operation, item = target
        value = item.parse(text, given_as=name)
        values = self._values.setdefault(operation, {})
        if values.get(item.name, value) != value:
            shown = text if shown is None else shown
            raise BadParameterError.of(name, shown, f"{self._set_by[operation, item.name]} says otherwise")
        values[item.name] = value
        self._set_by[operation, item.name] = name

    def _note(self, notes: dict[str, str], name: str, text: str) -> None:
        if notes.setdefault(name, text) != text:
            raise BadParameterError.of(name, text, f"another {name} is given too")


def _is_zero(text: str) -> bool:
    try:
        return parse_number(text) == 0
    except ValueError:
        return False
