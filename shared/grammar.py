"""Query text to plan, with the presets and pipelines there are. How a query is read is in ``shared/query.py``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from shared.composition import Composition
from shared.errors import BadParameterError, PipelineNotFoundError
from shared.plan import Plan
from shared.query import read_query
from shared.recipe import Recipes

QUERIES_REMEMBERED = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedQuery:
    """What a query asks for.

    ``ignored`` are the names in it that mean nothing here, in order, each once. ``is_free`` says that it asks for
    something of its own, and not only for what has a name. ``download`` is the name under which the result is to
    be saved: empty for the image's own, None where it is not to be saved.
    """

    plan: Plan
    ignored: tuple[str, ...] = ()
    is_free: bool = False
    download: str | None = None


class Grammar:
    """Reads queries; remembers what it read last."""

    def __init__(self, recipes: Recipes | None = None) -> None:
        """Raise BadParameterError for a recipe that makes no plan."""
        self._recipes = recipes or Recipes()
        self._remembered = lru_cache(QUERIES_REMEMBERED)(self._parse)
        self._presets = {name: read_query(text).composition for name, text in self._recipes.presets.items()}
        for preset in self._presets.values():
            preset.plan()
        for name in self._recipes.pipelines:
            self._parse("", name)

    def parse(self, query: str, *, pipeline: str | None = None) -> ParsedQuery:
        """Read the part of a URL behind ``?``, still percent-encoded, of an image that goes through ``pipeline``.

        Raises PipelineNotFoundError, and BadParameterError for a value that is not allowed, for contradictions,
        and for a query that would change a pipeline that is locked.
        """
        return self._remembered(query, pipeline)

    def _parse(self, query: str, pipeline: str | None) -> ParsedQuery:
        composition = self._pipeline(pipeline)
        asked = read_query(query)
        if pipeline is not None and self._recipes.pipelines[pipeline].locked and (asked.is_free or asked.presets):
            raise BadParameterError(f"the pipeline {pipeline} is locked: no parameter may change what it does")
        for name in asked.presets:
            composition = composition.altered_by(self._preset(name))
        return ParsedQuery(
            plan=composition.altered_by(asked.composition).plan(),
            ignored=asked.ignored,
            is_free=asked.is_free,
            download=asked.download,
        )

    def _pipeline(self, name: str | None) -> Composition:
        if name is None:
            return Composition()
        if name not in self._recipes.pipelines:
            raise PipelineNotFoundError()
        return Composition(chain=self._recipes.pipelines[name].operations)

    def _preset(self, name: str) -> Composition:
        if name not in self._presets:
            known = ", ".join(sorted(self._presets))
            allowed = f"one of {known}" if known else "no preset is configured"
            raise BadParameterError.of("preset", name, allowed)
        return self._presets[name]
