"""The errors of the service, wherever they are declared: drawn as they are, and told apart by their slugs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from types import ModuleType

import pytest

import frontend.api.errors
import frontend.library.errors
import frontend.library.ingest_errors
import frontend.runtime  # so that no class is missed for want of being imported
import frontend.volumes.errors
import shared.errors
from shared.errors import ServiceError, tree

MODULES = (
    shared.errors,
    frontend.api.errors,
    frontend.library.errors,
    frontend.library.ingest_errors,
    frontend.volumes.errors,
)
# Tests derive classes of their own.
OURS = [kind for _, kind in tree() if kind.__module__.startswith(("shared.", "frontend."))]
_SLUG_COLUMN = 38


def draw(
    kind: type[ServiceError], among: Sequence[type[ServiceError]], first: str = "", rest: str = ""
) -> Iterator[str]:
    """Draw a class and what is below it, as far as that leads to one of ``among``."""
    yield f"{first}{kind.__name__}".ljust(_SLUG_COLUMN) + f"{kind.status:d} {kind.slug}"
    children = [child for child in kind.__subclasses__() if any(issubclass(each, child) for each in among)]
    for child in children:
        branch, below = ("└── ", "    ") if child is children[-1] else ("├── ", "│   ")
        yield from draw(child, among, rest + branch, rest + below)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_drawing_is_the_tree(module: ModuleType) -> None:
    """The docstring draws every class of its module in its place, with its status and its slug."""
    (drawing,) = (part for part in (module.__doc__ or "").split("\n\n") if part.startswith("ServiceError "))
    its = [kind for kind in OURS if kind.__module__ == module.__name__]
    assert drawing.strip().splitlines() == list(draw(ServiceError, its))


def test_every_error_is_drawn() -> None:
    """No other module declares one."""
    assert {kind.__module__ for kind in OURS} == {module.__name__ for module in MODULES}


def test_slugs_are_nobody_elses() -> None:
    """A client that branches on a slug meets one meaning only."""
    assert [slug for slug, count in Counter(kind.slug for kind in OURS).items() if count > 1] == []
