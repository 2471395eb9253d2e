"""All operations there are, those of other packages included, and the query parameters that set their fields."""

from __future__ import annotations

from typing import NamedTuple

from shared.operation import Operation, Parameter
from shared.operations import ALL_OPERATIONS, STEPS, Encode, Open

ELSEWHERE = frozenset(
    (
        "ops", "preset", "p", "download", "sig", "exp", "resx", "resy", "filter", "f_param", "transform",
        "t_param", "process", "p1", "p2",
    )
)  # fmt: skip
"""Names of query parameters that ``shared/query.py`` gives a meaning of their own."""


class Target(NamedTuple):
    """The field of an operation that a query parameter sets."""

    operation: type[Operation]
    parameter: Parameter


def target(kind: type[Operation], field: str) -> Target:
    """One field of an operation."""
    return next(Target(kind, item) for item in kind.parameters() if item.name == field)


class Registry:
    """Operations by name, in the order in which a plain query applies them, and by the parameters they read."""

    def __init__(self) -> None:
        self.by_name: dict[str, type[Operation]] = {}
        self.targets: dict[str, list[Target]] = {}
        self._added: list[type[Operation]] = []
        for kind in ALL_OPERATIONS:
            self._put(kind)

    @property
    def all(self) -> tuple[type[Operation], ...]:
        """Head, steps in their fixed order, tail. What other packages add comes before the background."""
        *steps, background = STEPS
        return (Open, *steps, *self._added, background, Encode)

    def add(self, kind: type[Operation]) -> None:
        """Take in an operation of another package.

        Raises ValueError when its name or one of its query parameters is taken: nothing replaces what is there.
        """
        if kind.name in self.by_name:
            raise ValueError(f"there is an operation called {kind.name} already")
        for item in kind.parameters():
            for name in item.query:
                taken_by = [target for target in self.targets.get(name, ()) if not target.parameter.shared_query]
                if name in ELSEWHERE or taken_by:
                    raise ValueError(f"{kind.name}: the query parameter {name} is taken")
        self._put(kind)
        self._added.append(kind)

    def _put(self, kind: type[Operation]) -> None:
        self.by_name[kind.name] = kind
        for item in kind.parameters():
            for name in item.query:
                self.targets.setdefault(name, []).append(Target(kind, item))


OPERATIONS = Registry()
"""Those of this process: ``shared/plugins.py`` adds to them once, when it starts."""
