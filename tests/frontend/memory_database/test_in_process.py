"""The memory database of one process: values that expire, limits that recover, and bounds on both."""

from __future__ import annotations

from random import Random

import trio
from trio.testing import MockClock

from frontend.memory_database import MemoryDatabase, Rate
from frontend.memory_database.in_process import InProcess

TWO_A_SECOND = Rate(per_s=2, burst=3)


def keeps_the_contract(database: InProcess) -> MemoryDatabase:
    """What a type checker has to agree to."""
    return database


async def burst(database: InProcess, key: str, rate: Rate) -> int:
    """Take until refused; say how many passed."""
    passed = 0
    while (await database.take(key, rate)).is_allowed:
        passed += 1
    return passed


async def test_value_is_there_until_its_time_is_over(autojump_clock: MockClock) -> None:
    """A value is given out for its time to live, to the second, and then its bytes are let go."""
    database = InProcess()
    await database.put("key", b"value", ttl_s=10)
    await trio.sleep(9.9)
    assert await database.get("key") == b"value"
    await trio.sleep(0.1)
    assert await database.get("key") is None
    assert database.values == 0


async def test_value_may_be_replaced_and_deleted() -> None:
    """The last value counts, with its own time; a deleted one is gone, and deleting nothing is no mistake."""
    database = InProcess()
    await database.put("key", b"old", ttl_s=10)
    await database.put("key", b"new", ttl_s=20)
    assert await database.get("key") == b"new"
    await database.delete("key")
    await database.delete("key")
    assert await database.get("key") is None
    await database.put("key", b"newest", ttl_s=10)
    assert await database.get("key") == b"newest"


async def test_empty_value_is_a_value() -> None:
    """No bytes are not the same as no value."""
    database = InProcess()
    await database.put("key", b"", ttl_s=10)
    assert await database.get("key") == b""


async def test_values_are_bounded_and_the_soonest_to_expire_goes() -> None:
    """With no room left the value goes that would expire first."""
    database = InProcess(dice=Random(5), max_values=3)
    for key, ttl_s in (("a", 30), ("b", 10), ("c", 20)):
        await database.put(key, key.encode(), ttl_s=ttl_s)
    await database.put("d", b"d", ttl_s=40)
    assert database.values == 3
    assert [await database.get(key) for key in "abcd"] == [b"a", None, b"c", b"d"]


async def test_deleted_value_makes_room() -> None:
    """Where a value was deleted, another takes its place and none has to go."""
    database = InProcess(dice=Random(5), max_values=3)
    for key, ttl_s in (("a", 30), ("b", 40), ("c", 20)):
        await database.put(key, key.encode(), ttl_s=ttl_s)
    await database.delete("b")
    await database.put("d", b"d", ttl_s=10)
    assert [await database.get(key) for key in "abcd"] == [b"a", None, b"c", b"d"]


async def test_limit_lets_through_its_burst_and_then_its_rate(autojump_clock: MockClock) -> None:
    """Three at once, two a second from then on, three at once again after a rest."""
    database = InProcess()
    assert await burst(database, "a", TWO_A_SECOND) == 3
    for _ in range(20):
        await trio.sleep(0.5)
        assert await burst(database, "a", TWO_A_SECOND) == 1
    await trio.sleep(1.5)
    assert await burst(database, "a", TWO_A_SECOND) == 3


async def test_limits_are_apart_from_each_other_and_from_values() -> None:
    """Nobody pays for another's requests, and a value of the same name is another thing."""
    database = InProcess()
    assert await burst(database, "a", TWO_A_SECOND) == 3
    assert await burst(database, "b", TWO_A_SECOND) == 3
    await database.put("a", b"value", ttl_s=10)
    await database.delete("a")
    assert await burst(database, "a", TWO_A_SECOND) == 0


async def test_waiting_as_told_is_enough(autojump_clock: MockClock) -> None:
    """Whoever comes back after the time that the refusal named is let through."""
    database, rate = InProcess(), Rate(per_s=3, burst=1)
    for _ in range(100):
        assert await burst(database, "a", rate) == 1
        await trio.sleep((await database.take("a", rate)).retry_after_s)


async def test_many_addresses_do_not_fill_memory() -> None:
    """However many limits are asked for at one time, no more are kept than may be."""
    database = InProcess(dice=Random(5), max_limits=500)
    for number in range(20_000):
        await database.take(f"address {number}", TWO_A_SECOND)
    assert database.limits == 500


async def test_whoever_spent_a_burst_is_not_forgiven_for_a_flood_of_strangers() -> None:
    """Ten thousand addresses that ask once each do not give a spent limit back, though the table is full."""
    database = InProcess(dice=Random(5), max_limits=500)
    await burst(database, "crawler", TWO_A_SECOND)
    for number in range(10_000):
        await database.take(f"address {number}", TWO_A_SECOND)
    assert not (await database.take("crawler", TWO_A_SECOND)).is_allowed


async def test_stranger_is_let_in_however_full_the_table_is() -> None:
    """Nobody is shut out by others who have spent their limits."""
    database = InProcess(dice=Random(5), max_limits=10)
    for number in range(50):
        await burst(database, f"address {number}", TWO_A_SECOND)
    assert await burst(database, "stranger", TWO_A_SECOND) == 3


async def test_clock_is_the_one_that_was_given() -> None:
    """Time is what the given clock says, and nothing else."""
    now_s = [100.0]
    database = InProcess(clock=lambda: now_s[0])
    assert await burst(database, "a", TWO_A_SECOND) == 3
    now_s[0] += 0.5
    assert await burst(database, "a", TWO_A_SECOND) == 1
