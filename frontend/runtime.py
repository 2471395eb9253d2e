"""Opens everything in order, serves, drains, closes in reverse."""

from __future__ import annotations

import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import structlog
import trio

from frontend.admin_key import AdminKey
from frontend.app import make_app, reserved_segments
from frontend.certificates import ensure_certificate
from frontend.data_folder import hold_data_folder
from frontend.delivery import Delivery
from frontend.dispatcher import Dispatcher
from frontend.drop_in import DropInFolder
from frontend.image_lane import ImageLane
from frontend.pages import error_page
from frontend.settings import LimitSettings, Settings
from frontend.start_error import StartError
from frontend.version import VERSION
from frontend.worker_pool import WorkerPool
from frontend.worker_process import open_worker
from shared.limits import Limits

EXIT_FORCED = 1

log = structlog.get_logger()


async def serve(settings: Settings) -> int:
    """Serve until a signal says stop; return the exit code.

    The first SIGTERM or SIGINT drains: what runs is finished, within ``grace_s``. The second one stops at once.
    Raises StartError when the server cannot start.
    """
    draining = trio.Event()
    exit_code = 0
    async with trio.open_nursery() as nursery:
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:

            async def heed_signals() -> None:
                nonlocal exit_code
                async for number in signals:
                    if draining.is_set():
                        exit_code = EXIT_FORCED
                        nursery.cancel_scope.cancel()
                    log.info("server.draining", signal=signal.Signals(number).name)
                    draining.set()

            nursery.start_soon(heed_signals)
            await _serve_until(draining, settings)
            nursery.cancel_scope.cancel()
    log.info("server.stopped")
    return exit_code


async def _serve_until(draining: trio.Event, settings: Settings) -> None:
    with hold_data_folder(settings.data_path):
        certificate = None if settings.insecure_http else ensure_certificate(settings)
        admin = _admin_key(settings)
        async with open_lane(settings, admin=admin, draining=draining) as lane:
            ...


@asynccontextmanager
async def open_lane(settings: Settings, *, admin: AdminKey, draining: trio.Event) -> AsyncIterator[ImageLane]:
    """Open everything behind the network: workers, volumes, delivery, the application."""
    limits = _limits(settings)
    async with (
        WorkerPool.open(settings, start=partial(open_worker, settings)) as pool,
        Dispatcher.open(pool, cache=settings, limits=limits) as dispatcher,
    ):
        delivery = Delivery(
            folder=DropInFolder(settings.images_path),
            dispatcher=dispatcher,
            pool=pool,
            limits=limits,
            settings=settings,
        )
        app = make_app(pool=pool, dispatcher=dispatcher, admin=admin)
        yield ImageLane(
            delivery,
            app,
            reserved=reserved_segments(app),
            error_page=error_page,
            draining=draining,
            max_url_bytes=settings.max_url_bytes,
        )


def _limits(settings: LimitSettings) -> Limits:
    return Limits(
        max_pixels=settings.max_pixels,
        max_frames=settings.max_frames,
        max_bytes=settings.max_bytes,
        max_side=settings.max_side,
        max_ops=settings.max_ops,
    )


def _admin_key(settings: Settings) -> AdminKey:
    if settings.admin_key is not None:
        return AdminKey.of(settings.admin_key.get_secret_value())
    admin, made = AdminKey.kept_in(settings.data_path)
    if made is not None:
        # Not through the log: it is told to a person, once, and kept nowhere.
        print(f"The administrator's key, shown this once: {made}", file=sys.stderr)  # noqa: T201
    return admin
