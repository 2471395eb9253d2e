"""The count of connections is exact, and pressing a full server does not fill its log."""

from __future__ import annotations

import trio
import trio.testing
from structlog.testing import capture_logs

from frontend.server.connection_table import FULL_LOG_INTERVAL_S, ConnectionTable


class FakeConnection:
    """A connection that knows whether it is open."""

    def __init__(self) -> None:
        self.is_open = True

    def finish(self) -> None:
        """Close when there is time."""
        self.is_open = False

    def abort(self) -> None:
        """Close."""
        self.is_open = False


async def test_the_longest_idle_connection_gives_way() -> None:
    """Among idle connections the one that has rested for longest is closed; one at work never is."""
    table = ConnectionTable(limit=3)
    busy, old, young = FakeConnection(), FakeConnection(), FakeConnection()
    for connection in (busy, old, young):
        assert table.admit(connection)
    for connection in (busy, young, old, young):
        table.rest(connection)
    table.work(busy)
    assert table.admit(FakeConnection())
    assert (busy.is_open, old.is_open, young.is_open, len(table)) == (True, False, True, 3)


async def test_a_connection_that_gave_way_is_not_counted_again() -> None:
    """What a closed connection still does, resting or ending, changes no count."""
    table = ConnectionTable(limit=1)
    gone = FakeConnection()
    table.admit(gone)
    table.rest(gone)
    assert table.admit(FakeConnection())
    table.rest(gone)
    table.remove(gone)
    assert len(table) == 1
    assert not table.admit(FakeConnection())


async def test_a_full_server_says_so_now_and_then(autojump_clock: trio.testing.MockClock) -> None:
    """However many clients are turned away, one line in so many seconds counts them all."""
    table = ConnectionTable(limit=1)
    table.admit(FakeConnection())
    with capture_logs() as logged:
        for _ in range(100):
            assert not table.admit(FakeConnection())
        await trio.sleep(FULL_LOG_INTERVAL_S)
        assert not table.admit(FakeConnection())
    assert [(line["event"], line["refused"]) for line in logged] == [
        ("connections.full", 1),
        ("connections.full", 100),
    ]


async def test_it_tells_when_it_is_empty() -> None:
    """Who waits for the last connection is woken by its end, and not before."""
    table = ConnectionTable(limit=2)
    first, last = FakeConnection(), FakeConnection()
    table.admit(first)
    table.admit(last)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(table.wait_empty)
        table.remove(first)
        await trio.testing.wait_all_tasks_blocked()
        assert nursery.child_tasks
        table.remove(last)
