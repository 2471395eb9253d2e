"""``/images/{name}/info``: what is known of one image. For everyone, as far as the image is."""

from __future__ import annotations

from quart import Blueprint, Response

from frontend.access.roles import Role
from frontend.api.answers import json_response
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
        if image.record_id is None:
            return json_response(await _drop_in(services, image, with_place=with_place))
        return json_response(await _of_library(services, image, with_place=with_place))

    return routes


async def _drop_in(services: Services, image: SourceImage, *, with_place: bool) -> dict[str, object]:
    found = await services.inspections.of(image, admit=asked_visitor().spend_new_image)
    return {
        **drop_in_json(image, found, base=services.asked_base()),
        **details_json(found, with_place=with_place),
    }


async def _of_library(services: Services, image: SourceImage, *, with_place: bool) -> dict[str, object]:
    """The record has most of it; only for what it does not keep is the file looked into once more."""
    record = await services.library.catalogue.get(image.name)
    told = {
        **record_json(record, base=services.asked_base()),
        "mode": record.mode,
        "exif": dict(record.exif or {}),
    }
    if with_place:
        found = await services.inspections.of(image, admit=asked_visitor().spend_new_image)
        told |= details_json(found, with_place=True)
    return told
