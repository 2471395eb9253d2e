"""``/health`` for anyone, and ``/_stats`` for the role admin."""

from __future__ import annotations

import dataclasses
import math
from datetime import UTC, datetime
from http import HTTPStatus

import trio
from quart import Blueprint, Response

from frontend.api.answers import json_response
from frontend.api.records_json import rfc3339
from frontend.api.services import Services
from frontend.library.catalogue import Catalogue
from frontend.library.errors import CatalogueUnavailableError
from frontend.version import VERSION
from frontend.worker_pool import PoolStatus

CHECKED_EVERY_S = 2.0
CHECK_TIMEOUT_S = 2.0


class CatalogueProbe:
    """Knows whether the catalogue can be read; asks it at most so often, however many ask here."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._turn = trio.Lock()
        self._asked_at_s = -math.inf
        self._is_readable = True

    async def is_readable(self) -> bool:
        """Tell how it was a moment ago."""
        async with self._turn:
            if trio.current_time() - self._asked_at_s >= CHECKED_EVERY_S:
                self._is_readable = await self._ask()
                self._asked_at_s = trio.current_time()
            return self._is_readable

    async def _ask(self) -> bool:
        with trio.move_on_after(CHECK_TIMEOUT_S):
            try:
                await self._catalogue.check()
            except CatalogueUnavailableError:
                return False
            return True
        return False


def health(services: Services) -> Blueprint:
    """For those who watch over the server."""
    routes = Blueprint("health", __name__)
    pool, cache, library = services.pool, services.cache, services.library
    probe = CatalogueProbe(library.catalogue)

    @routes.get("/health")
    async def tell() -> Response:
        is_readable = await probe.is_readable()
        ephemeral, persistent = cache.disk, library.originals
        are_volumes_well = not ephemeral.is_degraded and persistent.reason is None
        word, status = _verdict(pool.status, is_readable=is_readable, are_volumes_well=are_volumes_well)
        content = {
            "status": word,
            "timestamp": rfc3339(datetime.now(UTC)),
            "version": VERSION,
            "workers": dataclasses.asdict(pool.status),
            "catalogue": {"is_readable": is_readable},
            "volumes": {
                "ephemeral": {"is_degraded": ephemeral.is_degraded, "reason": ephemeral.reason},
                "persistent": {"reason": persistent.reason},
            },
        }
        return json_response(content, status)

    return routes


def statistics(services: Services) -> Blueprint:
    """For the role admin."""
    routes = Blueprint("statistics", __name__)

    @routes.get("/_stats")
    async def tell() -> Response:
        status = services.pool.status
        content = {
            "volumes": {
                "memory": dataclasses.asdict(services.cache.memory),
                "ephemeral": dataclasses.asdict(services.cache.disk),
                "persistent": dataclasses.asdict(services.library.originals),
            },
            "queue": {"waiting": status.waiting, "size": status.queue_size},
            "workers": dataclasses.asdict(status),
            "engine": services.pool.hello.versions,
        }
        return json_response(content)

    return routes


def _verdict(pool: PoolStatus, *, is_readable: bool, are_volumes_well: bool) -> tuple[str, HTTPStatus]:
    """Say whether it can serve, which takes a worker and the catalogue, and whether it is all well.

    A worker that hangs counts as ready until its deadline replaces it. A full disk keeps new images out, and is no
    reason to send those elsewhere who want to see the ones that are there.
    """
    if not pool.ready or not is_readable:
        return "unavailable", HTTPStatus.SERVICE_UNAVAILABLE
    return ("ok" if pool.ready == pool.configured and are_volumes_well else "degraded"), HTTPStatus.OK
