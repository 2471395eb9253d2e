"""``/images``: the list, adding by path or URL, deleting, tags, and what is known of one image."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any, Literal

from pydantic import Field
from quart import Blueprint, Response, request

from frontend.api.adding import Item, add_all, reply_of_many, reply_of_one
from frontend.api.answers import json_response, response
from frontend.api.records_json import record_json
from frontend.api.request_values import (
    Body,
    filter_of,
    json_body,
    json_object,
    query_values,
    read,
    whole_number,
)
from frontend.api.services import Services
from frontend.library.image_filter import FILTER_PARAMETERS
from frontend.library.ingest import Wishes
from frontend.library.ordering import NEWEST_FIRST, Order
from frontend.library.records import ImageRecord
from frontend.library.tag_names import parse_tags
from shared.errors import BadParameterError

DEFAULT_LIST = 100
MAX_LIST = 1000


class NewImageBody(Body):
    """An image to be taken from a folder of this machine, or from the web."""

    path: str = Field(min_length=1, max_length=8192)
    type: Literal["local", "url"]
    tags: list[str] = Field(default_factory=list)
    name: str | None = None
    private: bool = False


def images(services: Services) -> Blueprint:
    """The addresses that need a key."""
    routes = Blueprint("images", __name__)
    library = services.library

    @routes.get("/images")
    async def list_images() -> Response:
        values = query_values(request, allowed=(*FILTER_PARAMETERS, "sort", "limit", "cursor"))
        page = await library.catalogue.page(
            filter_of(values),
            order=Order.parse(values["sort"]) if values.get("sort") else NEWEST_FIRST,
            limit=whole_number(values, "limit", default=DEFAULT_LIST, most=MAX_LIST),
            cursor=values.get("cursor") or None,
        )
        base = services.asked_base()
        told = [record_json(image, base=base) for image in page.images]
        return json_response({"images": told, "next_cursor": page.next_cursor})

    @routes.post("/images")
    @routes.post("/image")
    async def add_images() -> Response:
        return await _add(services, await json_object(request))

    @routes.delete("/images/<image:name>")
    async def delete_image(name: str) -> Response:
        record = await library.delete(name)
        return json_response(
            {"message": "The image was deleted", "filename": record.filename, "hash": record.hash}
        )

    @routes.post("/images/<image:name>/tags")
    async def add_tags(name: str) -> Response:
        record = await library.add_tags(name, _tags(await json_body(request)))
        return json_response(record_json(record, base=services.asked_base()))

    @routes.delete("/images/<image:name>/tags")
    async def remove_tags(name: str) -> Response:
        record = await library.remove_tags(name, _tags(await json_body(request)))
        return json_response(record_json(record, base=services.asked_base()))

    return routes


def _tags(value: object) -> tuple[str, ...]:
    tags = parse_tags(value) if isinstance(value, list) else ()
    if not tags:
        raise BadParameterError.of("tags", str(value), "an array of at least one text")
    return tags


async def _add(services: Services, body: dict[str, object]) -> Response:
    if "images" not in body:
        item = _item(services, body, where="")
        (outcome,) = await add_all([item])
        return response(reply_of_one(outcome, base=services.asked_base()))
    wanted = body["images"]
    if extra := next((name for name in body if name != "images"), None):
        raise BadParameterError.of(extra, str(body[extra]), "beside images there may be no other field")
    most = await services.asked_batch_limit()
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= most:
        size = f"{len(wanted)} images" if isinstance(wanted, list) else str(wanted)
        raise BadParameterError.of("images", size, f"an array of 1 to {most} images")
    items = [_item(services, value, where=f"images.{index}") for index, value in enumerate(wanted)]
    return response(reply_of_many(await add_all(items), base=services.asked_base()))


def _item(services: Services, value: Any, *, where: str) -> Item:  # noqa: ANN401 - JSON of any kind
    """One image as it was asked for; what is wrong with it shows when it is added."""

    async def add() -> ImageRecord:
        return await _take(services, read(NewImageBody, value, where=where))

    path = value.get("path") if isinstance(value, dict) else None
    return Item(label={"path": path} if isinstance(path, str) else {}, add=add)


async def _take(services: Services, wanted: NewImageBody) -> ImageRecord:
    wishes = Wishes(tags=tuple(wanted.tags), name=wanted.name, private=wanted.private)
    library = services.library
    # Said before anything is fetched.
    wishes = library.ingest.checked(wishes)
    async with AsyncExitStack() as held:
        async with services.sources.open(wanted.path, kind=wanted.type) as stream:
            incoming = await held.enter_async_context(library.ingest.receive(stream))
            extension = stream.format.extensions[0]
        # The source is let go of before a worker looks at what came.
        return await library.add(incoming, wishes, extension=extension)
