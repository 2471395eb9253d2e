"""The Quart application: everything that is no image. Thin: parse, call, answer."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from http import HTTPStatus

import structlog
from quart import Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from frontend.admin_key import AdminKey
from frontend.pages import error_page, info_page
from frontend.reply import Reply, error_reply
from frontend.variant_cache import VariantCache
from frontend.version import VERSION
from frontend.worker_pool import PoolStatus, WorkerPool
from shared.errors import MethodNotAllowedError, NotFoundError, RequestError, ServiceError

log = structlog.get_logger()


def make_app(*, pool: WorkerPool, cache: VariantCache, admin: AdminKey) -> QuartTrio:
    """Wire the routes to what they tell about."""
    app = QuartTrio("frontend", static_folder=None, template_folder=None)

    @app.get("/")
    async def info() -> Response:
        return _response(info_page())

    @app.get("/health")
    async def health() -> Response:
        status, code = _health(pool.status)
        return _json(
            {
                "status": status,
                "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "version": VERSION,
                "workers": dataclasses.asdict(pool.status),
            },
            code,
        )

    @app.get("/_stats")
    async def stats() -> Response:
        admin.require({name.lower(): value for name, value in request.headers.items()})
        return _json(
            {
                "volumes": {
                    "memory": dataclasses.asdict(cache.memory),
                    "ephemeral": dataclasses.asdict(cache.disk),
                },
                "workers": dataclasses.asdict(pool.status),
                "engine": pool.hello.versions,
            }
        )

    app.register_error_handler(ServiceError, _tell)
    app.register_error_handler(HTTPException, _tell_http)
    app.register_error_handler(Exception, _tell_bug)
    return app


def reserved_segments(app: QuartTrio) -> frozenset[str]:
    """The first segments of the application's paths: no image can be asked for under these."""
    return frozenset(rule.rule.split("/", 2)[1] for rule in app.url_map.iter_rules())


def _health(pool: PoolStatus) -> tuple[str, HTTPStatus]:
    """Ready workers are what serving takes; one that hangs counts until its deadline replaces it."""
    if not pool.ready:
        return "unavailable", HTTPStatus.SERVICE_UNAVAILABLE
    return ("ok" if pool.ready == pool.configured else "degraded"), HTTPStatus.OK


def _json(content: dict[str, object], status: HTTPStatus = HTTPStatus.OK) -> Response:
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    return Response(json.dumps(content), status, headers, mimetype="application/json")


def _response(reply: Reply) -> Response:
    return Response(reply.body if isinstance(reply.body, bytes) else b"", reply.status, dict(reply.headers))


async def _tell(error: ServiceError) -> Response:
    headers = {name.lower(): value for name, value in request.headers.items()}
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    return _response(error_page(error, headers) or error_reply(error, request_id=request_id))


async def _tell_http(error: HTTPException) -> Response:
    """Put what Quart itself refuses into our one shape."""
    if isinstance(error, MethodNotAllowed):
        return await _tell(MethodNotAllowedError(request.method, allow=tuple(sorted(error.valid_methods or ()))))
    if error.code == HTTPStatus.NOT_FOUND:
        return await _tell(NotFoundError())
    return await _tell(RequestError(error.name) if (error.code or 500) < 500 else ServiceError(repr(error)))


async def _tell_bug(bug: Exception) -> Response:
    """Answer for what nobody foresaw. Quart would log it too, but in lines that are not ours."""
    log.error("request.crashed", path=request.path, exc_info=bug)
    return await _tell(ServiceError())
