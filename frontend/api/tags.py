"""``/tags``: all tags of the library, and how many images have each."""

from __future__ import annotations

from quart import Blueprint, Response

from frontend.api.answers import json_response
from frontend.api.services import Services


def tags(services: Services) -> Blueprint:
    """The address of them."""
    routes = Blueprint("tags", __name__)

    @routes.get("/tags")
    async def list_tags() -> Response:
        counts = await services.library.catalogue.tags()
        told = [{"name": name, "count": count} for name, count in counts.items()]
        return json_response({"tags": told, "total_tags": len(told)})

    return routes
