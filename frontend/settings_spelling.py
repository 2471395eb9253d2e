"""How each setting is spelled: its flag, its variables, its key in the file, its range in words.

All of it follows from the field's name and type; ``Spelling`` holds what does not. Where
values come from is ``frontend/settings_sources.py``'s business.
"""

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from frontend.settings_values import format_duration, format_size

Kind = Literal["duration", "size", "count", "switch", "choice", "path", "text", "list", "secret", "secrets"]

PREFIX = "TINTYPE_"
MASK = "********"
_METAVAR: Mapping[Kind, str] = {
    "duration": "DURATION",
    "size": "SIZE",
    "count": "NUMBER",
    "choice": "WORD",
    "path": "PATH",
    "text": "TEXT",
    "list": "TEXT,TEXT",
}
# Below this, digits are read at a glance (and a port looks odd with a separator).
_GROUP_DIGITS_FROM = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """What a field's name and type do not tell; written into its annotation."""

    key: str | None = None
    variable: str | None = None
    default: str | None = None
    allowed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One field as its users meet it."""

    name: str
    kind: Kind
    sentence: str
    key: str
    variables: tuple[str, ...]
    allowed: str
    default: str

    @property
    def flag(self) -> str | None:
        """The flag; a secret has none, for everyone on the machine can read flags."""
        return None if self.is_secret else "--" + self.key.replace("_", "-")

    @property
    def is_secret(self) -> bool:
        """Tell whether nobody may see the value."""
        return self.kind in {"secret", "secrets"}

    @property
    def metavar(self) -> str:
        """What stands for the value in the help."""
        return _METAVAR[self.kind]

    @property
    def is_self_evident(self) -> bool:
        """Tell whether the spelling of the setting says already what it takes."""
        return self.kind in {"switch", "path"}

    def show(self, value: object) -> str:
        """Write a value as it could be typed; a secret only as a mask."""
        return _show(value, kind=self.kind)


def spell(section: type[BaseModel]) -> Iterator[Setting]:
    """Yield the settings of a section in the order they are declared."""
    for name, field in section.model_fields.items():
        spelling = next((note for note in field.metadata if isinstance(note, Spelling)), Spelling())
        key = spelling.key or name.removesuffix("_s")
        variables = (PREFIX + key.upper(), spelling.variable)
        kind = _kind(name, field)
        yield Setting(
            name=name,
            kind=kind,
            sentence=field.description or "",
            key=key,
            variables=tuple(variable for variable in variables if variable),
            allowed=spelling.allowed or _allowed(field, kind=kind),
            default=spelling.default or _show(field.default, kind=kind),
        )


def _kind(name: str, field: FieldInfo) -> Kind:
    """Tell the kind by the type, and among numbers by the unit in the name."""
    plain = _without_none(field.annotation)
    if plain is float and name.endswith("_s"):
        return "duration"
    if plain is int:
        return "size" if name.endswith("_bytes") else "count"
    if get_origin(plain) is Literal:
        return "choice"
    if get_origin(plain) is tuple:
        return "secrets" if _without_none(get_args(plain)[0]) is SecretStr else "list"
    kinds: dict[object, Kind] = {bool: "switch", Path: "path", str: "text", SecretStr: "secret"}
    try:
        return kinds[plain]
    except KeyError:
        raise TypeError(f"setting {name}: no way to spell {field.annotation}") from None


def _without_none(annotation: object) -> object:
    """``Path`` for ``Path | None``, also where notes hang on it."""
    if get_origin(annotation) in {Union, types.UnionType}:
        (annotation,) = (member for member in get_args(annotation) if member is not types.NoneType)
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _allowed(field: FieldInfo, *, kind: Kind) -> str:
    """Say in words which values a field takes."""
    if kind == "choice":
        *others, last = get_args(field.annotation)
        return f"{', '.join(others)} or {last}"
    if kind in {"duration", "size", "count"}:
        low, high = (_show(bound, kind=kind) for bound in _bounds(field))
        noun = {"duration": "a duration", "size": "a size", "count": "a whole number"}[kind]
        return f"{noun} from {low} to {high}"
    return {
        "switch": "true or false",
        "path": "a path",
        "text": "text",
        "list": "texts with commas between",
        "secret": "a secret",
        "secrets": "secrets with commas between",
    }[kind]


def _bounds(field: FieldInfo) -> tuple[object, object]:
    """Return the declared range; a quantity without one is a mistake of ours."""
    low = next(note.ge for note in field.metadata if hasattr(note, "ge"))
    high = next(note.le for note in field.metadata if hasattr(note, "le"))
    return low, high


def _show(value: object, *, kind: Kind) -> str:
    """Write a value as it could be typed."""
    if value is None:
        return "none"
    if kind == "secret":
        return MASK
    if isinstance(value, tuple):
        return ",".join(MASK if kind == "secrets" else str(each) for each in value) or "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _show_number(value, kind=kind)
    return str(value)


def _show_number(value: float, *, kind: Kind) -> str:
    """Write a number with its unit."""
    if kind == "duration":
        return format_duration(value)
    if kind == "size":
        return format_size(int(value))
    return f"{value:_}" if value >= _GROUP_DIGITS_FROM else str(value)
