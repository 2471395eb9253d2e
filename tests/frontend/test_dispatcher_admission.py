"""Who may have variants made: hits are free, a miss is paid for, and nobody is refused for another's sake."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from frontend.access.address_limits import AddressLimits
from frontend.dispatcher import Admit
from frontend.memory_database.in_process import InProcess
from frontend.settings import PoolSettings, RateSettings
from shared.errors import CorruptImageError, RateLimitedError
from shared.plan import Plan
from tests.fakes import FakeWorkers
from tests.frontend.dispatching import OTHER_PLAN, Dispatching, dispatching, get, note
from tests.habits import answers_after, in_turn, reports

ROOMY = PoolSettings(workers=1, queue_size=2000)


@dataclass
class Purse:
    """Someone who can pay ``left`` times, at once or in ``takes_s``; ``asked`` says how often they were to."""

    left: int = 1_000_000
    takes_s: float = 0
    asked: int = 0

    async def admit(self) -> None:
        """Pay, or be refused."""
        self.asked += 1
        await trio.sleep(self.takes_s)
        if not self.left:
            raise RateLimitedError("no more", retry_after_s=1)
        self.left -= 1


@dataclass
class Street:
    """Addresses, each with the limit that the settings say."""

    settings: RateSettings = field(default_factory=RateSettings)

    def __post_init__(self) -> None:
        self._limits = AddressLimits(InProcess(), self.settings)

    def admit(self, address: str = "192.0.2.1") -> Admit:
        """Have this address pay."""

        async def pay() -> None:
            await self._limits.spend_miss(address)

        return pay


def plan(width: int) -> Plan:
    """One of many."""
    return Plan.parse(f"resize:width={width}")


async def at_once(dispatcher: Dispatching, *asked: tuple[Plan, Admit]) -> Counter[str]:
    """How those fare who ask all at once; the first one is the first."""
    found: list[str] = []

    async with trio.open_nursery() as clients:
        for index, (each, admit) in enumerate(asked):
            if index == 1:
                await wait_all_tasks_blocked()

            async def ask(wanted: Plan = each, pay: Admit = admit) -> None:
                await note(dispatcher, found, plan=wanted, admit=pay)

            clients.start_soon(ask)
    return Counter(found)


async def test_hit_is_free(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Only what has to be made is paid for; what is there is given to who cannot pay."""
    purse = Purse(left=1)
    async with dispatching(FakeWorkers(nursery)) as dispatcher:
        assert [(await get(dispatcher, admit=purse.admit)).cache for _ in range(3)] == ["miss", "hit", "hit"]
        assert purse.asked == 1
        with pytest.raises(RateLimitedError):
            await get(dispatcher, plan=OTHER_PLAN, admit=purse.admit)
        assert (await get(dispatcher, admit=purse.admit)).cache == "hit"


async def test_refusal_comes_before_any_worker(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """And what was refused is not remembered: the next one who may has it made."""
    workers = FakeWorkers(nursery)
    async with dispatching(workers) as dispatcher:
        with pytest.raises(RateLimitedError):
            await get(dispatcher, admit=Purse(left=0).admit)
        await wait_all_tasks_blocked()
        assert workers.attempts("/images/cat.PNG") == 0
        assert (await get(dispatcher, admit=Purse().admit)).cache == "miss"


async def test_failure_was_paid_for(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """An image that no worker can read costs a worker's time, and so each try."""
    purse = Purse()
    workers = FakeWorkers(nursery, on_job=in_turn(reports(CorruptImageError()), reports(CorruptImageError())))
    async with dispatching(workers) as dispatcher:
        for _ in range(2):
            with pytest.raises(CorruptImageError):
                await get(dispatcher, admit=purse.admit)
    assert purse.asked == 2


async def test_who_joins_pays_nothing(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """It is made once and paid for once, whoever else waits for it."""
    first, others = Purse(), Purse(left=0)
    workers = FakeWorkers(nursery, on_job=answers_after(1))
    async with dispatching(workers) as dispatcher:
        found = await at_once(dispatcher, (OTHER_PLAN, first.admit), *[(OTHER_PLAN, others.admit)] * 20)
    assert found == {"miss": 1, "coalesced": 20}
    assert (first.asked, others.asked, workers.attempts("/images/cat.PNG")) == (1, 0, 1)


async def test_first_ones_refusal_is_theirs_alone(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Of those who waited, each pays for themselves; one has it made, and the poor get their own refusal."""
    poor, rich = Purse(left=0, takes_s=1), Purse()
    workers = FakeWorkers(nursery, on_job=answers_after(1))
    async with dispatching(workers) as dispatcher:
        others = [(OTHER_PLAN, rich.admit), (OTHER_PLAN, poor.admit)] * 5
        found = await at_once(dispatcher, (OTHER_PLAN, poor.admit), *others)
    assert found == {"miss": 1, "coalesced": 4, "rate_limited": 6}
    assert (poor.asked, rich.asked, workers.attempts("/images/cat.PNG")) == (6, 5, 1)


async def test_all_are_refused_where_nobody_can_pay(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """Nobody waits for ever, and nothing is made."""
    poor = Purse(left=0, takes_s=1)
    workers = FakeWorkers(nursery)
    async with dispatching(workers) as dispatcher:
        assert await at_once(dispatcher, *[(OTHER_PLAN, poor.admit)] * 50) == {"rate_limited": 50}
    assert (poor.asked, workers.attempts("/images/cat.PNG")) == (50, 0)


async def test_thousand_equal_requests_cost_one(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """A page that a thousand clients open at once costs one image of one address's limit."""
    street = Street(RateSettings(rate_limit_burst=1))
    async with dispatching(FakeWorkers(nursery, on_job=answers_after(0.1)), pool=ROOMY) as dispatcher:
        found = await at_once(dispatcher, *[(OTHER_PLAN, street.admit())] * 1000)
    assert found == {"miss": 1, "coalesced": 999}


async def test_thousand_different_requests_are_held_to_the_limit(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    """The burst at once, then the rate: exactly what the limit says, and nothing of the rest is made."""
    street, workers = Street(), FakeWorkers(nursery)
    async with dispatching(workers, pool=ROOMY) as dispatcher:
        begin_s = trio.current_time()
        found = await at_once(dispatcher, *[(plan(width), street.admit()) for width in range(1, 1001)])
        assert found == {"miss": 100, "rate_limited": 900}
        await trio.sleep_until(begin_s + 10)
        found = await at_once(dispatcher, *[(plan(width), street.admit()) for width in range(2001, 3001)])
        assert found == {"miss": 20, "rate_limited": 980}
    assert workers.attempts("/images/cat.PNG") == 120


async def test_thousand_addresses_have_a_limit_each(autojump_clock: MockClock, nursery: trio.Nursery) -> None:
    """One that asks for too much takes nothing from the others."""
    street = Street(RateSettings(rate_limit_burst=2))
    asked = [(plan(width), street.admit("192.0.2.99")) for width in range(1, 501)]
    asked += [(plan(1000 + number), street.admit(f"198.51.100.{number}")) for number in range(250)]
    async with dispatching(FakeWorkers(nursery), pool=ROOMY) as dispatcher:
        assert await at_once(dispatcher, *asked) == {"miss": 252, "rate_limited": 498}


@pytest.mark.parametrize(("left", "outcome", "paid"), [(1, "coalesced", 0), (0, "miss", 1)])
async def test_who_leaves_takes_nobody_along(
    autojump_clock: MockClock, nursery: trio.Nursery, left: int, outcome: str, paid: int
) -> None:
    """The first one leaves before it is decided about them: whoever waits gets it, and pays if they could not."""
    first, other, found = Purse(left=left, takes_s=2), Purse(), list[str]()
    async with dispatching(FakeWorkers(nursery)) as dispatcher, trio.open_nursery() as clients:
        with trio.move_on_after(1) as leaving:
            async with trio.open_nursery() as one:
                one.start_soon(lambda: note(dispatcher, [], plan=OTHER_PLAN, admit=first.admit))
                await wait_all_tasks_blocked()
                clients.start_soon(lambda: note(dispatcher, found, plan=OTHER_PLAN, admit=other.admit))
        assert leaving.cancelled_caught
    assert (found, other.asked) == ([outcome], paid)
