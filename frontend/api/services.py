"""What the handlers of the API work with, and what they all ask of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from quart import Blueprint, request

from frontend.admin_key import AdminKey
from frontend.api.inspections import Inspections
from frontend.delivery import Finder
from frontend.library.library import Library
from frontend.library.sources import ImageSources
from frontend.settings import Settings
from frontend.variant_cache import VariantCache
from frontend.worker_pool import WorkerPool
from shared.errors import UnauthorizedError
from shared.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of the server that the API is a front of."""

    admin: AdminKey
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
        admin: AdminKey,
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
                admin=admin,
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

    def is_administrator(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a request bears the administrator's key; names of headers are in lower case."""
        try:
            self.admin.require(headers)
        except UnauthorizedError:
            return False
        return True

    def for_administrator(self, blueprint: Blueprint) -> Blueprint:
        """Have every address of a blueprint ask for the key, before anything else is read."""

        async def require_key() -> None:
            self.admin.require(asked_headers())

        blueprint.before_request(require_key)
        return blueprint

    def asked_base(self) -> str:
        """The same for the request that is being answered."""
        return self.base_url(scheme=request.scheme, host=request.host)


def asked_headers() -> dict[str, str]:
    """The headers of the request that is being answered, by names in lower case."""
    return {name.lower(): value for name, value in request.headers.items()}
