"""``/docs`` and ``/openapi.json``: the API told to people and to programs."""

from __future__ import annotations

from functools import cache

from quart import Blueprint, Response

from frontend.api.answers import json_reply, response
from frontend.api.services import Services
from frontend.openapi.docs_page import docs_page
from frontend.openapi.document import openapi_document
from frontend.reply import Reply


def documentation(services: Services) -> Blueprint:
    """For anyone."""
    routes = Blueprint("documentation", __name__)
    # Made before anything is served: it takes a tenth of a second, in which nobody would be answered.
    page, document = docs_page(), _document(services.settings.base_url or "/")

    @routes.get("/docs")
    async def tell_people() -> Response:
        return response(page)

    @routes.get("/openapi.json")
    async def tell_programs() -> Response:
        return response(document)

    return routes


@cache
def _document(server_url: str) -> Reply:
    return json_reply(openapi_document(server_url))
