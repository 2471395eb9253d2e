"""``/images/{name}/info``: what is known of one image. For everyone, as far as the image is.

A record of the library holds what lists and filters need. All else is read from the file, once for all who ask.
"""

from __future__ import annotations

from quart import Blueprint, Response

from frontend.access.roles import Role
from frontend.api.answers import json_response
from frontend.api.inspections import Found
from frontend.api.records_json import details_json, drop_in_json, record_json
from frontend.api.services import Services, asked_visitor
from frontend.originals import SourceImage, Standing


def info(services: Services) -> Blueprint:
    """The address of it."""
    routes = Blueprint("info", __name__)

    @routes.get("/images/<image:name>/info")
    async def tell(name: str) -> Response:
        image = await services.finder.find(name)
        visitor = asked_visitor()
        if image.standing is Standing.PRIVATE:
            await visitor.require(Role.READER)
        with_place = await visitor.may(Role.READER)
        found = await services.inspections.of(image, admit=visitor.spend_new_image)
        return json_response(
            {**await _summary(services, image, found), **details_json(found, with_place=with_place)}
        )

    return routes


async def _summary(services: Services, image: SourceImage, found: Found) -> dict[str, object]:
    """The fields of a record, which a file of the folder has not."""
    base = services.asked_base()
    if image.record_id is None:
        return drop_in_json(image, found, base=base)
    return record_json(await services.library.catalogue.get(image.name), base=base)
