"""Who sends a request, and how often: keys and limits before any work, each request counted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
import trio
from trio.testing import MockClock

from frontend.access.address_limits import AddressLimits
from frontend.access.doorkeeper import Doorkeeper, Visitor
from frontend.access.key_cache import KeyCache
from frontend.access.roles import ApiKey, Role
from frontend.access.tokens import digest_of, new_token
from frontend.admin_key import AdminKey
from frontend.library.keys import KeySnapshot
from frontend.memory_database.in_process import InProcess
from frontend.settings import RateSettings
from shared.errors import ForbiddenError, InactiveKeyError, RateLimitedError, ServiceError, UnauthorizedError
from tests.frontend.library.libraries import START

ADMIN_KEY = "the-key-of-the-tests"
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
TOKEN = new_token()
ADA = ApiKey(
    username="ada",
    role=Role.EDITOR,
    digest=digest_of(TOKEN),
    key_prefix=TOKEN[:14],
    created_at=START,
    requests_per_second=3,
)


@dataclass
class Keys:
    """A catalogue of one key, which counts how often it is asked."""

    key: ApiKey | None = ADA
    look_ups: int = 0
    commits: int = 0

    def version(self) -> int | None:
        """Count commits."""
        return self.commits

    async def look_up(self, digest: bytes) -> KeySnapshot:
        """Find the key."""
        self.look_ups += 1
        await trio.lowlevel.checkpoint()
        return KeySnapshot(str(self.commits), self.key if self.key and self.key.digest == digest else None)

    def change(self, key: ApiKey | None) -> None:
        """Have another key, or none."""
        self.key = key
        self.commits += 1


@dataclass
class Door:
    """A doorkeeper, what it asks, and what it notes."""

    keys: Keys = field(default_factory=Keys)
    settings: RateSettings = field(default_factory=RateSettings)
    uses: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        memory = InProcess()
        self.doorkeeper = Doorkeeper(
            admin=AdminKey.of(ADMIN_KEY),
            keys=KeyCache(self.keys, memory),
            limits=AddressLimits(memory, self.settings),
            note_use=lambda key: self.uses.append(key.username),
        )

    def visitor(self, authorization: str | None = f"Bearer {TOKEN}", *, address: str = HERE) -> Visitor:
        """Somebody who comes with this header."""
        headers = {} if authorization is None else {"authorization": authorization}
        return self.doorkeeper.visitor(headers, address=address)


async def outcome(asking: Awaitable[object]) -> str:
    """``in``, or the error's slug."""
    try:
        await asking
    except ServiceError as error:
        return error.slug
    return "in"


async def outcomes(ask: Callable[[], Awaitable[object]], count: int) -> list[str]:
    """The same of several, one after the other."""
    return [await outcome(ask()) for _ in range(count)]


@pytest.mark.parametrize(
    "value",
    [
        f"Bearer {ADMIN_KEY}",
        f"bearer {ADMIN_KEY}",
        f"BEARER {ADMIN_KEY}",
        f"Bearer   {ADMIN_KEY}",
        f"Bearer {ADMIN_KEY} ",
    ],
)
async def test_scheme_and_blanks_do_not_matter(value: str) -> None:
    """Nor does the catalogue, for the administrator's key."""
    door = Door()
    assert (await door.visitor(value).require(Role.ADMIN)).username == "admin"
    assert door.keys.look_ups == 0


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        ADMIN_KEY,
        TOKEN,
        "Bearer",
        "Bearer ",
        f"Basic {ADMIN_KEY}",
        f"Bearer {ADMIN_KEY}x",
        f"Bearer {ADMIN_KEY[:-1]}",
        f"Bearer {ADMIN_KEY.upper()}",
        f"Bearer {TOKEN}, Bearer {TOKEN}",
        f"Bearer x {TOKEN}",
        f"Bearer {TOKEN[:-1]}",
        "Bearer ÿ€\x00",
    ],
)
async def test_everybody_else_is_nobody(value: str | None) -> None:
    """What is not exactly a key, as a bearer token, is not even looked up."""
    door = Door()
    with pytest.raises(UnauthorizedError) as refused:
        await door.visitor(value).require(Role.READER)
    assert refused.type is UnauthorizedError
    assert door.keys.look_ups == 0
    assert value is None or value[8:] == "" or value[8:] not in str(refused.value) + refused.value.message


@pytest.mark.parametrize(
    ("key", "needed", "expected"),
    [
        (replace(ADA, role=Role.READER), Role.READER, "in"),
        (replace(ADA, role=Role.READER), Role.EDITOR, "forbidden"),
        (ADA, Role.READER, "in"),
        (ADA, Role.EDITOR, "in"),
        (ADA, Role.ADMIN, "forbidden"),
        (replace(ADA, role=Role.ADMIN), Role.ADMIN, "in"),
        (replace(ADA, is_active=False), Role.READER, "inactive_key"),
        (None, Role.READER, "unauthorized"),
    ],
)
async def test_role_decides(key: ApiKey | None, needed: Role, expected: str) -> None:
    """Each may what those before it may; whoever is refused with a key is told why."""
    door = Door(Keys(key))
    assert await outcome(door.visitor().require(needed)) == expected
    assert await door.visitor().may(needed) == (expected == "in")


async def test_request_is_counted_once(autojump_clock: MockClock) -> None:
    """However often it is asked for its key, and though it has an image made as well."""
    door = Door()
    for remaining in (2, 1, 0):
        visitor = door.visitor()
        for _ in range(3):
            await visitor.require(Role.READER)
            await visitor.require(Role.EDITOR)
            await visitor.spend_new_image()
        assert visitor.decision is not None
        assert (visitor.decision.limit, visitor.decision.remaining) == (3, remaining)
    assert door.uses == ["ada"] * 3
    assert door.keys.look_ups == 1


async def test_limit_of_a_key_refuses(autojump_clock: MockClock) -> None:
    """A second's worth at once, then one by one; the refusal says when, and that is when."""
    door = Door()
    assert await outcomes(lambda: door.visitor().require(Role.READER), 5) == ["in"] * 3 + ["rate_limited"] * 2
    with pytest.raises(RateLimitedError) as refused:
        await door.visitor().require(Role.READER)
    assert refused.value.retry_after_s == 1
    await trio.sleep(1 / 3)
    assert await outcomes(lambda: door.visitor().require(Role.READER), 2) == ["in", "rate_limited"]
    assert door.uses == ["ada"] * 4  # what is refused is no use


async def test_limit_of_a_key_is_no_ones_elses(autojump_clock: MockClock) -> None:
    """It goes by the key and not by the address; nor does it cost what the address may."""
    door = Door()
    visits = [door.visitor(address=f"192.0.2.{number}") for number in range(5)]
    assert [await outcome(visit.require(Role.READER)) for visit in visits] == ["in"] * 3 + ["rate_limited"] * 2
    assert await outcomes(lambda: door.visitor(None).spend_new_image(), 101) == ["in"] * 100 + ["rate_limited"]


async def test_forbidden_request_counts(autojump_clock: MockClock) -> None:
    """Who asks for what is not theirs is not let ask for ever."""
    door = Door()
    expected = ["forbidden"] * 3 + ["rate_limited"]
    assert await outcomes(lambda: door.visitor().require(Role.ADMIN), 4) == expected


@pytest.mark.parametrize("authorization", [f"Bearer {ADMIN_KEY}", f"Bearer {TOKEN}"])
async def test_administrators_are_never_limited(autojump_clock: MockClock, authorization: str) -> None:
    """Neither by what their key says nor by their address."""
    door = Door(Keys(replace(ADA, role=Role.ADMIN, requests_per_second=1)))
    assert set(await outcomes(lambda: door.visitor(authorization).require(Role.ADMIN), 300)) == {"in"}
    assert set(await outcomes(lambda: door.visitor(authorization).spend_new_image(), 300)) == {"in"}


async def test_guesses_are_limited(autojump_clock: MockClock) -> None:
    """Twenty wrong keys, and from then on an address is turned away without a look-up; others are not."""
    door = Door()

    def guess(address: str = HERE) -> Awaitable[object]:
        return door.visitor(f"Bearer {new_token()}", address=address).require(Role.READER)

    assert await outcomes(guess, 30) == ["unauthorized"] * 20 + ["rate_limited"] * 10
    assert door.keys.look_ups == 20
    assert await outcome(guess(ELSEWHERE)) == "unauthorized"
    await trio.sleep(1)
    assert await outcomes(guess, 7) == ["unauthorized"] * 5 + ["rate_limited"] * 2


async def test_same_wrong_key_is_looked_up_once(autojump_clock: MockClock) -> None:
    """A program with an old key costs guesses, but no look-ups."""
    door = Door(Keys(None))
    assert (await outcomes(lambda: door.visitor().require(Role.READER), 25)).count("unauthorized") == 20
    assert door.keys.look_ups == 1


async def test_malformed_keys_are_guesses(autojump_clock: MockClock) -> None:
    """Else they would be a way to try the administrator's key as often as one likes."""
    door = Door()
    results = await outcomes(lambda: door.visitor("Bearer guess").require(Role.READER), 21)
    assert results == ["unauthorized"] * 20 + ["rate_limited"]


async def test_key_that_is_known_goes_through_a_crowd(autojump_clock: MockClock) -> None:
    """Whoever shares an address with somebody who guesses is let in with a key that was in use."""
    door = Door()
    await door.visitor().require(Role.READER)
    await outcomes(lambda: door.visitor("Bearer guess").require(Role.READER), 30)
    assert await outcome(door.visitor().require(Role.READER)) == "in"


async def test_key_in_use_goes_through_a_crowd_for_hours(autojump_clock: MockClock) -> None:
    """Also when it has to be looked up anew: as time passes, and when another key is made or changed."""
    door = Door()
    await door.visitor().require(Role.READER)
    for commits in range(3):
        await trio.sleep(3600)
        door.keys.commits = commits
        await outcome(door.visitor(f"Bearer {new_token()}").require(Role.READER))
        await outcomes(lambda: door.visitor("Bearer guess").require(Role.READER), 30)
        assert await outcome(door.visitor().require(Role.READER)) == "in"


async def test_wrong_key_is_one_guess_a_request(autojump_clock: MockClock) -> None:
    """However often it is asked about."""
    door = Door(Keys(None))
    for _ in range(20):
        visitor = door.visitor()
        assert not await visitor.may(Role.READER)
        assert not await visitor.may(Role.READER)
        await visitor.spend_new_image()
    assert await outcome(door.visitor().require(Role.READER)) == "rate_limited"


async def test_wrong_key_takes_nothing_away(autojump_clock: MockClock) -> None:
    """Where none is needed, who has tried too many is told what anyone is, and pays as anyone does."""
    door = Door(settings=RateSettings(rate_limit_burst=30))
    for _ in range(30):
        visitor = door.visitor(f"Bearer {new_token()}")
        assert not await visitor.may(Role.READER)
        assert visitor.decision is None or visitor.decision.is_allowed
        await visitor.spend_new_image()
        assert visitor.decision is not None
        assert visitor.decision.limit == 30
    assert door.keys.look_ups == 20
    assert await outcome(door.visitor(f"Bearer {new_token()}").spend_new_image()) == "rate_limited"


async def test_key_over_its_limit_is_refused_where_none_is_needed(autojump_clock: MockClock) -> None:
    """It is a key; who would rather be anyone leaves it out."""
    door = Door(Keys(replace(ADA, requests_per_second=1)))
    await door.visitor().require(Role.READER)
    assert await outcome(door.visitor().may(Role.READER)) == "rate_limited"
    assert await outcome(door.visitor().spend_new_image()) == "rate_limited"


async def test_revoked_key_stops_at_once() -> None:
    """From one request to the next, also what was remembered: deleted, switched off, or of a lower role."""
    door, unlimited = Door(), replace(ADA, requests_per_second=None)
    for changed, expected in (
        (replace(unlimited, is_active=False), InactiveKeyError),
        (replace(unlimited, role=Role.READER), ForbiddenError),
        (None, UnauthorizedError),
    ):
        door.keys.change(unlimited)
        await door.visitor().require(Role.EDITOR)
        door.keys.change(changed)
        with pytest.raises(expected):
            await door.visitor().require(Role.EDITOR)


async def test_thousand_at_once_are_let_in_as_one_by_one(autojump_clock: MockClock) -> None:
    """A key of ten a second: ten of a thousand pass, and ten more in each second after."""
    door = Door(Keys(replace(ADA, requests_per_second=10)))
    found: list[str] = []

    async def ask() -> None:
        found.append(await outcome(door.visitor().require(Role.READER)))

    for seconds in (1, 2, 3):
        async with trio.open_nursery() as nursery:
            for _ in range(1000):
                nursery.start_soon(ask)
        assert Counter(found) == {"in": 10 * seconds, "rate_limited": 990 * seconds}
        await trio.sleep(1)


async def test_fraction_of_a_request_a_second(autojump_clock: MockClock) -> None:
    """One at once, and the next one when it is due."""
    door = Door(Keys(replace(ADA, requests_per_second=0.1)))
    assert await outcomes(lambda: door.visitor().require(Role.READER), 2) == ["in", "rate_limited"]
    with pytest.raises(RateLimitedError) as refused:
        await door.visitor().require(Role.READER)
    assert refused.value.retry_after_s == 10
    await trio.sleep(10)
    assert await outcome(door.visitor().require(Role.READER)) == "in"


async def test_inactive_key_has_images_made_like_nobody(autojump_clock: MockClock) -> None:
    """It is no reason to refuse what anyone may have: the address pays."""
    door = Door(Keys(replace(ADA, is_active=False)), RateSettings(rate_limit_burst=2))
    results = await outcomes(lambda: door.visitor().spend_new_image(), 3)
    assert results == ["in", "in", "rate_limited"]


async def test_no_limit_is_no_limit(autojump_clock: MockClock) -> None:
    """Of addresses, where the settings have none."""
    door = Door(settings=RateSettings(rate_limit_requests=0))
    assert set(await outcomes(lambda: door.visitor(None).spend_new_image(), 1000)) == {"in"}
