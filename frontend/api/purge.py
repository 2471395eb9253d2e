"""Purging: the variants of an image, or of all images with a tag, are dropped and made anew when asked for."""

from __future__ import annotations

from pydantic import Field
from quart import Blueprint, Response, request

from frontend import audit
from frontend.api.answers import json_response
from frontend.api.request_values import Body, json_object, read
from frontend.api.services import Services
from frontend.library.tag_names import clean_tag


class PurgeBody(Body):
    """Which images are meant."""

    tag: str = Field(min_length=1)


def purge(services: Services) -> Blueprint:
    """Both ways to say which."""
    routes = Blueprint("purge", __name__)

    @routes.delete("/images/<image:name>/variants")
    async def purge_image(name: str) -> Response:
        image = await services.finder.find(name)
        if image.record_id is None:
            variants = await services.cache.forget([image.key])
            audit.record("image.purged", name=name, variants=variants)
        else:
            variants = await services.library.purge(name)
        return json_response({"message": "The variants were purged", "filename": name, "variants": variants})

    @routes.post("/purge")
    async def purge_tag() -> Response:
        tag = clean_tag(read(PurgeBody, await json_object(request)).tag)
        images, variants = await services.library.purge_tag(tag)
        return json_response(
            {"message": "The variants were purged", "tag": tag, "images": images, "variants": variants}
        )

    return routes
