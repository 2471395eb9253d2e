"""The API's own errors, and what bounds a body in time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from frontend.api import errors
from frontend.api.request_values import JSON_TIMEOUT_S
from shared.errors import ServiceError, tree
from shared.limits import Limits
from tests.frontend.site import ADMIN_KEY, Site

CLASSES = [error for _, error in tree() if error.__module__ == errors.__name__]
HEADERS = {"authorization": f"Bearer {ADMIN_KEY}", "content-type": "application/json"}


def draw(kind: type[ServiceError], first: str = "", rest: str = "") -> Iterator[str]:
    """Draw a class and those of ours below it, as the module's docstring does."""
    yield f"{first}{kind.__name__}".ljust(38) + f"{kind.status:d} {kind.slug}"
    children = [child for child in kind.__subclasses__() if any(issubclass(each, child) for each in CLASSES)]
    for child in children:
        is_last = child is children[-1]
        yield from draw(child, rest + ("└── " if is_last else "├── "), rest + ("    " if is_last else "│   "))


def test_drawing_is_the_tree() -> None:
    """The docstring draws every class in its place, with its status and its slug."""
    drawing = (errors.__doc__ or "").split("\n\n")[1]
    assert drawing.strip().splitlines() == list(draw(ServiceError))


def test_slugs_are_nobody_elses() -> None:
    """A client that branches on a slug meets one meaning only."""
    everyones = [error.slug for _, error in tree() if not error.__module__.startswith("tests.")]
    for kind in CLASSES:
        assert everyones.count(kind.slug) == 1, kind


@pytest.mark.parametrize("target", ["/images", "/images/a.png/tags", "/random", "/purge"])
async def test_slow_body_is_given_up(tmp_path: Path, autojump_clock: MockClock, target: str) -> None:
    """A client that does not send the rest of its JSON is told so after a while."""
    async with Site.open(tmp_path, limits=Limits()) as site:
        began_s = trio.current_time()
        answer = await site.client.ask("POST", target, headers=HEADERS, body=[b"{"], breaks_off=True)
        assert (answer.status, answer.json()["error"]) == (408, "upload_too_slow")
        assert trio.current_time() - began_s == pytest.approx(JSON_TIMEOUT_S)


async def test_client_that_leaves_is_not_waited_for(tmp_path: Path, autojump_clock: MockClock) -> None:
    """Who leaves in the middle of its JSON costs nothing any more."""
    leaving = trio.Event()
    leaving.set()
    async with Site.open(tmp_path, limits=Limits()) as site:
        began_s = trio.current_time()
        await site.client.ask("POST", "/images", headers=HEADERS, body=[b"{"], breaks_off=True, leaving=leaving)
        assert trio.current_time() == began_s
