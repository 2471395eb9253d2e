"""Reads pipelines and presets from the file of settings, and says of each mistake on which line it is.

What they mean is told in ``shared/recipe.py``; values go through the declarations of the operations, like those of
queries. Whether there are the images that they lay upon others is not asked before a request is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from frontend.file_mistakes import FileMistakes
from frontend.pipeline_module import read_module
from frontend.suggestion import suggest
from frontend.toml_lines import Path, lines_of
from shared.composition import Composition
from shared.limits import Limits
from shared.operation import Operation
from shared.operations import Encode, Open
from shared.operations.registry import ELSEWHERE, OPERATIONS
from shared.plan import Plan
from shared.query import read_query
from shared.recipe import Pipeline, Recipes

PIPELINES = "pipelines"
PRESETS = "presets"
TABLES = (PIPELINES, PRESETS)
_MODULES, _LOCKED = "modules", "locked"
# Nothing that a client would take for a step up or down in the address.
_NAME = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9_.-]{1,64}")
_OF_REQUESTS = frozenset(("preset", "p", "download", "sig", "exp"))


@dataclass(frozen=True, slots=True)
class FoundRecipes:
    """What a file holds: the recipes in it, and a sentence about everything that is wrong with them."""

    recipes: Recipes
    mistakes: Sequence[str]


def read_recipes(content: Mapping[str, object], *, text: str, file: str, limits: Limits) -> FoundRecipes:
    """Read the tables ``TABLES`` of a file of TOML, given what is in it and as it is written."""
    mistakes = FileMistakes(file, lines_of(text))
    reader = _Reader(mistakes, limits)
    recipes = Recipes(
        pipelines=dict(reader.pipelines(content.get(PIPELINES, {}))),
        presets=dict(reader.presets(content.get(PRESETS, {}))),
    )
    return FoundRecipes(recipes, mistakes.sentences)


class _Reader:
    """Reads everything to the end, whatever is wrong on the way."""

    def __init__(self, mistakes: FileMistakes, limits: Limits) -> None:
        self._mistakes = mistakes
        self._limits = limits

    def pipelines(self, tables: object) -> Iterator[tuple[str, Pipeline]]:
        """Yield the pipelines by name."""
        for name, table in self._named(PIPELINES, tables):
            place: Path = (PIPELINES, name)
            if not isinstance(table, dict):
                self._mistakes.tell(place, "must be a table with the key modules")
                continue
            for key in [key for key in table if key not in (_MODULES, _LOCKED)]:
                hint = suggest(key, (_MODULES, _LOCKED))
                self._mistakes.tell(place, f"a pipeline has no key {key}{hint}", at=(*place, key))
            locked = table.get(_LOCKED, False)
            if not isinstance(locked, bool):
                self._mistakes.tell(place, "locked must be true or false", at=(*place, _LOCKED))
            operations = self._operations(table.get(_MODULES), place=place)
            yield name, Pipeline(name=name, operations=operations, locked=locked is True)

    def presets(self, texts: object) -> Iterator[tuple[str, str]]:
        """Yield the presets by name."""
        for name, text in self._named(PRESETS, texts):
            place: Path = (PRESETS, name)
            if not isinstance(text, str):
                self._mistakes.tell(place, 'must be the text of a query, such as "w=320&h=320&fit=cover"')
                continue
            self._check_preset(text, place=place)
            yield name, text

    def _named(self, table_name: str, table: object) -> Iterator[tuple[str, object]]:
        if not isinstance(table, dict):
            self._mistakes.tell((table_name,), f"must be a table: [{table_name}]")
            return
        for name, value in table.items():
            if not _NAME.fullmatch(name):
                self._mistakes.tell(
                    (table_name, name), "its name must have 1 to 64 characters, of A-Z a-z 0-9 _ . -"
                )
            yield name, value

    def _operations(self, modules: object, *, place: Path) -> tuple[Operation, ...]:
        if not isinstance(modules, list) or not modules:
            at = place if modules is None else (*place, _MODULES)
            self._mistakes.tell(place, "modules must be an array of at least one module", at=at)
            return ()
        count = len(self._mistakes.sentences)
        found: list[Operation] = []
        for index, table in enumerate(modules):
            at = (*place, _MODULES, index)
            operation = read_module(table, place=at, limits=self._limits, mistakes=self._mistakes)
            if operation is not None:
                self._check_place(operation, at, is_first=index == 0, is_last=index == len(modules) - 1)
                found.append(operation)
        if len(self._mistakes.sentences) == count:
            with self._mistakes.telling(place):
                Plan.of(found).check(self._limits)
        return tuple(found)

    def _check_place(self, operation: Operation, place: Path, *, is_first: bool, is_last: bool) -> None:
        if isinstance(operation, Open) and not is_first:
            self._mistakes.tell(place, "open reads the image: it must come first")
        if isinstance(operation, Encode) and not is_last:
            self._mistakes.tell(place, "a format, or encode, writes the result: it must come last")

    def _check_preset(self, text: str, *, place: Path) -> None:
        with self._mistakes.telling(place):
            asked = read_query(text)
            known = OPERATIONS.targets.keys() | ELSEWHERE - _OF_REQUESTS
            for name in asked.ignored:
                # One that is known lacks the one it belongs to.
                self._mistakes.tell(place, f"{name} means nothing{'' if name in known else suggest(name, known)}")
            names = dict.fromkeys(name for name, _ in parse_qsl(text, keep_blank_values=True))
            for name in filter(_OF_REQUESTS.__contains__, names):
                self._mistakes.tell(place, f"{name} belongs to a request and not to a preset")
            Composition().altered_by(asked.composition).plan().check(self._limits)
