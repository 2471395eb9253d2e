"""Locks that exist while they are used."""

from __future__ import annotations

import trio
import trio.testing

from frontend.volumes.key_locks import KeyLocks


async def test_one_task_at_a_time_has_a_key() -> None:
    """Others wait their turn; those with other keys do not."""
    locks, order = KeyLocks(), list[str]()

    async def work(name: str, key: str) -> None:
        async with locks.hold(key):
            order.append(f"{name} has {key}")
            await trio.testing.wait_all_tasks_blocked()
            order.append(f"{name} is done")

    async with trio.open_nursery() as nursery, locks.hold("cat"):
        nursery.start_soon(work, "a", "cat")
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(work, "b", "cat")
        async with locks.hold("dog"):
            await trio.testing.wait_all_tasks_blocked()
        assert order == []
    assert order == ["a has cat", "a is done", "b has cat", "b is done"]


async def test_nothing_is_kept_of_keys_out_of_use() -> None:
    """Neither after a task that left, nor after one that was cancelled while it waited."""
    locks = KeyLocks()
    async with locks.hold("cat"):
        with trio.CancelScope() as scope:
            scope.cancel()
            async with locks.hold("cat"):
                raise AssertionError("two have the key")
        assert scope.cancelled_caught
        assert len(locks) == 1
    assert len(locks) == 0
