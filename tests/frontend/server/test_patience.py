"""How long a silent client is listened to, in each of its situations."""

from __future__ import annotations

import trio
import trio.testing

from frontend.server.patience import FIRST_REQUEST_S, LAST_CALL_S, Patience
from frontend.server.server_limits import ServerLimits

LIMITS = ServerLimits(keep_alive_s=75, head_timeout_s=15)


async def _silence_s(patience: Patience) -> float:
    """Return how long a client is waited for that says nothing."""
    _, server = trio.testing.memory_stream_pair()
    started_s = trio.current_time()
    assert await patience.hear(server) is None
    return trio.current_time() - started_s


async def test_an_idle_client_is_given_the_keep_alive_time(autojump_clock: trio.testing.MockClock) -> None:
    """Before its first request and between requests alike."""
    patience = Patience(LIMITS)
    assert await _silence_s(patience) == 75
    patience.work()
    patience.rest()
    assert await _silence_s(patience) == 75


async def test_a_request_under_way_may_take_its_time(autojump_clock: trio.testing.MockClock) -> None:
    """A client that waits for its answer is listened to without end."""
    patience = Patience(LIMITS)
    patience.work()
    with trio.move_on_after(10_000) as hearing:
        await _silence_s(patience)
    assert hearing.cancelled_caught


async def test_a_head_is_to_come_to_its_end(autojump_clock: trio.testing.MockClock) -> None:
    """The time for a head runs from its first byte: further ones do not prolong it."""
    patience = Patience(LIMITS)
    patience.note_head(has_begun=True)
    await trio.sleep(10)
    patience.note_head(has_begun=True)
    assert await _silence_s(patience) == 5


async def test_a_wait_that_has_begun_is_cut_short(autojump_clock: trio.testing.MockClock) -> None:
    """At shutdown a client that has had its answers is given a last moment, and a new one more than that."""
    for has_worked, expected_s in ((True, LAST_CALL_S), (False, FIRST_REQUEST_S)):
        patience = Patience(LIMITS)
        if has_worked:
            patience.work()
            patience.rest()
        finished_s: list[float] = []

        async def finish(patience: Patience = patience, at_s: list[float] = finished_s) -> None:
            await trio.sleep(30)
            at_s.append(trio.current_time())
            patience.finish()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(finish)
            await _silence_s(patience)
        assert round(trio.current_time() - finished_s[0], 6) == expected_s


async def test_what_has_arrived_is_heard_however_late(autojump_clock: trio.testing.MockClock) -> None:
    """Patience that has run out meanwhile does not lose what the client has said in time."""
    patience = Patience(LIMITS)
    client, server = trio.testing.memory_stream_pair()
    await client.send_all(b"hello")
    await trio.sleep(100)
    assert await patience.hear(server) == b"hello"


async def test_who_keeps_asking_at_shutdown_is_heard_no_more(autojump_clock: trio.testing.MockClock) -> None:
    """The last moment comes once: after one more answer the next request is not read, even if it is there."""
    patience = Patience(LIMITS)
    patience.finish()
    patience.work()
    patience.rest()
    client, server = trio.testing.memory_stream_pair()
    await client.send_all(b"and another thing")
    assert await patience.hear(server) is None
    assert trio.current_time() == 0
