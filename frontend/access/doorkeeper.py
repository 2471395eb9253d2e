"""Knows who sends a request, what they may, and how often. Which address needs which role is in ``table.py``.

A key is looked at only where one is needed, or where it changes whose limit is spent: what is open to anyone stays
so for who sends a key that is wrong. Everything here comes before any work.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from frontend.access.address_limits import AddressLimits
from frontend.access.key_cache import Acquaintance, KeyCache
from frontend.access.roles import ApiKey, Role
from frontend.access.tokens import digest_of, is_token
from frontend.admin_key import AdminKey
from frontend.library.keys import ADMINISTRATOR
from frontend.memory_database import Decision
from frontend.request_log import note_user
from shared.errors import ForbiddenError, InactiveKeyError, RateLimitedError, UnauthorizedError

_T = TypeVar("_T")


class Doorkeeper:
    """Has the keys and the limits; makes a ``Visitor`` of every request."""

    def __init__(
        self,
        *,
        admin: AdminKey,
        keys: KeyCache,
        limits: AddressLimits,
        note_use: Callable[[ApiKey], None],
    ) -> None:
        self.limits = limits
        self.note_use = note_use
        self._admin = admin
        self._keys = keys
        self._administrator = ApiKey(
            username=ADMINISTRATOR, role=Role.ADMIN, digest=b"", key_prefix="", created_at=datetime.now(UTC)
        )

    def visitor(self, headers: Mapping[str, str], *, address: str) -> Visitor:
        """Whoever sent a request with these headers, whose names are in lower case, from this address."""
        return Visitor(self, token=_bearer(headers), address=address)

    async def key_of(self, token: str, *, address: str) -> ApiKey | None:
        """Return the key that a token is, active or not; None if it is nobody's.

        Raises RateLimitedError, without asking the database, when the address has tried too many that were wrong.
        """
        # Compared first, whatever comes: how long that takes depends on the token's length alone.
        if self._admin.is_key(token):
            return self._administrator
        if not is_token(token):
            await self.limits.spend_guess(address)
            return None
        digest = digest_of(token)
        # One that was seen before is no guess. Any other costs one: also a right one, the first time.
        if await self._keys.peek(digest) is not Acquaintance.KNOWN:
            await self.limits.spend_guess(address)
        return await self._keys.find(digest)


class Visitor:
    """Whoever sent one request. Asks at most once who that is, and counts the request at most once."""

    def __init__(self, doorkeeper: Doorkeeper, *, token: str | None, address: str) -> None:
        self.address = address
        self.decision: Decision | None = None
        """What was decided on the limit that was spent last, to be told in the answer."""
        self._doorkeeper = doorkeeper
        self._token = token
        self._key: ApiKey | None = None
        self._is_counted = False

    async def require(self, role: Role) -> ApiKey:
        """Return the visitor's key, which may all that ``role`` may; count the request against its limit.

        Raises UnauthorizedError, InactiveKeyError, ForbiddenError, RateLimitedError.
        """
        key = await self._identified()
        if key is None:
            raise UnauthorizedError()
        if not key.is_active:
            raise InactiveKeyError()
        await self._count(key)
        if not key.role.includes(role):
            raise ForbiddenError(f"this needs a key with the role {role}, and {key.username} is {key.role}")
        return key

    async def may(self, role: Role) -> bool:
        """Whether the visitor has a key for more than anyone is told. Raises RateLimitedError for such a key."""
        if await self._identified_at_best() is None:
            return False
        try:
            await self.require(role)
        except (UnauthorizedError, ForbiddenError):
            return False
        return True

    async def spend_new_image(self) -> None:
        """Count an image that has to be made: against the key's limit, or without a key the address's.

        Raises RateLimitedError.
        """
        key = await self._identified_at_best()
        if key is not None and key.is_active:
            await self._count(key)
        else:
            await self._spend(self._doorkeeper.limits.spend_miss(self.address))

    async def spend_guess(self) -> None:
        """Count a wrong signature against the address. Raises RateLimitedError."""
        await self._spend(self._doorkeeper.limits.spend_guess(self.address))

    async def _identified(self) -> ApiKey | None:
        if self._key is None and self._token is not None:
            self._key = await self._noting(self._doorkeeper.key_of(self._token, address=self.address))
            if self._key is None:
                self._token = None  # asked once is enough: another time would be another guess
            else:
                structlog.contextvars.bind_contextvars(user=self._key.username)
                note_user(self._key.username)
        return self._key

    async def _identified_at_best(self) -> ApiKey | None:
        """The same where no key is needed: whoever has tried too many wrong ones there is like anyone."""
        try:
            return await self._identified()
        except RateLimitedError:
            self.decision = None
            return None

    async def _count(self, key: ApiKey) -> None:
        if self._is_counted:
            return
        self._is_counted = True
        if key.role is not Role.ADMIN:
            await self._spend(self._doorkeeper.limits.spend_key(key.username, key.requests_per_second))
        if key.digest:
            self._doorkeeper.note_use(key)

    async def _spend(self, spending: Awaitable[Decision | None]) -> None:
        self.decision = await self._noting(spending)

    async def _noting(self, asking: Awaitable[_T]) -> _T:
        """Await it; if a limit refuses, note what was decided."""
        try:
            return await asking
        except RateLimitedError as error:
            if isinstance(error.decision, Decision):
                self.decision = error.decision
            raise


def _bearer(headers: Mapping[str, str]) -> str | None:
    """The token of RFC 6750, section 2.1; None where there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
