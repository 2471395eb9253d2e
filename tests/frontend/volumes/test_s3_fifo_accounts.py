"""S3-FIFO's books balance after any sequence of operations, found by searching for one that breaks them."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from frontend.volumes.s3_fifo import MAX_FREQUENCY, S3Fifo

KEYS = st.sampled_from([f"key {number}" for number in range(24)])
# Small's share is 20 bytes: some objects are refused, some weigh nothing, most bind one limit or the other.
CAPACITY_BYTES = 200
SIZES = st.integers(min_value=0, max_value=24)


class Accounts(RuleBasedStateMachine):
    """Beside the cache stands a dict of what was put last, and a count of every admission and exit."""

    @initialize(capacity_entries=st.sampled_from([1, 2, 9, 1000]))
    def open(self, capacity_entries: int) -> None:
        """Begin with an empty cache."""
        self.cache: S3Fifo[int] = S3Fifo(capacity_bytes=CAPACITY_BYTES, capacity_entries=capacity_entries)
        self.latest: dict[str, tuple[int, int]] = {}
        self.serial = 0
        self.admitted = 0
        self.taken_out = 0

    @rule(objects=st.lists(st.tuples(KEYS, SIZES), min_size=1, max_size=20))
    def put(self, objects: list[tuple[str, int]]) -> None:
        """Put several objects nobody has seen, often enough to fill the cache."""
        for key, size_bytes in objects:
            self.put_one(key, size_bytes)

    def put_one(self, key: str, size_bytes: int) -> None:
        """Put an object; the key's earlier one is void."""
        self.serial += 1
        self.taken_out += key in self.cache
        is_admitted = self.cache.put(key, self.serial, size_bytes=size_bytes)
        self.latest[key] = (self.serial, size_bytes)
        self.admitted += is_admitted
        assert (key in self.cache) is is_admitted is (size_bytes < CAPACITY_BYTES // 10)

    @rule(keys=st.lists(KEYS, min_size=1, max_size=20))
    def get(self, keys: list[str]) -> None:
        """Get the latest object or nothing, as the cache says itself."""
        for key in keys:
            assert self.cache.get(key) == (self.latest[key][0] if key in self.cache else None)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        """Delete what is held, and say so."""
        is_held = key in self.cache
        self.taken_out += is_held
        assert self.cache.delete(key) is is_held
        assert key not in self.cache
        assert key not in self.cache._ghost

    @precondition(lambda self: self.cache._ghost)
    @rule()
    def clear(self) -> None:
        """Take out everything, once there is something to forget."""
        self.taken_out += len(self.cache)
        self.cache.clear()

    @invariant()
    def limits_hold(self) -> None:
        """Neither limit is ever passed."""
        assert self.cache.used_bytes <= self.cache.capacity_bytes
        assert len(self.cache) <= self.cache.capacity_entries

    @invariant()
    def bytes_are_the_sum_of_sizes(self) -> None:
        """The bytes counted are those of the objects that can be got."""
        held = [size_bytes for key, (_, size_bytes) in self.latest.items() if key in self.cache]
        assert (self.cache.used_bytes, len(self.cache)) == (sum(held), len(held))

    @invariant()
    def every_exit_is_counted(self) -> None:
        """What was admitted is held, was taken out or replaced, or is among the evictions."""
        assert self.admitted == len(self.cache) + self.taken_out + self.cache.evictions

    @invariant()
    def a_key_is_in_one_queue(self) -> None:
        """Small, main and the ghost share no key, and each queue's own bytes are right."""
        queues = (self.cache._small, self.cache._main)
        keys = [*queues[0].entries, *queues[1].entries, *self.cache._ghost]
        assert len(keys) == len(set(keys))
        for queue in queues:
            assert queue.used_bytes == sum(entry.size_bytes for entry in queue.entries.values())
            assert all(0 <= entry.frequency <= MAX_FREQUENCY for entry in queue.entries.values())

    @invariant()
    def ghost_is_bounded(self) -> None:
        """The ghost has no more keys, and stands for no more bytes, than main may hold."""
        ghost, main = self.cache._ghost, self.cache._main
        assert self.cache._ghost_bytes == sum(ghost.values()) <= main.share_bytes
        assert len(ghost) <= main.share_entries


def test_accounts_balance() -> None:
    """No sequence of puts, gets, deletes and clears passes a limit or unbalances the accounts."""
    run_state_machine_as_test(
        Accounts,
        settings=settings(derandomize=True, max_examples=100, stateful_step_count=30, deadline=None),
    )
