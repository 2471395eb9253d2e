"""The keys of the API in the catalogue: real files."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from frontend.access.roles import ApiKey, Role
from frontend.access.tokens import digest_of
from frontend.library.catalogue import FILE_NAME
from frontend.library.errors import CatalogueUnavailableError, KeyNotFoundError, UsernameTakenError
from frontend.library.key_rows import KeyChanges
from frontend.library.keys import ApiKeys
from frontend.start_error import StartError
from shared.errors import BadParameterError
from tests.frontend.library.libraries import START, Clock, open_library
from tests.frontend.library.versions import build_version

STRANGER = bytes(32)


async def test_new_key_is_found_by_its_digest(tmp_path: Path) -> None:
    """All that it was made with is there; another digest finds nobody."""
    async with open_library(tmp_path) as catalogue:
        made = await catalogue.keys.create("ada", role=Role.EDITOR, requests_per_second=2.5, max_batch_size=20)
        assert made.key == ApiKey(
            username="ada",
            role=Role.EDITOR,
            digest=digest_of(made.token),
            key_prefix=made.token[:14],
            created_at=START,
            requests_per_second=2.5,
            max_batch_size=20,
        )
        assert (await catalogue.keys.look_up(made.key.digest)).key == made.key
        assert (await catalogue.keys.look_up(STRANGER)).key is None


async def test_key_itself_is_nowhere_in_the_files(tmp_path: Path) -> None:
    """Who steals the database has no key."""
    async with open_library(tmp_path) as catalogue:
        made = await catalogue.keys.create("ada")
        written = _written_in(tmp_path)
    assert made.key.digest in written
    assert made.token.encode() not in written
    assert made.token[14:].encode() not in written


def _written_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_keys_are_listed_by_username(tmp_path: Path) -> None:
    """Upper and lower case differ; a key that was made with nothing else is an unlimited reader's."""
    async with open_library(tmp_path) as catalogue:
        for username in ("bob", "Ada", "ada"):
            await catalogue.keys.create(username)
        keys = await catalogue.keys.all()
        assert [key.username for key in keys] == ["Ada", "ada", "bob"]
        assert {(key.role, key.is_active, key.requests_per_second, key.max_batch_size) for key in keys} == {
            (Role.READER, True, None, None)
        }


@pytest.mark.parametrize("username", ["", "a" * 65, "a b", "a/b", "ä", "a\n", "a\x00", "\ud800", "a'b", "%61"])
async def test_username_of_other_characters_is_refused(tmp_path: Path, username: str) -> None:
    """The error says what is allowed; asking for such a key finds none."""
    async with open_library(tmp_path) as catalogue:
        with pytest.raises(BadParameterError, match=re.escape("1 to 64 of A-Z, a-z, 0-9 and . _ @ -")):
            await catalogue.keys.create(username)
        with pytest.raises(KeyNotFoundError):
            await catalogue.keys.delete(username)


@pytest.mark.parametrize("username", ["a", "A" * 64, "ada.l@example-1.org", "_", "Admin"])
async def test_usual_usernames_are_taken(tmp_path: Path, username: str) -> None:
    """Also an address of e-mail."""
    async with open_library(tmp_path) as catalogue:
        await catalogue.keys.create(username)
        assert [key.username for key in await catalogue.keys.all()] == [username]


@pytest.mark.parametrize("username", ["ada", "admin"])
async def test_taken_username_is_refused(tmp_path: Path, username: str) -> None:
    """Somebody's, or that of the administrator of the settings; nothing is written."""
    async with open_library(tmp_path) as catalogue:
        await catalogue.keys.create("ada")
        with pytest.raises(UsernameTakenError, match=f"the username {username} is taken"):
            await catalogue.keys.create(username)
        assert len(await catalogue.keys.all()) == 1


LIMITS = [
    *(KeyChanges(requests_per_second=value) for value in (0, -1, 1_000_000.5, float("nan"), float("inf"))),
    *(KeyChanges(max_batch_size=value) for value in (0, -1, 10_001)),
]


@pytest.mark.parametrize("limits", LIMITS, ids=str)
async def test_limit_out_of_range_is_refused(tmp_path: Path, limits: KeyChanges) -> None:
    """When a key is made, and when it is changed."""
    async with open_library(tmp_path) as catalogue:
        made = await catalogue.keys.create("ada")
        with pytest.raises(BadParameterError, match=next(iter(limits))):
            await catalogue.keys.create(
                "bob",
                requests_per_second=limits.get("requests_per_second"),
                max_batch_size=limits.get("max_batch_size"),
            )
        with pytest.raises(BadParameterError, match=next(iter(limits))):
            await catalogue.keys.change("ada", limits)
        assert await catalogue.keys.all() == [made.key]


async def test_change_is_of_what_is_named(tmp_path: Path) -> None:
    """The rest stays, and None removes a limit."""
    async with open_library(tmp_path) as catalogue:
        made = (await catalogue.keys.create("ada", requests_per_second=5, max_batch_size=7)).key
        await catalogue.keys.create("bob", requests_per_second=5)
        changed = await catalogue.keys.change("ada", {"role": Role.ADMIN, "requests_per_second": None})
        assert changed == replace(made, role=Role.ADMIN, requests_per_second=None)
        assert (await catalogue.keys.look_up(made.digest)).key == changed
        assert (await catalogue.keys.all())[1].requests_per_second == 5
        with pytest.raises(BadParameterError, match="must be given"):
            await catalogue.keys.change("ada", {})


async def test_key_is_switched_off_and_on(tmp_path: Path) -> None:
    """It is found all the while, so that its holder is told what is wrong with it."""
    async with open_library(tmp_path) as catalogue:
        made = (await catalogue.keys.create("ada")).key
        for is_active in (False, False, True):
            assert await catalogue.keys.set_active("ada", is_active=is_active) == replace(
                made, is_active=is_active
            )
            assert (await catalogue.keys.look_up(made.digest)).key == replace(made, is_active=is_active)


async def test_deleted_key_is_gone(tmp_path: Path) -> None:
    """Its username is free, and whoever gets it has another key."""
    async with open_library(tmp_path) as catalogue:
        made = (await catalogue.keys.create("ada")).key
        assert await catalogue.keys.delete("ada") == made
        assert (await catalogue.keys.look_up(made.digest)).key is None
        other = (await catalogue.keys.create("ada")).key
        assert other.digest != made.digest
        assert (await catalogue.keys.look_up(made.digest)).key is None


async def test_unknown_username_is_an_error(tmp_path: Path) -> None:
    """Whatever is asked of it."""
    async with open_library(tmp_path) as catalogue:
        await catalogue.keys.create("Ada")
        with pytest.raises(KeyNotFoundError):
            await catalogue.keys.change("ada", {"role": Role.ADMIN})
        with pytest.raises(KeyNotFoundError):
            await catalogue.keys.set_active("ada", is_active=False)
        with pytest.raises(KeyNotFoundError):
            await catalogue.keys.delete("ada")


async def test_every_change_has_a_revision_of_its_own(tmp_path: Path) -> None:
    """Also one that changes nothing; uses and refused changes make none."""
    async with open_library(tmp_path) as catalogue:
        keys = catalogue.keys

        async def revision() -> str:
            return (await keys.look_up(STRANGER)).revision

        revisions = [await revision()]
        made = (await keys.create("ada")).key
        revisions.append(await revision())
        for _ in range(2):
            await keys.change("ada", {"max_batch_size": 3})
            revisions.append(await revision())
        await keys.set_active("ada", is_active=False)
        revisions.append(await revision())
        catalogue.record_key_use(made)
        await catalogue.flush()
        with pytest.raises(UsernameTakenError):
            await keys.create("ada")
        assert await revision() == revisions[-1]
        await keys.delete("ada")
        revisions.append(await revision())
        assert len(set(revisions)) == len(revisions) == 6


async def test_uses_are_stored_together(tmp_path: Path) -> None:
    """The time of the last one shows once what was gathered is stored; closing stores it, too."""
    clock = Clock()
    async with open_library(tmp_path, clock=clock) as catalogue:
        ada, bob = (await catalogue.keys.create("ada")).key, (await catalogue.keys.create("bob")).key
        for _ in range(3):
            clock.tick()
            catalogue.record_key_use(ada)
        assert [key.last_used_at for key in await catalogue.keys.all()] == [None, None]
        await catalogue.flush()
        assert [key.last_used_at for key in await catalogue.keys.all()] == [START.replace(second=3), None]
        clock.tick()
        catalogue.record_key_use(bob)
    async with open_library(tmp_path) as catalogue:
        used_at = [key.last_used_at for key in await catalogue.keys.all()]
        assert used_at == [START.replace(second=3), START.replace(second=4)]


async def test_use_never_goes_back(tmp_path: Path) -> None:
    """Another process may have stored a later one."""
    clock = Clock()
    async with open_library(tmp_path, clock=clock) as catalogue:
        ada = (await catalogue.keys.create("ada")).key
        for second in (5, 1):
            clock.now = START.replace(second=second)
            catalogue.record_key_use(ada)
            await catalogue.flush()
        assert (await catalogue.keys.all())[0].last_used_at == START.replace(second=5)


async def test_use_of_a_key_that_is_gone_harms_nothing(tmp_path: Path) -> None:
    """Nor is it taken for one of the next key with the same username."""
    async with open_library(tmp_path) as catalogue:
        gone = (await catalogue.keys.create("ada")).key
        catalogue.record_key_use(gone)
        await catalogue.keys.delete("ada")
        await catalogue.keys.create("ada")
        await catalogue.flush()
        assert (await catalogue.keys.all())[0].last_used_at is None


async def test_use_that_could_not_be_stored_is_kept(tmp_path: Path) -> None:
    """It is stored with the next; the later of two counts."""
    clock = Clock()
    async with open_library(tmp_path, clock=clock, threads=1) as catalogue:
        ada, bob = (await catalogue.keys.create("ada")).key, (await catalogue.keys.create("bob")).key
        catalogue.record_key_use(ada)
        catalogue.record_key_use(bob)
        database = catalogue._database
        await database.read(lambda connection: connection.exec_driver_sql("PRAGMA query_only = ON").close())
        with pytest.raises(CatalogueUnavailableError):
            await catalogue.flush()
        clock.tick()
        catalogue.record_key_use(bob)
        await database.read(lambda connection: connection.exec_driver_sql("PRAGMA query_only = OFF").close())
        await catalogue.flush()
        assert [key.last_used_at for key in await catalogue.keys.all()] == [START, START.replace(second=1)]


async def test_changes_are_in_the_audit_log(tmp_path: Path) -> None:
    """Each with the username and what was changed, and nothing of the key."""
    async with open_library(tmp_path) as catalogue:
        with capture_logs() as lines:
            made = await catalogue.keys.create("ada", max_batch_size=4)
            await catalogue.keys.change("ada", {"role": Role.EDITOR, "requests_per_second": 2})
            await catalogue.keys.set_active("ada", is_active=False)
            await catalogue.keys.set_active("ada", is_active=True)
            await catalogue.keys.delete("ada")
            with pytest.raises(KeyNotFoundError):
                await catalogue.keys.delete("ada")
    assert all(line.pop("username") == "ada" and line.pop("event") == "audit" for line in lines)
    assert [{name: value for name, value in line.items() if name != "log_level"} for line in lines] == [
        {"action": "key.created", "role": "reader", "requests_per_second": None, "max_batch_size": 4},
        {"action": "key.changed", "role": "editor", "requests_per_second": 2},
        {"action": "key.deactivated"},
        {"action": "key.activated"},
        {"action": "key.deleted"},
    ]
    assert made.token[14:] not in str(lines)


async def test_keys_of_version_2_are_read(tmp_path: Path) -> None:
    """As they were written by the first version that had any."""
    build_version(tmp_path / FILE_NAME, 2)
    async with open_library(tmp_path) as catalogue:
        assert await catalogue.keys.look_up(bytes(range(32))) == (
            "0123456789abcdef",
            ApiKey(
                username="ada",
                role=Role.EDITOR,
                digest=bytes(range(32)),
                key_prefix="tintype_AAAAAA",
                created_at=datetime.fromtimestamp(1_780_000_000, UTC),
                last_used_at=datetime.fromtimestamp(1_780_000_001, UTC),
                is_active=False,
                requests_per_second=2.5,
                max_batch_size=20,
            ),
        )


async def test_keys_are_opened_beside_a_library_in_use(tmp_path: Path) -> None:
    """Each sees what the other has written, in a folder that did not exist."""
    folder = tmp_path / "new" / "data"
    async with ApiKeys.open(folder / FILE_NAME) as keys, open_library(folder) as catalogue:
        await keys.create("ada")
        await catalogue.keys.create("bob")
        assert await keys.all() == await catalogue.keys.all()
        assert len(await keys.all()) == 2
    assert (folder.stat().st_mode & 0o777) == 0o700


async def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """In the words of a failed start."""
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="cannot be made"):
        async with ApiKeys.open(tmp_path / "file" / "data" / FILE_NAME):
            pass


async def test_database_keeps_nonsense_out(tmp_path: Path) -> None:
    """Also what somebody writes by hand."""
    async with open_library(tmp_path) as catalogue:
        await catalogue.keys.create("ada")
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as database:
        for change in ("role = 'king'", "digest = x'00'", "username = ''", "requests_per_second = 0"):
            with pytest.raises(sqlite3.IntegrityError):
                database.execute(f"UPDATE api_keys SET {change}")  # noqa: S608 - the texts above
