"""The Quart application: everything that is neither an image nor an upload. Thin: parse, call, answer."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from quart import Response, request
from quart.globals import request_ctx
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge, RequestTimeout

from frontend.access.table import ANYONE, need
from frontend.api.answers import request_id, response
from frontend.api.documentation import documentation
from frontend.api.health import health, statistics
from frontend.api.image_name import ImageName
from frontend.api.images import images
from frontend.api.info import info
from frontend.api.keys import api_keys
from frontend.api.purge import purge
from frontend.api.random_images import random_images
from frontend.api.request_values import JSON_TIMEOUT_S, MAX_JSON_BYTES
from frontend.api.services import Services, asked_headers, asked_visitor
from frontend.api.tags import tags
from frontend.cors import options_reply
from frontend.library.ingest_errors import UploadTooSlowError
from frontend.masking import shown_path
from frontend.pages import error_page, info_page
from frontend.reply import error_reply
from frontend.request_log import note_error
from shared.errors import MethodNotAllowedError, NotFoundError, RequestError, ServiceError, TooLargeError

# Answered in front of the application; known here for OPTIONS, and for what a 405 says of the methods there are.
_ELSEWHERE = (("/images/<image:name>", "GET"), ("/img/<pipeline>/<image:name>", "GET"), ("/upload", "POST"))

log = structlog.get_logger()


def make_app(services: Services) -> QuartTrio:
    """Wire the routes to what they work with."""
    app = QuartTrio("frontend", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_JSON_BYTES
    app.config["BODY_TIMEOUT"] = JSON_TIMEOUT_S
    # An address with two slashes is another one, and not worth a redirect to wherever the Host header says.
    app.url_map.merge_slashes = False
    app.url_map.converters["image"] = ImageName

    app.before_request(_let_in)

    @app.get("/")
    async def front_page() -> Response:
        return response(info_page())

    for family in (health, statistics, images, info, random_images, tags, purge, api_keys, documentation):
        app.register_blueprint(family(services))
    for path, method in _ELSEWHERE:
        app.add_url_rule(path, endpoint=f"{method} {path}", view_func=_not_here, methods=[method])

    app.register_error_handler(ServiceError, _tell)
    app.register_error_handler(HTTPException, _tell_http)
    app.register_error_handler(Exception, _tell_bug)
    return app


async def _let_in() -> Response | None:
    """Ask for a key where the table says so, before anything else is looked at."""
    if request.url_rule is None:
        return None  # there is nothing, or not by this method: that is told without a key
    if request.method == "OPTIONS":
        adapter = request_ctx.url_adapter
        return response(options_reply(adapter.allowed_methods() if adapter is not None else ()))
    role = need(request.method, request.url_rule.rule)
    if role is not ANYONE:
        await asked_visitor().require(role)
    return None


async def _not_here(**_: str) -> Response:
    raise NotFoundError()


async def _tell(error: ServiceError) -> Response:
    note_error(error.slug)
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("request.failed", error=error.slug, detail=str(error))
    return response(error_page(error, asked_headers()) or error_reply(error, request_id=request_id()))


async def _tell_http(error: HTTPException) -> Response:
    """Put what Quart itself refuses into our one shape."""
    return await _tell(_in_our_words(error))


def _in_our_words(error: HTTPException) -> ServiceError:
    if isinstance(error, MethodNotAllowed):
        return MethodNotAllowedError(request.method, allow=tuple(sorted(error.valid_methods or ())))
    if isinstance(error, RequestEntityTooLarge):
        return TooLargeError(f"the body has more than {MAX_JSON_BYTES} bytes")
    if isinstance(error, RequestTimeout):
        return UploadTooSlowError()
    if error.code == HTTPStatus.NOT_FOUND:
        return NotFoundError()
    return RequestError(error.name) if (error.code or 500) < 500 else ServiceError(repr(error))


async def _tell_bug(bug: Exception) -> Response:
    """Answer for what nobody foresaw. Quart would log it too, but in lines that are not ours."""
    note_error(ServiceError.slug)
    log.error("request.crashed", path=shown_path(request.path), exc_info=bug)
    return response(error_reply(ServiceError(), request_id=request_id()))
