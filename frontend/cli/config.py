"""``tintype config``: prints the settings in force and where each came from, secrets masked; then the recipes."""

import json
from collections.abc import Iterator, Sequence

from frontend.recipes import PIPELINES, PRESETS
from frontend.settings_check import SETTINGS
from frontend.settings_sources import LoadedSettings
from shared.grammar import Grammar

_HEADINGS = ("setting", "value", "origin")
_RECIPE_HEADINGS = ("recipe", "plan", "origin")


def run(loaded: LoadedSettings, *, as_json: bool) -> int:
    """Print a table for people, or JSON for machines: seconds and bytes as plain numbers."""
    print(_json(loaded) if as_json else _table(loaded))
    return 0


def _table(loaded: LoadedSettings) -> str:
    tables = [[_HEADINGS, *_setting_rows(loaded)]]
    if recipes := [*_recipe_rows(loaded)]:
        tables.append([_RECIPE_HEADINGS, *recipes])
    return "\n\n".join(map(_aligned, tables))


def _aligned(rows: Sequence[tuple[str, str, str]]) -> str:
    key_width, value_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    return "\n".join(f"{key:{key_width}}  {value:{value_width}}  {origin}" for key, value, origin in rows)


def _setting_rows(loaded: LoadedSettings) -> Iterator[tuple[str, str, str]]:
    for name, setting in SETTINGS.items():
        yield setting.key, setting.show(getattr(loaded.settings, name)), str(loaded.origins[name])


def _recipe_rows(loaded: LoadedSettings) -> Iterator[tuple[str, str, str]]:
    """Pipelines and presets by the plans they make, and not as they were written."""
    origin = str(loaded.recipes_origin)
    for name, pipeline in _pipelines(loaded).items():
        suffix = " (locked)" if pipeline["locked"] else ""
        yield f"{PIPELINES}.{name}", f"{pipeline['plan']}{suffix}", origin
    for name, preset in _presets(loaded).items():
        yield f"{PRESETS}.{name}", str(preset["plan"]), origin


def _pipelines(loaded: LoadedSettings) -> dict[str, dict[str, object]]:
    grammar = Grammar(loaded.recipes)
    return {
        name: {"locked": pipeline.locked, "plan": grammar.parse("", pipeline=name).plan.text}
        for name, pipeline in loaded.recipes.pipelines.items()
    }


def _presets(loaded: LoadedSettings) -> dict[str, dict[str, object]]:
    grammar = Grammar(loaded.recipes)
    return {
        name: {"query": query, "plan": grammar.parse(f"preset={name}").plan.text}
        for name, query in loaded.recipes.presets.items()
    }


def _json(loaded: LoadedSettings) -> str:
    # The dump masks secrets by itself: that is what SecretStr is for.
    values = loaded.settings.model_dump(mode="json")
    described: dict[str, object] = {
        name: {"value": values[name], "origin": loaded.origins[name].kind, "from": loaded.origins[name].name}
        for name in SETTINGS
    }
    recipes = {PIPELINES: _pipelines(loaded), PRESETS: _presets(loaded)}
    return json.dumps(described | recipes, indent=2)
