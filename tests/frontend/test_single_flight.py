"""Single flight: one computation for all who ask at the same time, and what their leaving does to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from frontend.single_flight import SingleFlight
from shared.errors import CorruptImageError, DrainingError, ServiceError

Flights = SingleFlight[str, int]
Outcome = tuple[int, bool] | type[Exception]


class Computation:
    """Work that takes a second and gives how many times it was begun; or raises ``error`` instead."""

    def __init__(self, *, error: Exception | None = None, takes_s: float = 1) -> None:
        self.begun = self.finished = self.cancelled = 0
        self._error = error
        self._takes_s = takes_s

    async def __call__(self) -> int:
        """Do it."""
        self.begun += 1
        number = self.begun
        try:
            await trio.sleep(self._takes_s)
        except trio.Cancelled:
            self.cancelled += 1
            raise
        self.finished += 1
        if self._error is not None:
            raise self._error
        return number


async def ask(flights: Flights, work: Callable[[], Awaitable[int]], outcomes: list[Outcome]) -> None:
    """Ask for the one key that these tests know, and note what comes."""
    try:
        outcomes.append(await flights.run("cat", work))
    except ServiceError as error:
        outcomes.append(type(error))


@asynccontextmanager
async def callers(count: int, flights: Flights, work: Computation) -> AsyncIterator[list[Outcome]]:
    """Have so many ask; wait for all of them in the end, unless they were made to leave."""
    outcomes: list[Outcome] = []
    async with trio.open_nursery() as nursery:
        for _ in range(count):
            nursery.start_soon(ask, flights, work, outcomes)
        await wait_all_tasks_blocked()
        yield outcomes


async def test_many_callers_share_one_computation(autojump_clock: MockClock) -> None:
    """Fifty who ask at the same time get one result, and one of them is told that it is its own."""
    work = Computation()
    async with Flights.open() as flights:
        async with callers(50, flights, work) as outcomes:
            assert len(flights) == 1
        assert len(flights) == 0
    assert (work.begun, trio.current_time()) == (1, 1)
    assert Counter(outcomes) == {(1, True): 1, (1, False): 49}


async def test_late_caller_joins(autojump_clock: MockClock) -> None:
    """Who asks in the middle waits for the rest only."""
    work = Computation()
    async with Flights.open() as flights, callers(1, flights, work):
        await trio.sleep(0.9)
        assert await flights.run("cat", work) == (1, False)
        assert trio.current_time() == 1


async def test_other_keys_are_computed_beside(autojump_clock: MockClock) -> None:
    """Different keys do not wait for each other."""
    work = Computation()
    async with Flights.open() as flights, trio.open_nursery() as nursery:
        for key in ("cat", "dog", "eel"):
            nursery.start_soon(flights.run, key, work)
        await wait_all_tasks_blocked()
        assert len(flights) == 3
    assert (work.begun, trio.current_time()) == (3, 1)


async def test_result_is_not_remembered(autojump_clock: MockClock) -> None:
    """Who asks afterwards has it computed anew: remembering is the business of a volume."""
    work = Computation()
    async with Flights.open() as flights:
        assert await flights.run("cat", work) == (1, True)
        assert await flights.run("cat", work) == (2, True)


async def test_leaving_of_the_first_ends_nothing(autojump_clock: MockClock) -> None:
    """The computation is nobody's own: who began it may leave, and the others get its result."""
    work = Computation()
    async with Flights.open() as flights, trio.open_nursery() as nursery:
        first = trio.CancelScope()

        async def ask_first() -> None:
            with first:
                await flights.run("cat", work)

        nursery.start_soon(ask_first)
        await wait_all_tasks_blocked()
        async with callers(3, flights, work) as outcomes:
            first.cancel()
    assert outcomes == [(1, False)] * 3
    assert (work.begun, work.cancelled) == (1, 0)


async def test_leaving_of_the_last_cancels(autojump_clock: MockClock) -> None:
    """When nobody waits any more the computation is cancelled, not before."""
    work = Computation()
    async with Flights.open() as flights, trio.open_nursery() as last:
        last.start_soon(ask, flights, work, [])
        await wait_all_tasks_blocked()
        async with trio.open_nursery() as others:
            for _ in range(5):
                others.start_soon(ask, flights, work, [])
            await wait_all_tasks_blocked()
            others.cancel_scope.cancel()
        await wait_all_tasks_blocked()
        assert (work.cancelled, len(flights)) == (0, 1)
        last.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await wait_all_tasks_blocked()
        assert (work.begun, work.cancelled, len(flights)) == (1, 1, 0)
    assert trio.current_time() == 0


async def test_new_caller_does_not_join_what_is_being_cancelled(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """Who asks after the last one left has it computed anew, even while the old computation still ends."""
    begun: list[int] = []

    async def reluctant() -> int:
        begun.append(len(begun))
        number = begun[-1]
        with trio.CancelScope(shield=True):
            await trio.sleep(1)
        return number

    async with Flights.open() as flights:
        with trio.move_on_after(0.5):
            await flights.run("cat", reluctant)
        assert len(flights) == 0
        outcomes: list[Outcome] = []
        nursery.start_soon(ask, flights, reluctant, outcomes)
        # The old one ends in between, and does not take the new one out of reach.
        await trio.sleep(0.7)
        assert await flights.run("cat", reluctant) == (1, False)
        await wait_all_tasks_blocked()
        assert (outcomes, trio.current_time()) == ([(1, True)], 1.5)


async def test_leaving_before_the_beginning_begins_nothing(autojump_clock: MockClock) -> None:
    """A caller that is already on its way out costs no computation worth the name."""
    work = Computation()
    async with Flights.open() as flights:
        with trio.CancelScope() as scope:
            scope.cancel()
            await flights.run("cat", work)
        await wait_all_tasks_blocked()
        assert (len(flights), work.finished) == (0, 0)
        assert trio.current_time() == 0


async def test_error_reaches_everybody(autojump_clock: MockClock) -> None:
    """All who wait get the error, as the class that it is and not in a group."""
    work = Computation(error=CorruptImageError("broken"))
    async with Flights.open() as flights:
        async with callers(20, flights, work) as outcomes:
            pass
        assert outcomes == [CorruptImageError] * 20


async def test_error_is_not_remembered(autojump_clock: MockClock) -> None:
    """Who asks after a failure has it tried anew."""
    async with Flights.open() as flights:
        with pytest.raises(CorruptImageError):
            await flights.run("cat", Computation(error=CorruptImageError()))
        assert await flights.run("cat", Computation()) == (1, True)


async def test_bug_in_the_work_ends_only_this_flight(autojump_clock: MockClock) -> None:
    """An exception that nobody expected reaches who asked, and every other flight lands."""
    async with Flights.open() as flights, trio.open_nursery() as nursery:
        nursery.start_soon(flights.run, "dog", Computation(takes_s=5))
        with pytest.raises(KeyError):
            await flights.run("cat", Computation(error=KeyError("x")))
        assert len(flights) == 1
    assert trio.current_time() == 5


async def test_error_shared_by_many_keeps_its_own_traceback(autojump_clock: MockClock) -> None:
    """What the log is shown of an error does not grow with the number of those who waited for it."""
    error = KeyError("x")
    work = Computation(error=error)
    lengths: list[int] = []

    async def ask_and_measure(flights: Flights) -> None:
        with pytest.raises(KeyError) as raised:
            await flights.run("cat", work)
        lengths.append(len(raised.traceback))

    async with Flights.open() as flights, trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(ask_and_measure, flights)
    assert len(set(lengths)) == 1
    assert lengths[0] < 10


async def test_closing_ends_what_is_in_the_air(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """On closing the computations are cancelled, and who waits is told that the server shuts down."""
    work, outcomes = Computation(), list[Outcome]()
    async with Flights.open() as flights:
        for _ in range(3):
            nursery.start_soon(ask, flights, work, outcomes)
        await wait_all_tasks_blocked()
    await wait_all_tasks_blocked()
    assert outcomes == [DrainingError] * 3
    assert (work.cancelled, len(flights), trio.current_time()) == (1, 0, 0)


async def test_closed_flights_refuse(autojump_clock: MockClock) -> None:
    """Who asks after the closing is told the same, each time, and waits for nothing."""
    work = Computation()
    async with Flights.open() as flights:
        pass
    for _ in range(2):
        with pytest.raises(DrainingError):
            await flights.run("cat", work)
    assert (work.begun, len(flights)) == (0, 0)
