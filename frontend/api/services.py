"""What the handlers of the API work with, and what they all ask of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from quart import request

from frontend.access.door import VISITOR
from frontend.access.doorkeeper import Visitor
from frontend.access.roles import ApiKey, Role
from frontend.api.inspections import Inspections
from frontend.delivery import Finder
from frontend.library.keys import MAX_BATCH_SIZE
from frontend.library.library import Library
from frontend.library.sources import ImageSources
from frontend.settings import Settings
from frontend.variant_cache import VariantCache
from frontend.worker_pool import WorkerPool
from shared.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of the server that the API is a front of."""

    cache: VariantCache
    finder: Finder
    inspections: Inspections
    library: Library
    limits: Limits
    pool: WorkerPool
    settings: Settings
    sources: ImageSources

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings,
        *,
        cache: VariantCache,
        finder: Finder,
        library: Library,
        limits: Limits,
        pool: WorkerPool,
        sources: ImageSources,
    ) -> AsyncIterator[Services]:
        """Make the part that only the API needs."""
        async with Inspections.open(pool, limits=limits) as inspections:
            yield cls(
                cache=cache,
                finder=finder,
                inspections=inspections,
                library=library,
                limits=limits,
                pool=pool,
                settings=settings,
                sources=sources,
            )

    def base_url(self, *, scheme: str, host: str) -> str:
        """What addresses begin with: as the settings say, or as the client has asked."""
        return self.settings.base_url or f"{scheme}://{host}"

    def asked_base(self) -> str:
        """The same for the request that is being answered."""
        return self.base_url(scheme=request.scheme, host=request.host)

    def batch_limit(self, key: ApiKey) -> int:
        """How many images this key may add, upload or draw with one request: its own number, or the server's."""
        if key.role is Role.ADMIN:
            return MAX_BATCH_SIZE
        return key.max_batch_size if key.max_batch_size is not None else self.settings.max_batch_size

    async def asked_batch_limit(self) -> int:
        """The same for whoever sent the request that is being answered."""
        return self.batch_limit(await asked_visitor().require(Role.READER))


def asked_headers() -> dict[str, str]:
    """The headers of the request that is being answered, by names in lower case."""
    return {name.lower(): value for name, value in request.headers.items()}


def asked_visitor() -> Visitor:
    """Whoever sent the request that is being answered."""
    return cast("Mapping[str, Visitor]", request.scope)[VISITOR]
