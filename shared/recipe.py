"""Recipes: plans that have a name, written down by whoever runs the server.

A preset is a part of a query that requests refer to by ``preset``; a pipeline is an ordered chain of operations
with an address of its own. Where they are read from is not known here; ``shared/grammar.py`` makes plans of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.operation import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """Operations in the order in which they are applied, as they were written: each may be changed by a query
    unless the pipeline is ``locked``. ``Open`` and ``Encode`` may be among them, at most once each."""

    name: str
    operations: tuple[Operation, ...]
    locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipes:
    """All that there are, by name. A preset is the text of a query that has been found to be right."""

    presets: Mapping[str, str] = field(default_factory=dict)
    pipelines: Mapping[str, Pipeline] = field(default_factory=dict)
