"""Limits on new images, guesses and keys: what passes, and what a refusal says."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from frontend.access.address_limits import AddressLimits, rate_headers
from frontend.memory_database import Decision
from frontend.memory_database.in_process import InProcess
from frontend.settings import RateSettings
from shared.errors import RateLimitedError

CLIENT = "203.0.113.9"


def made(*, requests: int = 2, window_s: float = 1.0, burst: int = 3) -> AddressLimits:
    """Make limits with nothing spent."""
    settings = RateSettings(rate_limit_requests=requests, rate_limit_window_s=window_s, rate_limit_burst=burst)
    return AddressLimits(InProcess(), settings)


async def refusal_of_misses(limits: AddressLimits, address: str = CLIENT) -> tuple[int, RateLimitedError]:
    """Ask for new images until refused; return how many passed, and the refusal."""
    for passed in range(1000):
        try:
            await limits.spend_miss(address)
        except RateLimitedError as error:
            return passed, error
    raise AssertionError("never refused")


async def test_new_images_are_limited_by_the_settings(autojump_clock: MockClock) -> None:
    """A burst at once, and so many in each window from then on."""
    limits = made(requests=6, window_s=3, burst=4)
    assert (await refusal_of_misses(limits))[0] == 4
    await trio.sleep(0.5)
    assert (await refusal_of_misses(limits))[0] == 1


async def test_default_loads_a_page_at_once() -> None:
    """Out of the box an address may have a hundred new images at once, and is then told two a second."""
    passed, error = await refusal_of_misses(AddressLimits(InProcess(), RateSettings()))
    assert passed == 100
    assert error.message == "too many new images: one address may have 2 new images a second, 100 at once"


@pytest.mark.parametrize(
    ("requests", "window_s", "words"),
    [
        (1, 1.0, "1 new image a second, 3 at once"),
        (30, 60.0, "30 new images in 60 s, 3 at once"),
        (1, 0.5, "1 new image in 0.5 s, 3 at once"),
    ],
)
async def test_refusal_says_what_the_limit_is(requests: int, window_s: float, words: str) -> None:
    """The limit is told in words, as it was set."""
    _, error = await refusal_of_misses(made(requests=requests, window_s=window_s))
    assert error.message == f"too many new images: one address may have {words}"


@pytest.mark.parametrize(
    ("requests", "window_s", "expected_s"), [(2, 1.0, 1), (1, 1.0, 1), (2, 5.0, 3), (1, 60.0, 60)]
)
async def test_refusal_says_when_to_come_back(
    requests: int, window_s: float, expected_s: int, autojump_clock: MockClock
) -> None:
    """Whole seconds, at least one, after which the next image may be had."""
    limits = made(requests=requests, window_s=window_s)
    _, error = await refusal_of_misses(limits)
    assert error.retry_after_s == expected_s
    await trio.sleep(error.retry_after_s)
    assert (await refusal_of_misses(limits))[0] >= 1


async def test_zero_requests_set_no_limit() -> None:
    """With no limit nothing is counted, and nothing told; guesses are limited all the same."""
    limits = made(requests=0)
    assert [await limits.spend_miss(CLIENT) for _ in range(1000)] == [None] * 1000
    for _ in range(20):
        await limits.spend_guess(CLIENT)
    with pytest.raises(RateLimitedError):
        await limits.spend_guess(CLIENT)


async def test_subscriber_has_one_limit_for_all_its_addresses() -> None:
    """Changing the address within an IPv6 subscriber's network gains nothing; another's is another limit."""
    limits = made()
    await refusal_of_misses(limits, "2001:db8:1:2::1")
    assert (await refusal_of_misses(limits, "2001:db8:1:2:ffff::9"))[0] == 0
    assert (await refusal_of_misses(limits, "2001:db8:1:3::1"))[0] == 3


async def test_guesses_are_limited_on_their_own(autojump_clock: MockClock) -> None:
    """Twenty at once and five a second, whatever was spent on images."""
    limits = made()
    await refusal_of_misses(limits)
    assert (await limits.spend_guess(CLIENT)).remaining == 19
    for _ in range(19):
        await limits.spend_guess(CLIENT)
    with pytest.raises(RateLimitedError) as caught:
        await limits.spend_guess(CLIENT)
    assert caught.value.message == (
        "too many unknown keys or wrong signatures: one address may make 5 failed attempts a second, 20 at once"
    )
    await trio.sleep(1)
    for _ in range(5):
        await limits.spend_guess(CLIENT)
    with pytest.raises(RateLimitedError):
        await limits.spend_guess(CLIENT)


@pytest.mark.parametrize(
    ("per_s", "burst", "words"),
    [
        (5.0, 5, "5 requests a second, 5 at once"),
        (2.5, 2, "2.5 requests a second, 2 at once"),
        (1.0, 1, "1 request a second, 1 at once"),
        (0.1, 1, "0.1 requests a second, 1 at once"),
    ],
)
async def test_key_has_a_second_of_its_rate_at_once(per_s: float, burst: int, words: str) -> None:
    """What may come in a second may come at once, and always one; then the key's limit is told."""
    limits = made()
    for left in reversed(range(burst)):
        decision = await limits.spend_key("ann", per_s)
        assert decision is not None
        assert (decision.limit, decision.remaining) == (burst, left)
    with pytest.raises(RateLimitedError) as caught:
        await limits.spend_key("ann", per_s)
    assert caught.value.message == f"too many requests: this key may make {words}"
    assert (await limits.spend_key("bob", per_s)) is not None


async def test_key_without_a_rate_has_no_limit() -> None:
    """A key to which nothing was set is not counted."""
    limits = made()
    assert [await limits.spend_key("ann", None) for _ in range(100)] == [None] * 100


async def test_changed_rate_of_a_key_holds_at_once() -> None:
    """Whoever is given more need not wait out what was owed at less."""
    limits = made()
    await limits.spend_key("ann", 0.001)
    with pytest.raises(RateLimitedError) as caught:
        await limits.spend_key("ann", 10)
    assert caught.value.retry_after_s == 1


async def test_headers_say_what_is_left() -> None:
    """How many at once, how many still, and the whole seconds until all may come again."""
    limits = made(requests=2, burst=5)
    decision = await limits.spend_miss(CLIENT)
    assert decision is not None
    assert rate_headers(decision) == (
        ("ratelimit-limit", "5"),
        ("ratelimit-remaining", "4"),
        ("ratelimit-reset", "1"),
    )


async def test_headers_of_a_refusal_agree_with_its_retry_after() -> None:
    """The refusal carries its decision, and both fields name the same point in time."""
    _, error = await refusal_of_misses(made(requests=1, window_s=7, burst=10))
    assert isinstance(error.decision, Decision)
    assert error.retry_after_s == 7
    assert rate_headers(error.decision) == (
        ("ratelimit-limit", "10"),
        ("ratelimit-remaining", "0"),
        ("ratelimit-reset", "7"),
    )


def test_refusal_never_says_to_come_back_at_once() -> None:
    """A wait that another database has rounded away is told as a second."""
    refused = Decision(is_allowed=False, limit=10, remaining=0, reset_s=7, retry_after_s=0)
    assert rate_headers(refused)[2] == ("ratelimit-reset", "1")
