"""Opens the library without the network, for commands: each gets what it needs, and the data folder to itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from frontend.data_folder import hold_data_folder
from frontend.library.catalogue import FILE_NAME, Catalogue
from frontend.library.database import Database
from frontend.library.ingest import Ingest
from frontend.library.library import open_originals
from frontend.settings import Settings
from frontend.start_error import StartError
from frontend.volumes.key_locks import KeyLocks
from frontend.volumes.persistent import PersistentVolume
from frontend.volumes.variant_folder import VARIANTS, VariantFolder
from frontend.worker_pool import WorkerPool
from frontend.worker_process import open_worker
from shared.limits import Limits

_THREADS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Where the library's things lie, for who compares and cleans."""

    database: Database
    originals: PersistentVolume
    variants: VariantFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What it takes to bring images in."""

    ingest: Ingest
    catalogue: Catalogue
    limits: Limits


@asynccontextmanager
async def open_stores(settings: Settings) -> AsyncIterator[Stores]:
    """Open the library that there is; no worker is started. Raises StartError."""
    catalogue = settings.data_path / FILE_NAME
    # A new one would be empty, and every original an orphan.
    if not catalogue.is_file():
        raise StartError(f"there is no library in {settings.data_path}: {FILE_NAME} is missing")
    with hold_data_folder(settings.data_path):
        async with AsyncExitStack() as stack:
            yield Stores(
                originals=await stack.enter_async_context(open_originals(settings.data_path, settings)),
                database=await stack.enter_async_context(Database.open(catalogue, threads=_THREADS)),
                variants=VariantFolder(settings.data_path / VARIANTS),
            )


@asynccontextmanager
async def open_intake(settings: Settings) -> AsyncIterator[Intake]:
    """Open the library, made if missing, and start workers. Raises StartError."""
    limits = settings.limits
    with hold_data_folder(settings.data_path):
        async with AsyncExitStack() as stack:
            originals = await stack.enter_async_context(open_originals(settings.data_path, settings))
            catalogue = await stack.enter_async_context(Catalogue.open(settings.data_path / FILE_NAME))
            start = partial(open_worker, settings)
            pool = await stack.enter_async_context(WorkerPool.open(settings, start=start))
            ingest = Ingest(
                catalogue=catalogue,
                originals=originals,
                pool=pool,
                limits=limits,
                locks=KeyLocks(),
                needs_tags=settings.require_tags,
            )
            yield Intake(ingest=ingest, catalogue=catalogue, limits=limits)
