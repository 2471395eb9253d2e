"""Spends limits: of addresses on new images and on guesses, of keys on requests; says in words what they are.

How much of them is spent is in the memory database. Who is behind an address is told by
``frontend/access/client_address.py``.
"""

from __future__ import annotations

import math

from frontend.access.client_address import limit_key
from frontend.memory_database import Decision, MemoryDatabase, Rate
from frontend.settings import RateSettings
from shared.errors import RateLimitedError

# Enough for a page whose signatures have just become wrong, and for whoever mistypes a key; far too little to
# guess one: even eight random characters, the shortest key allowed, last for millions of years.
GUESSES = Rate(per_s=5, burst=20)


def limit_in_words(count: float, what: str, *, burst: int, window_s: float = 1.0) -> str:
    """Say a limit, such as "2 new images a second, 100 at once"."""
    every = "a second" if window_s == 1 else f"in {window_s:g} s"
    return f"{count:g} {what if count == 1 else what + 's'} {every}, {burst} at once"


_GUESS_WORDS = "too many unknown keys or wrong signatures: one address may make " + limit_in_words(
    GUESSES.per_s, "failed attempt", burst=GUESSES.burst
)


class AddressLimits:
    """Counts what clients ask for. Each refusal is a RateLimitedError that carries the decision."""

    def __init__(self, database: MemoryDatabase, settings: RateSettings) -> None:
        self._database = database
        requests, window_s = settings.rate_limit_requests, settings.rate_limit_window_s
        self._misses: Rate | None = None
        if requests:
            self._misses = Rate(per_s=requests / window_s, burst=settings.rate_limit_burst)
        in_words = limit_in_words(requests, "new image", burst=settings.rate_limit_burst, window_s=window_s)
        self._miss_words = f"too many new images: one address may have {in_words}"

    async def spend_miss(self, address: str) -> Decision | None:
        """Count an image that has to be made for this address; None where the settings set no limit."""
        if self._misses is None:
            return None
        return await self._spend(f"miss:{limit_key(address)}", self._misses, self._miss_words)

    async def spend_guess(self, address: str) -> Decision:
        """Count an unknown key or a wrong signature from this address, whatever the settings say."""
        return await self._spend(f"guess:{limit_key(address)}", GUESSES, _GUESS_WORDS)

    async def spend_key(self, username: str, requests_per_second: float | None) -> Decision | None:
        """Count a request made with this user's key; None where the key has no limit.

        At once may come what comes in a second, and never less than one.
        """
        if requests_per_second is None:
            return None
        rate = Rate(per_s=requests_per_second, burst=max(1, math.floor(requests_per_second)))
        words = limit_in_words(rate.per_s, "request", burst=rate.burst)
        return await self._spend(f"key:{username}", rate, f"too many requests: this key may make {words}")

    async def _spend(self, key: str, rate: Rate, words: str) -> Decision:
        decision = await self._database.take(key, rate)
        if decision.is_allowed:
            return decision
        raise RateLimitedError(words, retry_after_s=_retry_after_s(decision), decision=decision)


def rate_headers(decision: Decision) -> tuple[tuple[str, str], ...]:
    """Tell clients where they stand: draft-ietf-httpapi-ratelimit-headers-03 to -06, the form with three fields.

    A refusal resets when one request may come again, as its ``Retry-After`` says: the draft (section 5) wants
    both to mean the same point in time. That field is put by the error's own reply.
    """
    reset_s = math.ceil(decision.reset_s) if decision.is_allowed else _retry_after_s(decision)
    return (
        ("ratelimit-limit", str(decision.limit)),
        ("ratelimit-remaining", str(decision.remaining)),
        ("ratelimit-reset", str(reset_s)),
    )


def _retry_after_s(decision: Decision) -> int:
    return max(1, math.ceil(decision.retry_after_s))
