"""Reads one element of a pipeline's ``modules``: the operation that it uses and the values of its parameters.

``{use = "resize", w = 320}`` means what ``ops=resize:w=320`` means in a query: names and ranges are those of the
declaration. A format's name stands for encoding in that format.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from frontend.file_mistakes import FileMistakes
from frontend.suggestion import suggest
from frontend.toml_lines import Path
from shared.formats import ALL, BY_EXTENSION
from shared.limits import Limits
from shared.operation import Operation
from shared.operations import AUTO, Encode
from shared.operations.registry import OPERATIONS, target
from shared.plan import Plan

USE = "use"
_FORMAT = target(Encode, "format").parameter
_FORMATS = (AUTO, *(known.name for known in ALL if known.is_written))
_VALUES = "a number, true, false, a text, or an array of these"


def read_module(table: object, *, place: Path, limits: Limits, mistakes: FileMistakes) -> Operation | None:
    """Return the operation, without what is wrong with it; None where it cannot be told which one is meant."""
    use = table.get(USE) if isinstance(table, dict) else None
    if not isinstance(table, dict) or not isinstance(use, str):
        mistakes.tell(place, f'must be a table that names an operation, such as {{{USE} = "blur", sigma = 2}}')
        return None
    meant = _meant_by(use)
    if meant is None:
        mistakes.tell(place, _unknown(use), at=(*place, USE))
        return None
    kind, fields = meant
    given = {key: value for key, value in table.items() if key != USE}
    count = len(mistakes.sentences)
    fields |= _read_fields(kind, given, taken=fields, use=use, place=place, mistakes=mistakes)
    with mistakes.telling(place):
        # Without any value it means what its bare name means in a chain: a switch is on.
        operation = kind(**fields) if given or fields else kind.parse(())
        if len(mistakes.sentences) == count:
            Plan.of([operation]).check(limits)
        return operation
    return None


def _unknown(use: str) -> str:
    if use.lower() in BY_EXTENSION:
        return f"no pictures are made as {use} here"
    return f"there is no module called {use}{suggest(use, (*OPERATIONS.by_name, *_FORMATS))}"


def _meant_by(use: str) -> tuple[type[Operation], dict[str, Any]] | None:
    """The operation of that name, or encoding in the format of that name, and the fields that this sets."""
    if use in OPERATIONS.by_name:
        return OPERATIONS.by_name[use], {}
    try:
        return Encode, {_FORMAT.name: _FORMAT.kind.parse(use)}
    except ValueError:
        return None


def _read_fields(
    kind: type[Operation],
    given: Mapping[str, object],
    *,
    taken: Mapping[str, Any],
    use: str,
    place: Path,
    mistakes: FileMistakes,
) -> dict[str, Any]:
    """The values that are right, by field; each may be given by any of its names, once."""
    known = {name: item for item in kind.parameters() for name in (item.name, *item.query)}
    fields: dict[str, Any] = {}
    for key, value in given.items():
        item, at = known.get(key), (*place, key)
        text = _in_text(value)
        if item is None:
            mistakes.tell(place, f"{use} takes no {key}{suggest(key, known)}", at=at)
        elif item.name in taken or item.name in fields:
            mistakes.tell(place, f"{use}:{key}: {item.name} is given twice", at=at)
        elif text is None:
            mistakes.tell(place, f"{use}:{key} must be {_VALUES}", at=at)
        else:
            with mistakes.telling(place, at=at):
                fields[item.name] = item.parse(text, given_as=f"{use}:{key}")
    return fields


def _in_text(value: object) -> str | None:
    """A value as a query would spell it; None where none could."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        parts = [None if isinstance(part, list) else _in_text(part) for part in value]
        return None if None in parts else ",".join(map(str, parts))
    return str(value) if isinstance(value, str | int | float) else None
