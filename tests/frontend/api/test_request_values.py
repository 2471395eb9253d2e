"""What bounds a body in time."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from frontend.api.request_values import JSON_TIMEOUT_S
from shared.limits import Limits
from tests.frontend.site import ADMIN_KEY, Site

HEADERS = {"authorization": f"Bearer {ADMIN_KEY}", "content-type": "application/json"}


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
