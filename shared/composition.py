"""What is to be done, while it is put together: fields set by parameters, or a chain of operations, or both.

Presets alter nothing or a pipeline, a query alters presets; in the end there is a plan.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.operation import Operation
from shared.operations import Encode, Open
from shared.operations.registry import OPERATIONS
from shared.plan import Plan

Values = Mapping[type[Operation], Mapping[str, Any]]
"""Fields of operations that were given, by operation and field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """``values`` are applied in the fixed order; a ``chain``, if there is one, in its own, with these changes."""

    values: Values = field(default_factory=dict)
    chain: tuple[Operation, ...] | None = None

    def altered_by(self, other: Composition) -> Composition:
        """Do what ``other`` says, and beside that what was said here.

        Its fields take the place of the same fields here. Its chain takes the place of all steps.
        """
        if other.chain is not None:
            ends: Values = {kind: fields for kind, fields in self.values.items() if kind is Open or kind is Encode}
            return Composition(values=_merged(ends, other.values), chain=other.chain)
        return Composition(values=_merged(self.values, other.values), chain=self.chain)

    def plan(self) -> Plan:
        """The plan of it all. Raises BadParameterError for what is allowed one by one and not together."""
        if self.chain is None:
            return Plan.of(kind(**self.values[kind]) for kind in OPERATIONS.all if kind in self.values)
        left = dict(self.values)
        chain = [dataclasses.replace(operation, **left.pop(type(operation), {})) for operation in self.chain]
        # What the chain does not do at all is done after it.
        return Plan.of([*chain, *(kind(**left[kind]) for kind in OPERATIONS.all if kind in left)])


def _merged(first: Values, second: Values) -> Values:
    return {kind: {**first.get(kind, {}), **second.get(kind, {})} for kind in {**first, **second}}
