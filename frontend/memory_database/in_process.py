"""The memory database of a server on its own: two tables in this process, bounded both.

Nothing here waits: all calls come from one Trio thread and none is half done when another begins. The methods are
``async`` because a database that several nodes share has to be, and pass no checkpoint: that would cost each
request of the hot path a round through the scheduler, several times what the call itself takes, and whoever
answers a request waits for other things often enough to be cancelled.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import trio

from frontend.memory_database import Decision, Rate
from frontend.memory_database.expiring_keys import ExpiringKeys
from frontend.memory_database.gcra import spend, to_ns

MAX_LIMITS = 100_000
MAX_VALUES = 100_000


class InProcess:
    """A memory database that only this process sees. ``clock`` gives seconds, as ``trio.current_time`` does.

    A limit that has recovered is as good as none and goes first. With ``max_limits`` of them spent, the one
    closest to recovery among the next few has to go for a newcomer: that forgives the least. Newcomers, who have
    spent little, push each other out, and not those who have spent a whole burst.

    What somebody gains who has many addresses: nothing up to ``max_limits`` of them, which is by right as many
    bursts, and each second as many times the rate, far more than all workers can do. With more addresses, the
    rest of what they owe is forgiven, at the price of a request from another address each time. To refuse
    newcomers instead would let the same person shut everybody out. Against that many addresses it is not this
    table that helps but the bounded queue in front of the workers.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = trio.current_time,
        max_limits: int = MAX_LIMITS,
        max_values: int = MAX_VALUES,
        dice: Random | None = None,
    ) -> None:
        dice = dice or Random()  # noqa: S311 - which of the spent limits goes is no secret
        self._clock = clock
        # A limit is over when its theoretical arrival time has come; a value when its time to live has passed.
        self._limits = ExpiringKeys(capacity=max_limits, dice=dice)
        self._expiries = ExpiringKeys(capacity=max_values, dice=dice)
        self._values: dict[str, bytes] = {}

    @property
    def limits(self) -> int:
        """How many limits are known, with those that have recovered and were not met since."""
        return len(self._limits)

    @property
    def values(self) -> int:
        """How many values are held, with those that have expired and were not met since."""
        return len(self._values)

    async def get(self, key: str) -> bytes | None:
        """Return the value; None where there is none, or none any more."""
        value = self._values.get(key)
        if value is None:
            return None
        now_ns = to_ns(self._clock())
        if self._expiries.end_ns(key, default=now_ns) <= now_ns:
            del self._values[key]
            return None
        return value

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """Keep the value for ``ttl_s`` seconds, or until room is needed."""
        now_ns = to_ns(self._clock())
        for gone in self._expiries.set(key, now_ns + to_ns(ttl_s), now_ns=now_ns):
            self._values.pop(gone, None)
        self._values[key] = value

    async def delete(self, key: str) -> None:
        """Forget the value."""
        if self._values.pop(key, None) is not None:
            self._expiries.end(key, now_ns=to_ns(self._clock()))

    async def take(self, key: str, rate: Rate) -> Decision:
        """Count one request against the limit called ``key``, unless it is refused."""
        now_ns = to_ns(self._clock())
        decision, tat_ns = spend(self._limits.end_ns(key, default=now_ns), rate, now_ns=now_ns)
        self._limits.set(key, tat_ns, now_ns=now_ns)
        return decision
