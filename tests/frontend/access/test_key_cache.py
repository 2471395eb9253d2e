"""What is remembered of keys: it is used, and never believed after a change."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from frontend.access.key_cache import ACQUAINTED_S, TTL_S, Acquaintance, KeyCache
from frontend.access.roles import ApiKey, Role
from frontend.library.catalogue import FILE_NAME
from frontend.library.errors import CatalogueUnavailableError
from frontend.library.keys import ApiKeys, KeySnapshot
from frontend.memory_database import Decision, Rate
from frontend.memory_database.in_process import InProcess
from tests.frontend.library.libraries import START, open_library

ADA = ApiKey(
    username="ada",
    role=Role.EDITOR,
    digest=bytes(range(32)),
    key_prefix="tintype_AAAAAA",
    created_at=START,
    last_used_at=START + timedelta(microseconds=1),
    requests_per_second=2.5,
    max_batch_size=20,
)
STRANGER = bytes(32)
REVOKE = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("UPDATE api_keys SET is_active = 0")
database.execute("UPDATE api_keys_revision SET revision = 'of another'")
database.commit()
"""


class Memory:
    """A memory database that forgets nothing by itself; it says for how long it was told to remember."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.ttls_s: list[float] = []

    async def get(self, key: str) -> bytes | None:
        """Return the value."""
        await trio.lowlevel.checkpoint()
        return self.values.get(key)

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None:
        """Keep the value."""
        await trio.lowlevel.checkpoint()
        self.ttls_s.append(ttl_s)
        self.values[key] = value

    async def delete(self, key: str) -> None:
        """Forget the value."""
        self.values.pop(key, None)

    async def take(self, key: str, rate: Rate) -> Decision:
        """Let everybody pass."""
        return Decision(is_allowed=True, limit=rate.burst, remaining=rate.burst, reset_s=0, retry_after_s=0)


class Keys:
    """A catalogue of one key; its look-ups can be held up after they have read."""

    def __init__(self, key: ApiKey | None = ADA) -> None:
        self.key = key
        self.commits = 0
        self.revision = 0
        self.look_ups = 0
        self.is_version_known = True
        self.gates: list[trio.Event] = []

    def version(self) -> int | None:
        """Count commits."""
        return self.commits if self.is_version_known else None

    async def look_up(self, digest: bytes) -> KeySnapshot:
        """Find the key as it is, and answer when the next gate is open."""
        self.look_ups += 1
        found = self.key if self.key is not None and self.key.digest == digest else None
        snapshot = KeySnapshot(str(self.revision), found)
        if self.gates:
            await self.gates.pop(0).wait()
        return snapshot

    def change(self, key: ApiKey | None) -> None:
        """Have another key, or none."""
        self.key = key
        self.revision += 1
        self.commits += 1


async def test_key_is_looked_up_once() -> None:
    """From then on it comes from memory, whole."""
    keys, memory = Keys(), Memory()
    cache = KeyCache(keys, memory)
    assert [await cache.find(ADA.digest) for _ in range(3)] == [ADA, ADA, ADA]
    assert keys.look_ups == 1
    assert memory.ttls_s == [TTL_S, ACQUAINTED_S]


@pytest.mark.parametrize(
    "key",
    [
        replace(ADA, is_active=False),
        replace(ADA, role=Role.ADMIN, last_used_at=None, requests_per_second=None, max_batch_size=None),
    ],
    ids=["inactive", "unlimited"],
)
async def test_key_is_remembered_as_it_is(key: ApiKey) -> None:
    """With all that is None, and switched off."""
    cache = KeyCache(Keys(key), Memory())
    assert [await cache.find(key.digest) for _ in range(2)] == [key, key]


async def test_stranger_is_looked_up_once() -> None:
    """Who tries a wrong key again and again costs no further query."""
    keys, memory = Keys(), Memory()
    cache = KeyCache(keys, memory)
    assert [await cache.find(STRANGER) for _ in range(3)] == [None, None, None]
    assert keys.look_ups == 1
    assert memory.ttls_s == [TTL_S]


async def test_change_takes_effect_at_once() -> None:
    """Revoked, changed, deleted or made: the next look-up says so."""
    keys = Keys()
    cache = KeyCache(keys, Memory())
    await cache.find(ADA.digest)
    await cache.find(STRANGER)
    for key in (replace(ADA, is_active=False), replace(ADA, role=Role.READER), None, ADA):
        keys.change(key)
        assert await cache.find(ADA.digest) == key
    keys.change(replace(ADA, digest=STRANGER))
    assert await cache.find(STRANGER) is not None
    assert await cache.find(ADA.digest) is None


async def test_other_commits_cost_one_look_up() -> None:
    """They change no key: after the first look-up, all that was remembered is good again."""
    keys = Keys()
    cache = KeyCache(keys, Memory())
    await cache.find(ADA.digest)
    await cache.find(STRANGER)
    keys.commits += 1
    before = keys.look_ups
    assert await cache.find(STRANGER) is None
    assert await cache.find(ADA.digest) == ADA
    assert keys.look_ups == before + 1


async def test_look_up_that_raced_with_a_change_leaves_nothing_behind() -> None:
    """It read before the change and files what it read after it: nobody is ever told."""
    keys = Keys()
    cache = KeyCache(keys, Memory())
    gate = trio.Event()
    keys.gates.append(gate)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cache.find, ADA.digest)
        await wait_all_tasks_blocked()
        keys.change(None)
        gate.set()
    for _ in range(2):
        assert await cache.find(ADA.digest) is None


async def test_late_look_up_does_not_undo_a_newer_one() -> None:
    """The newer one has filed that the key is gone; the late one, of another key, had read before that."""
    keys = Keys()
    cache = KeyCache(keys, Memory())
    gate = trio.Event()
    keys.gates.append(gate)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cache.find, STRANGER)
        await wait_all_tasks_blocked()
        keys.change(None)
        assert await cache.find(ADA.digest) is None
        gate.set()
        await wait_all_tasks_blocked()
        assert await cache.find(ADA.digest) is None
        assert await cache.find(ADA.digest) is None


async def test_equal_look_ups_are_one() -> None:
    """A thousand requests with one key that nobody knows yet ask the database once."""
    keys = Keys()
    cache = KeyCache(keys, Memory())
    async with trio.open_nursery() as nursery:
        for _ in range(1000):
            nursery.start_soon(cache.find, ADA.digest)
    assert keys.look_ups == 1


async def test_change_between_version_and_reading_is_seen() -> None:
    """What was read is newer than the version says: it is right, and asked for once more."""
    keys = Keys()
    cache = KeyCache(keys, Memory())
    look_up = keys.look_up

    async def change_first(digest: bytes) -> KeySnapshot:
        keys.change(None)
        return await look_up(digest)

    keys.look_up = change_first  # type: ignore[method-assign]
    assert await cache.find(ADA.digest) is None
    keys.look_up = look_up  # type: ignore[method-assign]
    assert await cache.find(ADA.digest) is None
    assert keys.look_ups == 2


async def test_unknown_version_is_never_believed() -> None:
    """Where commits cannot be told, each look-up asks the database."""
    keys = Keys()
    cache = KeyCache(keys, Memory())
    keys.is_version_known = False
    for _ in range(2):
        assert await cache.find(ADA.digest) == ADA
    assert await cache.peek(STRANGER) is Acquaintance.NEW
    assert keys.look_ups == 2


async def test_peek_asks_nothing() -> None:
    """It knows what was looked up, and of anything else that it is new."""
    keys = Keys()
    cache = KeyCache(keys, Memory())
    assert await cache.peek(ADA.digest) is Acquaintance.NEW
    await cache.find(ADA.digest)
    await cache.find(STRANGER)
    before = keys.look_ups
    assert await cache.peek(ADA.digest) is Acquaintance.KNOWN
    assert await cache.peek(STRANGER) is Acquaintance.UNKNOWN
    assert await cache.peek(bytes(31) + b"\1") is Acquaintance.NEW
    assert keys.look_ups == before


async def test_peek_turns_nobody_away_whose_key_was_just_made() -> None:
    """After any commit a stranger is new again; who was known stays so until he is looked up."""
    keys = Keys()
    cache = KeyCache(keys, Memory())
    await cache.find(ADA.digest)
    await cache.find(STRANGER)
    keys.change(replace(ADA, digest=STRANGER))
    assert await cache.peek(STRANGER) is Acquaintance.NEW
    assert await cache.peek(ADA.digest) is Acquaintance.KNOWN
    assert await cache.find(ADA.digest) is None
    assert await cache.peek(ADA.digest) is Acquaintance.UNKNOWN
    assert await cache.find(STRANGER) is not None


async def test_acquaintance_outlives_what_is_remembered(autojump_clock: MockClock) -> None:
    """Who was known stays so for a day, also when another's key was changed and looked up since."""
    keys = Keys()
    cache = KeyCache(keys, InProcess())
    await cache.find(ADA.digest)
    keys.change(ADA)
    await cache.find(STRANGER)
    assert await cache.peek(ADA.digest) is Acquaintance.KNOWN
    await trio.sleep(ACQUAINTED_S - 1)
    assert await cache.peek(ADA.digest) is Acquaintance.KNOWN
    await trio.sleep(1)
    assert await cache.peek(ADA.digest) is Acquaintance.NEW


async def test_acquaintance_ends_with_the_key(autojump_clock: MockClock) -> None:
    """From the look-up on that finds it gone, a key is what any wrong one is."""
    keys = Keys()
    cache = KeyCache(keys, InProcess())
    await cache.find(ADA.digest)
    keys.change(None)
    assert await cache.find(ADA.digest) is None
    await trio.sleep(TTL_S)
    assert await cache.peek(ADA.digest) is Acquaintance.NEW


@asynccontextmanager
async def cache_of(folder: Path) -> AsyncIterator[tuple[KeyCache, ApiKeys, Memory]]:
    """A cache of a real catalogue."""
    memory = Memory()
    async with open_library(folder) as catalogue:
        yield KeyCache(catalogue.keys, memory), catalogue.keys, memory


async def test_changes_through_this_process_are_seen_at_once(tmp_path: Path) -> None:
    """When a change returns, the cache knows it, without being told."""
    async with cache_of(tmp_path) as (cache, keys, _memory):
        ada = (await keys.create("ada")).key
        assert await cache.find(ada.digest) == ada
        await keys.set_active("ada", is_active=False)
        assert await cache.find(ada.digest) == replace(ada, is_active=False)
        await keys.change("ada", {"role": Role.ADMIN})
        assert await cache.find(ada.digest) == replace(ada, is_active=False, role=Role.ADMIN)
        await keys.delete("ada")
        assert await cache.find(ada.digest) is None


async def test_changes_of_another_connection_are_seen_at_once(tmp_path: Path) -> None:
    """As ``tintype keys`` makes them: also a key that was unknown a moment ago works."""
    async with cache_of(tmp_path) as (cache, keys, _memory), ApiKeys.open(tmp_path / FILE_NAME) as others:
        ada = (await keys.create("ada")).key
        assert await cache.find(ada.digest) == ada
        await others.set_active("ada", is_active=False)
        assert await cache.find(ada.digest) == replace(ada, is_active=False)
        await others.delete("ada")
        assert await cache.find(ada.digest) is None
        with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database, database:
            columns = "username, digest, key_prefix, role, created_at, is_active"
            database.execute(
                f"INSERT INTO api_keys ({columns}) VALUES ('bob', ?, '', 'reader', 0, 1)",  # noqa: S608
                (ada.digest,),
            )
            database.execute("UPDATE api_keys_revision SET revision = 'by hand'")
        found = await cache.find(ada.digest)
        assert found is not None
        assert found.username == "bob"


async def test_changes_of_another_process_are_seen_at_once(tmp_path: Path) -> None:
    """The next request is refused."""
    async with cache_of(tmp_path) as (cache, keys, _memory):
        ada = (await keys.create("ada")).key
        assert await cache.find(ada.digest) == ada
        await trio.run_process([sys.executable, "-c", REVOKE, str(tmp_path / FILE_NAME)])
        assert await cache.find(ada.digest) == replace(ada, is_active=False)


async def test_memory_gives_answers_while_the_database_is_away(tmp_path: Path) -> None:
    """A known key needs no query; an unknown one does, and its trouble is told."""
    async with cache_of(tmp_path) as (cache, keys, _memory):
        ada = (await keys.create("ada")).key
        assert await cache.find(ada.digest) == ada

        async def fail(digest: bytes) -> KeySnapshot:
            raise CatalogueUnavailableError

        keys.look_up = fail  # type: ignore[method-assign]
        assert await cache.find(ada.digest) == ada
        with pytest.raises(CatalogueUnavailableError):
            await cache.find(STRANGER)


async def test_no_key_is_kept_in_memory(tmp_path: Path) -> None:
    """Others may read the memory database: they find digests only."""
    async with cache_of(tmp_path) as (cache, keys, memory):
        made = await keys.create("ada")
        await cache.find(made.key.digest)
        assert made.token[14:] not in str(memory.values)
