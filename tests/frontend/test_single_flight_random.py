"""Single flight under hundreds of callers that come and go as a seeded generator says."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import pairwise

import pytest
import trio
from trio.testing import MockClock

from frontend.single_flight import SingleFlight
from shared.errors import CorruptImageError

CALLERS = 300


@pytest.mark.parametrize("seed", range(5))
async def test_every_caller_gets_one_outcome(autojump_clock: MockClock, seed: int) -> None:
    """Whoever comes and goes, at most one computation per key is under way, and nothing is left over."""
    dice = random.Random(seed)
    spans_s: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    outcomes: list[str] = []

    async def compute(key: str, takes_s: float) -> int:
        begun_s = trio.current_time()
        try:
            await trio.sleep(takes_s)
        finally:
            spans_s[key].append((begun_s, trio.current_time()))
        if takes_s > 0.8:
            raise CorruptImageError()
        return len(key)

    async def come_and_go() -> None:
        key, takes_s = "k" * dice.randint(1, 5), round(dice.random(), 1)
        await trio.sleep(round(dice.uniform(0, 20), 1))
        outcome = "left"
        with trio.move_on_after(round(dice.expovariate(2), 1)):
            try:
                length, _ = await flights.run(key, lambda: compute(key, takes_s))
            except CorruptImageError:
                outcome = "failed"
            else:
                assert length == len(key)
                outcome = "done"
        outcomes.append(outcome)

    async with SingleFlight[str, int].open() as flights:
        async with trio.open_nursery() as clients:
            for _ in range(CALLERS):
                clients.start_soon(come_and_go)
        assert len(flights) == 0
    assert len(outcomes) == CALLERS
    assert set(outcomes) == {"left", "failed", "done"}
    for spans in spans_s.values():
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(sorted(spans)))
