"""One computation per key, however many ask for it at the same time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Generic, TypeVar

import trio

from shared.errors import DrainingError

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


@dataclass(slots=True, eq=False)
class _Flight(Generic[_Value]):
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    landed: trio.Event = field(default_factory=trio.Event)
    waiting: int = 0
    values: list[_Value] = field(default_factory=list)
    error: Exception | None = None
    traceback: TracebackType | None = None

    def result(self) -> _Value:
        if self.error is not None:
            # Every raise adds its frames to the error: from here on they are those of this one only.
            raise self.error.with_traceback(self.traceback)
        if not self.values:
            raise DrainingError()
        return self.values[0]


class SingleFlight(Generic[_Key, _Value]):
    """Runs work in tasks of its own, so that one client's leaving does not end what others wait for.

    When the last one who waited has left, the work is cancelled.
    """

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self._flights: dict[_Key, _Flight[_Value]] = {}
        self._is_closed = False

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[SingleFlight[_Key, _Value]]:
        """On exit cancel what is still in the air, and let nothing take off any more."""
        async with trio.open_nursery() as nursery:
            flights = cls(nursery)
            try:
                yield flights
            finally:
                flights._is_closed = True
                nursery.cancel_scope.cancel()

    def __len__(self) -> int:
        """How many computations are under way."""
        return len(self._flights)

    async def run(self, key: _Key, work: Callable[[], Awaitable[_Value]]) -> tuple[_Value, bool]:
        """Return what ``work`` returns and whether it was this call that started it; raise what it raises.

        Raises DrainingError when there is nobody any more who could do it.
        """
        if self._is_closed:
            raise DrainingError()
        flight = self._flights.get(key)
        is_first = flight is None
        if flight is None:
            flight = self._flights[key] = _Flight()
            self._nursery.start_soon(self._fly, key, flight, work)
        flight.waiting += 1
        try:
            await flight.landed.wait()
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.landed.is_set():
                # Forgotten at once: who asks from now on must not join what is being cancelled.
                self._forget(key, flight)
                flight.scope.cancel()
        return flight.result(), is_first

    async def _fly(self, key: _Key, flight: _Flight[_Value], work: Callable[[], Awaitable[_Value]]) -> None:
        try:
            with flight.scope:
                flight.values.append(await work())
        except Exception as error:  # noqa: BLE001 - not hidden: raised again in everyone who waits
            flight.error, flight.traceback = error, error.__traceback__
        finally:
            self._forget(key, flight)
            flight.landed.set()

    def _forget(self, key: _Key, flight: _Flight[_Value]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
