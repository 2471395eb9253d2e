"""Opens everything in order, serves, drains, closes in reverse."""

from __future__ import annotations

import signal
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import cast

import structlog
import trio
from hypercorn.typing import ASGIFramework

from frontend.access.image_access import ImageAccess
from frontend.access.opening import open_door
from frontend.admin_key import AdminKey
from frontend.api.services import Services
from frontend.api.upload import Uploads
from frontend.app import make_app
from frontend.certificates import ensure_certificate, load_pair
from frontend.complete_pool import open_complete_pool
from frontend.data_folder import hold_data_folder
from frontend.delivery import Delivery
from frontend.dispatcher import Dispatcher, open_flights
from frontend.drop_in import DropInFolder
from frontend.finder import LibraryThenFolder
from frontend.image_lane import App, ImageLane
from frontend.library.library import Library
from frontend.library.sources import ImageSources
from frontend.pages import error_page
from frontend.reserved import RESERVED_SEGMENTS
from frontend.server.https_server import Address, ServerLimits, serve_https, tls_context
from frontend.settings import ServerSettings, Settings
from frontend.start_error import StartError
from frontend.variant_cache import VariantCache
from frontend.version import VERSION
from frontend.volumes.variant_folder import VARIANTS
from frontend.worker_pool import WorkerPool
from shared.grammar import Grammar
from shared.recipe import Recipes

EXIT_FORCED = 1

log = structlog.get_logger()


async def serve(settings: Settings, recipes: Recipes) -> int:
    """Serve until a signal says stop; return the exit code.

    The first SIGTERM or SIGINT drains: what runs is finished, within ``grace_s``. The second one stops at once.
    SIGHUP reads the certificate anew, for the connections that come.
    Raises StartError when the server cannot start.
    """
    draining = trio.Event()
    hung_up = _Hangups()
    exit_code = 0
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
        async with trio.open_nursery() as nursery:

            async def heed_signals() -> None:
                nonlocal exit_code
                async for number in signals:
                    if number == signal.SIGHUP:
                        await hung_up.act()
                        continue
                    if draining.is_set():
                        exit_code = EXIT_FORCED
                        nursery.cancel_scope.cancel()
                    log.info("server.draining", signal=signal.Signals(number).name)
                    draining.set()

            nursery.start_soon(heed_signals)
            await _serve_until(draining, settings, recipes, hung_up)
            nursery.cancel_scope.cancel()
    log.info("server.stopped")
    return exit_code


class _Hangups:
    """What SIGHUP does, once there is something to be done: until then nothing, rather than end the process."""

    def __init__(self) -> None:
        self.act: Callable[[], Awaitable[None]] = trio.lowlevel.checkpoint


async def _serve_until(draining: trio.Event, settings: Settings, recipes: Recipes, hung_up: _Hangups) -> None:
    with hold_data_folder(settings.data_path):
        tls = None if settings.insecure_http else _tls(settings)
        if tls is not None:
            hung_up.act = partial(_reload_certificate, settings, tls)
        admin = _admin_key(settings)
        async with (
            open_lane(
                settings,
                recipes=recipes,
                admin=admin,
                draining=draining,
                workers=open_complete_pool(settings),
            ) as lane,
            trio.open_nursery() as nursery,
        ):
            serve_lane = partial(
                serve_https,
                cast("ASGIFramework", lane),
                binds=[_bind(settings)],
                tls=tls,
                shutdown=draining,
                limits=_server_limits(settings),
            )
            try:
                addresses: list[Address] = await nursery.start(serve_lane)
            except OSError as error:
                raise StartError(error.strerror or str(error)) from error
            scheme = "https" if tls else "http"
            for host, port in addresses:
                log.info("server.ready", url=f"{scheme}://{_in_url(host)}:{port}", version=VERSION)


@asynccontextmanager
async def open_lane(
    settings: Settings,
    *,
    recipes: Recipes,
    admin: AdminKey,
    draining: trio.Event,
    workers: AbstractAsyncContextManager[WorkerPool],
) -> AsyncIterator[ImageLane]:
    """Open everything behind the network: ``workers``, volumes, delivery, the application."""
    limits = settings.limits
    _check_images(settings.images_path)
    # Before any process is started: it may be mistyped.
    sources = ImageSources.of(settings, limits=limits)
    async with (
        VariantCache.open(settings.data_path / VARIANTS, settings) as cache,
        # Outside the pool: when that closes, what is in flight ends with it, and nobody waits for a deadline.
        open_flights() as flights,
        workers as pool,
        Library.open(settings.data_path, settings, cache=cache, pool=pool, limits=limits) as library,
        Services.open(
            settings,
            cache=cache,
            finder=LibraryThenFolder(library, DropInFolder(settings.images_path)),
            library=library,
            limits=limits,
            pool=pool,
            sources=sources,
        ) as services,
    ):
        delivery = Delivery(
            originals=services.finder,
            grammar=Grammar(recipes),
            access=ImageAccess(settings),
            dispatcher=Dispatcher(pool, cache=cache, flights=flights, ledger=library, limits=limits),
            ledger=library,
            pool=pool,
            limits=limits,
            settings=settings,
        )
        yield ImageLane(
            delivery,
            cast("App", make_app(services)),
            uploads=Uploads(services),
            door=open_door(settings, admin=admin, library=library),
            reserved=RESERVED_SEGMENTS,
            error_page=error_page,
            draining=draining,
            max_url_bytes=settings.max_url_bytes,
        )


def _tls(settings: Settings) -> ssl.SSLContext:
    pair = ensure_certificate(settings)
    oldest = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[settings.tls_min]
    return tls_context(certificate=pair.cert_path, key=pair.key_path, oldest=oldest)


async def _reload_certificate(settings: Settings, tls: ssl.SSLContext) -> None:
    """Read the pair anew; one that does not work is told, and the old one goes on."""
    try:
        pair = await trio.to_thread.run_sync(ensure_certificate, settings)
        await trio.to_thread.run_sync(partial(load_pair, pair, into=tls))
    except StartError as error:
        log.error("certificate.not_reloaded", reason=str(error))
    else:
        log.info("certificate.reloaded", path=str(pair.cert_path))


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _bind(settings: ServerSettings) -> str:
    return f"{_in_url(settings.host)}:{settings.port}"


def _server_limits(settings: ServerSettings) -> ServerLimits:
    return ServerLimits(
        max_connections=settings.max_connections,
        handshake_timeout_s=settings.handshake_timeout_s,
        keep_alive_s=settings.keep_alive_s,
        write_timeout_s=settings.write_timeout_s,
        grace_s=settings.grace_s,
    )


def _check_images(folder: Path) -> None:
    """A folder may come later, when a disk is mounted; what is no folder never becomes one."""
    if not folder.exists():
        log.warning("images.missing", folder=str(folder))
    elif not folder.is_dir():
        raise StartError(f"{folder} is no folder: --images-path must name one")


def _admin_key(settings: Settings) -> AdminKey:
    if settings.admin_key is not None:
        return AdminKey.of(settings.admin_key.get_secret_value())
    admin, made = AdminKey.kept_in(settings.data_path)
    if made is not None:
        # Not through the log: it is told to a person, once, and kept nowhere.
        print(f"The administrator's key, shown this once: {made}", file=sys.stderr)  # noqa: T201
    return admin
