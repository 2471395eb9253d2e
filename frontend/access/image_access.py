"""Who may have which image, and transformed how: signatures, private images, the rule about transformations."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

from frontend.access.doorkeeper import Visitor
from frontend.access.roles import Role
from frontend.access.url_signatures import TransformPolicy, UrlSignatures
from frontend.originals import SourceImage, Standing
from frontend.settings import AccessSettings
from shared.errors import BadSignatureError
from shared.grammar import ParsedQuery
from shared.signing import expiry_s


@dataclass(frozen=True, slots=True)
class Entry:
    """Who asks, and what the address itself entitles to; ``ends_in_s`` is how long it is good for, if it ends."""

    visitor: Visitor
    _: KW_ONLY
    is_signed: bool = False
    ends_in_s: float | None = None


class ImageAccess:
    """Asked before an image is looked for, and again when it is found."""

    def __init__(self, settings: AccessSettings, *, now_s: Callable[[], float] = time.time) -> None:
        self._signatures = UrlSignatures.of(settings)
        self._policy = TransformPolicy(settings.transforms)
        self._now_s = now_s

    async def enter(self, path: str, query: str, visitor: Visitor) -> Entry:
        """Look at the address's signature, if it has one; ``path`` is decoded, ``query`` is not.

        Raises BadSignatureError and ExpiredSignatureError for one that is not right; RateLimitedError for whoever
        has tried too many.
        """
        now_s = self._now_s()
        try:
            is_signed = self._signatures.check(path, query, now_s=now_s)
        except BadSignatureError:
            await visitor.spend_guess()
            raise
        end_s = expiry_s(query) if is_signed else None
        return Entry(visitor, is_signed=is_signed, ends_in_s=None if end_s is None else end_s - now_s)

    def require_plan(self, query: ParsedQuery, entry: Entry) -> None:
        """Raise BadSignatureError or ForbiddenError unless anyone may have this done, or who has this address."""
        self._policy.require(is_signed=entry.is_signed, is_plan_free=query.is_free, is_idle=query.plan.is_idle)

    async def require_image(self, image: SourceImage, entry: Entry) -> None:
        """Raise UnauthorizedError and the like unless the image is for anyone, or for whoever asks."""
        if image.standing is Standing.PRIVATE and not entry.is_signed:
            await entry.visitor.require(Role.READER)
