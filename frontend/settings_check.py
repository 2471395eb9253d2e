"""Checks what was gathered and says in words what is wrong with it.

A mistake names the setting as it was written: the flag, the variable, or the key in the file.
Gathering is ``frontend/settings_sources.py``'s work.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from frontend.settings import CONFLICT, SECTIONS, Settings
from frontend.settings_spelling import Setting, spell
from frontend.start_error import StartError

SETTINGS: Mapping[str, Setting] = {each.name: each for section in SECTIONS for each in spell(section)}


class SettingsError(StartError):
    """Some settings are wrong; ``mistakes`` says of each which, and what would be right."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(("The settings are wrong:", *(f"  {each}" for each in self.mistakes))))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from: the kind of place, and the very flag, variable or file."""

    kind: Literal["flag", "environment", "file", "default"]
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class Given:
    """A value as it was written, and where."""

    value: object
    origin: Origin


@dataclass(frozen=True, slots=True)
class _Finding:
    """Something pydantic objects to: the fields concerned, and what would be right."""

    fields: tuple[str, ...]
    sentence: str


def check(given: Mapping[str, Given]) -> tuple[Settings, list[str]]:
    """Make settings of the values that are right, and sentences of those that are wrong.

    Whether settings conflict shows only once each is right by itself. So what is wrong is left
    out and the rest is checked again, until there is nothing more to say.
    """
    wrong = {name for name, each in given.items() if _is_misplaced_boolean(name, each.value)}
    findings = [_Finding((name,), f"must be {SETTINGS[name].allowed}") for name in wrong]
    while True:
        right = {name: each.value for name, each in given.items() if name not in wrong}
        try:
            settings = Settings.model_validate(right)
        except ValidationError as error:
            found = [finding for finding in _findings(error) if not right.keys().isdisjoint(finding.fields)]
            if not found:
                raise  # A default breaks its own rule: no mistake of a user's.
            # A conflict with a value that is wrong anyway is no news.
            findings += (finding for finding in found if wrong.isdisjoint(finding.fields))
            wrong.update(name for finding in found for name in finding.fields)
        else:
            order = list(SETTINGS)
            findings.sort(key=lambda finding: order.index(finding.fields[0]))
            return settings, [_in_words(finding, given) for finding in findings]


def _is_misplaced_boolean(name: str, value: object) -> bool:
    """Pydantic takes ``true`` for the number 1."""
    return isinstance(value, bool) and SETTINGS[name].kind != "switch"


def _findings(error: ValidationError) -> Iterator[_Finding]:
    for detail in error.errors(include_url=False, include_input=False):
        if detail["type"] == CONFLICT:
            yield _Finding(detail["ctx"]["fields"], detail["ctx"]["sentence"])
        else:
            name = str(detail["loc"][0])
            yield _Finding((name,), f"must be {SETTINGS[name].allowed}")


def _in_words(finding: _Finding, given: Mapping[str, Given]) -> str:
    concerned = (name for name in finding.fields if name in given)
    return f"{', '.join(_as_written(name, given[name]) for name in concerned)}: {finding.sentence}"


def _as_written(name: str, given: Given) -> str:
    """Repeat a setting the way its user wrote it; of a secret only where."""
    setting, origin, value = SETTINGS[name], given.origin, given.value
    if setting.is_secret:
        return origin.name
    if origin.kind == "flag":
        return origin.name if isinstance(value, bool) else f"{origin.name} {value}"
    if origin.kind == "environment":
        return f"{origin.name}={value}"
    return f"{setting.key} = {json.dumps(value, default=str, ensure_ascii=False)} in {origin.name}"
