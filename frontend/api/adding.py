"""Adds images, one or many, and tells what became of each: one that is refused does not keep the others out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import structlog
import trio

from frontend.api.answers import json_reply
from frontend.api.records_json import image_url
from frontend.library.records import ImageRecord
from frontend.masking import shown_path
from frontend.reply import Reply, error_content
from shared.errors import ServiceError

IN_HAND_AT_ONCE = 8
"""So many images of one request are taken in at the same time."""

Add = Callable[[], Awaitable[ImageRecord]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One image that is to be added: how to call it before it has a name, and how to add it."""

    label: dict[str, str]
    add: Add


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an item."""

    label: dict[str, str]
    record: ImageRecord | None = None
    error: ServiceError | None = None


async def add_all(items: Sequence[Item]) -> list[Outcome]:
    """Add the images; tell of them in their order."""
    outcomes: dict[int, Outcome] = {}
    turns = trio.CapacityLimiter(IN_HAND_AT_ONCE)

    async def add(index: int, item: Item) -> None:
        async with turns:
            outcomes[index] = await _add(item)

    async with trio.open_nursery() as nursery:
        for index, item in enumerate(items):
            nursery.start_soon(add, index, item)
    return [outcomes[index] for index in range(len(items))]


async def _add(item: Item) -> Outcome:
    try:
        return Outcome(label=item.label, record=await item.add())
    except ServiceError as error:
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # The URL that a client names may hold what opens it.
            label = {name: shown_path(text) for name, text in item.label.items()}
            log.warning("image.not_added", error=error.slug, detail=str(error), **label)
        return Outcome(label=item.label, error=error)


def reply_of_one(outcome: Outcome, *, base: str) -> Reply:
    """Tell of an image that came alone. Raises the error that it ended in."""
    if outcome.record is None:
        raise outcome.error or ServiceError("an image was neither added nor refused")
    return json_reply({"message": "The image was added", **_added(outcome.record, base=base)}, HTTPStatus.CREATED)


def reply_of_many(outcomes: Sequence[Outcome], *, base: str) -> Reply:
    """Tell of several: 201 if all were added, and 207 if some were not."""
    results = [
        {"index": index, **outcome.label, **_added(outcome.record, base=base)}
        for index, outcome in enumerate(outcomes)
        if outcome.record is not None
    ]
    errors = [
        {"index": index, **outcome.label, **error_content(outcome.error)}
        for index, outcome in enumerate(outcomes)
        if outcome.error is not None
    ]
    content = {
        "message": f"{len(results)} of {len(outcomes)} images were added",
        "total": len(outcomes),
        "successful": len(results),
        "failed": len(errors),
        "results": results,
        "errors": errors,
    }
    return json_reply(content, HTTPStatus.MULTI_STATUS if errors else HTTPStatus.CREATED)


def _added(record: ImageRecord, *, base: str) -> dict[str, object]:
    return {
        "hash": record.hash,
        "filename": record.filename,
        "url": image_url(record.filename, base=base),
        "tags": list(record.tags),
    }
