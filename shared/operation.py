"""What a declaration of an operation is made of: a frozen dataclass whose fields are typed parameters.

The declarations themselves are in ``shared/operations/``, their functions in ``workers/modules/``. One
declaration gives parsing, validation, the canonical text and the documentation.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform
from urllib.parse import unquote

from shared.errors import BadParameterError
from shared.parameters import Kind

_METADATA = "tintype"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of an operation.

    ``query`` lists the names by which a query sets it, the preferred one first; it may be empty. ``shared_query``
    marks a name that several operations read (``bg``), which on its own asks for none of them.
    """

    name: str
    kind: Kind
    default: Any
    help: str
    query: tuple[str, ...] = ()
    shared_query: bool = False

    def parse(self, text: str, *, given_as: str) -> Any:
        """Return the value of ``text``; a BadParameterError names the parameter as the user wrote it."""
        try:
            return self.kind.parse(text)
        except ValueError:
            raise BadParameterError.of(given_as, text, self.kind.allowed) from None


def parameter(
    kind: Kind,
    *,
    default: Any,
    help: str,  # noqa: A002 - the field's own word
    query: str = "",
    shared_query: bool = False,
) -> Any:
    """Declare a field of an operation; ``query`` holds names separated by blanks."""
    metadata = {"kind": kind, "help": help, "query": tuple(query.split()), "shared_query": shared_query}
    return dataclasses.field(default=default, metadata={_METADATA: metadata})


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a plan: the base of every declaration."""

    name: ClassVar[str]

    @classmethod
    @cache
    def parameters(cls) -> tuple[Parameter, ...]:
        """The declared parameters, in order."""
        return tuple(
            Parameter(name=field.name, default=field.default, **field.metadata[_METADATA])
            for field in dataclasses.fields(cls)
        )

    def canonical(self) -> Operation | None:
        """The same work in its one canonical form; None when it does nothing."""
        return None if self == type(self)() else self

    @property
    def text(self) -> str:
        """``name:parameter=value:…`` with defaults left out: the same for equal work."""
        parts = [self.name]
        for item in self.parameters():
            value = getattr(self, item.name)
            if value != item.default:
                parts.append(f"{item.name}={_escaped(item.kind.format(value))}")
        return ":".join(parts)

    @classmethod
    def parse(cls, arguments: Iterable[str]) -> Self:
        """Read the arguments of ``text``; one without a name is the value of the first parameter.

        ``%3A`` stands for a colon, and so on. No arguments at all are an empty one: that switches on what is a
        switch, and is refused elsewhere. Raises BadParameterError for an unknown name, a bad or a second value.
        """
        known = {name: item for item in cls.parameters() for name in (item.name, *item.query)}
        values: dict[str, Any] = {}
        for argument in tuple(arguments) or ("",):
            name, separator, text = argument.partition("=")
            if not separator:
                name, text = cls.parameters()[0].name, argument
            text = _unescaped(cls.name, text)
            if name not in known:
                raise BadParameterError.of(cls.name, argument, f"it takes {', '.join(known)}")
            item = known[name]
            if item.name in values:
                raise BadParameterError.of(cls.name, argument, f"{item.name} is given twice")
            values[item.name] = item.parse(text, given_as=f"{cls.name}:{name}")
        return cls(**values)


# What takes the text of a plan apart, and what lines of a log should not be torn by.
_TO_ESCAPE = re.compile(r"[%:;\x00-\x1f\x7f]")


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(lambda match: f"%{ord(match[0]):02X}", text)


def _unescaped(operation_name: str, text: str) -> str:
    """Undo ``_escaped``; as in a URL (RFC 3986, section 2.1), any character may be written so."""
    if "%" not in text:
        return text
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise BadParameterError.of(operation_name, text, "percent-encoded UTF-8") from None


_Class = TypeVar("_Class", bound=type[Operation])


@dataclass_transform(frozen_default=True, field_specifiers=(parameter,))
def operation(name: str) -> Any:
    """Make the class below an operation called ``name``."""

    def declare(cls: _Class) -> _Class:
        declared = dataclass(frozen=True, slots=True)(cls)
        declared.name = name
        return declared  # type: ignore[return-value]

    return declare
