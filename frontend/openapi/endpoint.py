"""What a declaration of an address is made of. The declarations stand in the ``*_endpoints.py`` beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel

from frontend.openapi.failures import Failures

Schema = Mapping[str, Any]
"""A JSON Schema, draft 2020-12."""
Shape = type[BaseModel] | Schema
"""What JSON looks like: a model, which gets a name in the document, or a schema that has none."""


class Access(StrEnum):
    """Who may ask; the value is the sentence. Each role may all that those before it may."""

    ANYONE = "For anyone."
    IF_PUBLIC = "For anyone; if the image is private, for the role `reader`."
    READER = "For the role `reader`."
    EDITOR = "For the role `editor`."
    ADMIN = "For the role `admin`."

    @property
    def needs_key(self) -> bool:
        """Whether nobody is answered without one."""
        return self not in (Access.ANYONE, Access.IF_PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter in the query, the path or a header; ``about`` says in words what it may be, too.

    ``alias_of`` is the preferred name of the same parameter.
    """

    name: str
    about: str
    schema: Schema
    example: Any = None
    alias_of: str = ""
    place: Literal["query", "path", "header"] = "query"
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What is sent along, with an example by the sentence that says what it does."""

    shapes: tuple[Shape, ...]
    examples: Mapping[str, Any]
    mime: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One kind of answer that is no error: JSON of one of the shapes, or else one of the types of ``mimes``."""

    about: str
    status: HTTPStatus = HTTPStatus.OK
    shapes: tuple[Shape, ...] = ()
    example: Any = None
    mimes: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one address. ``call`` are the arguments of curl that show how it is asked."""

    id: str
    method: str
    path: str
    group: str
    summary: str
    about: str = ""
    access: Access
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...] = ()
    failures: Failures = ()
    call: str = ""

    @property
    def curl(self) -> str:
        """A line for a shell in which ``SERVER`` and ``KEY`` are set."""
        method = f" -X {self.method}" if self.method != "GET" and not self._is_implied else ""
        key = ' -H "Authorization: Bearer $KEY"' if self.access.needs_key else ""
        return f"curl{method}{key} {self.call or self.default_call}"

    @property
    def default_call(self) -> str:
        """The address itself."""
        return f'"$SERVER{self.path.replace("{name}", "cat.jpg").replace("{username}", "ada")}"'

    @property
    def _is_implied(self) -> bool:
        """Whether curl sends this method for what it is given to send."""
        return self.method == "POST" and self.body is not None
