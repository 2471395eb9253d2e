"""A whole front end without network, workers and library: a folder, delivery, lane, application and a client."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import trio

from frontend.access.image_access import ImageAccess
from frontend.access.opening import open_door
from frontend.admin_key import AdminKey
from frontend.api.inspections import Inspections
from frontend.api.services import Services
from frontend.api.upload import Uploads
from frontend.app import make_app
from frontend.delivery import Delivery
from frontend.dispatcher import Dispatcher, open_flights
from frontend.drop_in import DropInFolder
from frontend.image_lane import App, ImageLane
from frontend.library.sources import ImageSources
from frontend.pages import error_page
from frontend.reserved import RESERVED_SEGMENTS
from frontend.settings import Settings
from shared.grammar import Grammar
from shared.limits import Limits
from shared.recipe import Recipes
from tests.asgi_client import AsgiClient
from tests.fake_pool import FakePool
from tests.forgetful_disk import NoLedger, memory_only
from tests.frontend.empty_library import EmptyLibrary

ADMIN_KEY = "tintype_admin_0123456789"
MODIFIED_S = 784_111_777
"""When the files of a site were changed last: Sun, 06 Nov 1994 08:49:37 GMT."""

# The front end looks at the first bytes only: what follows need be no image.
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(255, -1, -1)) * 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a test needs to hold of it."""

    folder: Path
    pool: FakePool
    library: EmptyLibrary
    draining: trio.Event
    lane: ImageLane
    client: AsgiClient

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, *, settings: Settings | None = None, limits: Limits, recipes: Recipes | None = None
    ) -> AsyncIterator[Site]:
        """Serve ``folder``."""
        settings = settings or Settings()
        pool, draining = FakePool(), trio.Event()
        library = EmptyLibrary()
        async with (
            memory_only(settings) as cache,
            open_flights() as flights,
            Inspections.open(pool, limits=limits) as inspections,
        ):
            services = Services(
                cache=cache,
                finder=DropInFolder(folder),
                inspections=inspections,
                library=library,
                limits=limits,
                pool=pool,
                settings=settings,
                sources=ImageSources.of(settings, limits=limits),
            )
            delivery = Delivery(
                originals=services.finder,
                dispatcher=Dispatcher(pool, cache=cache, flights=flights, ledger=NoLedger(), limits=limits),
                ledger=NoLedger(),
                pool=pool,
                limits=limits,
                settings=settings,
                grammar=Grammar(recipes),
                access=ImageAccess(settings),
            )
            lane = ImageLane(
                delivery,
                cast("App", make_app(services)),
                uploads=Uploads(services),
                door=open_door(settings, admin=AdminKey.of(ADMIN_KEY), library=library),
                reserved=RESERVED_SEGMENTS,
                error_page=error_page,
                draining=draining,
                max_url_bytes=settings.max_url_bytes,
            )
            client = AsgiClient(app=lane)
            yield cls(folder=folder, pool=pool, library=library, draining=draining, lane=lane, client=client)

    def put(self, name: str, data: bytes = PNG, *, modified_s: float = MODIFIED_S) -> Path:
        """Lay a file into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, ns=(0, round(modified_s * 1_000_000_000)))
        return path


def count_open_files() -> int:
    """How many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))
