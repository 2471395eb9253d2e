"""``/random``: images drawn by chance from those for which a filter holds."""

from __future__ import annotations

from quart import Blueprint, Response, request

from frontend.api.answers import json_response
from frontend.api.records_json import record_json
from frontend.api.request_values import filter_of, json_object, query_values
from frontend.api.services import Services
from frontend.library.image_filter import FILTER_PARAMETERS
from frontend.reply import error_content
from shared.errors import BadParameterError, ImageNotFoundError


def random_images(services: Services) -> Blueprint:
    """One for who asks by GET, several for who asks by POST."""
    routes = Blueprint("random", __name__)
    catalogue = services.library.catalogue

    @routes.get("/random")
    async def draw_one() -> Response:
        wanted = filter_of(query_values(request, allowed=FILTER_PARAMETERS))
        drawn = await catalogue.random(wanted)
        if not drawn:
            raise ImageNotFoundError()
        return json_response(record_json(drawn[0], base=services.asked_base()))

    @routes.post("/random")
    async def draw_many() -> Response:
        body = await json_object(request)
        count = _count(body, most=await services.asked_batch_limit())
        drawn = await catalogue.random(filter_of(body), count=count)
        base = services.asked_base()
        missing = count - len(drawn)
        return json_response(
            {
                "images": [record_json(image, base=base) for image in drawn],
                "total": count,
                "successful": len(drawn),
                "failed": missing,
                "errors": [_too_few(found=len(drawn))] if missing else [],
            }
        )

    return routes


def _count(body: dict[str, object], *, most: int) -> int:
    """How many are wanted, in a body that has nothing in it but that and a filter. Raises BadParameterError."""
    allowed = ("count", *FILTER_PARAMETERS)
    for name in body:
        if name not in allowed:
            allowed_text = f"there is no such field, only {', '.join(allowed)}"
            raise BadParameterError.of(name, str(body[name]), allowed_text)
    count = body.get("count", 1)
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= most:
        raise BadParameterError.of("count", str(count), f"a whole number from 1 to {most}")
    return count


def _too_few(*, found: int) -> dict[str, object]:
    told = error_content(ImageNotFoundError())
    return {**told, "message": f"The filter holds for {found} images only"}
