"""Who may have which image, and transformed how: signatures, private images, the rule about transformations."""

from __future__ import annotations

import time
from collections.abc import Callable

from frontend.access.doorkeeper import Visitor
from frontend.access.roles import Role
from frontend.access.url_signatures import TransformPolicy, UrlSignatures
from frontend.originals import SourceImage, Standing
from frontend.settings import AccessSettings
from shared.errors import BadSignatureError
from shared.grammar import ParsedQuery


class ImageAccess:
    """Asked before an image is looked for, and again when it is found."""

    def __init__(self, settings: AccessSettings, *, now_s: Callable[[], float] = time.time) -> None:
        self._signatures = UrlSignatures.of(settings)
        self._policy = TransformPolicy(settings.transforms)
        self._now_s = now_s

    async def is_signed(self, path: str, query: str, visitor: Visitor) -> bool:
        """Whether the address bears a signature that is right; ``path`` is decoded, ``query`` is not.

        Raises BadSignatureError and ExpiredSignatureError for one that is not; RateLimitedError for whoever has
        tried too many.
        """
        try:
            return self._signatures.check(path, query, now_s=self._now_s())
        except BadSignatureError:
            await visitor.spend_guess()
            raise

    def require_plan(self, query: ParsedQuery, *, is_signed: bool) -> None:
        """Raise BadSignatureError or ForbiddenError unless anyone may have this done, or who has this address."""
        self._policy.require(is_signed=is_signed, is_plan_free=query.is_free, is_idle=query.plan.is_idle)

    async def require_image(self, image: SourceImage, visitor: Visitor, *, is_signed: bool) -> None:
        """Raise UnauthorizedError and the like unless the image is for anyone, or for whoever asks."""
        if image.standing is Standing.PRIVATE and not is_signed:
            await visitor.require(Role.READER)
