"""A page of a list: by walking an index of the database, or, with a filter, from what the index in memory knows.

Walking, and looking at each image, is quick where many of them match. With a filter that few images pass, or only
images far back in the order (tags go together with times, and with sizes too), it would look at nearly all. So the
index in memory names the images of the page:

* by time, for ids run as times do;
* by width, height or size, from their bit planes;
* by name or accesses it names all that match, if they are few, and the database sorts them. If they are many, the
  database walks after all, and soon meets enough of them.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, Connection, exists, select

from frontend.library import image_rows
from frontend.library.batches import batches
from frontend.library.image_filter import Bounds, ImageFilter
from frontend.library.index.image_index import ImageIndex, NumberColumn
from frontend.library.ordering import Order, Place
from frontend.library.records import Page
from frontend.library.schema import image_tags, images, tags

FEW_IMAGES = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Which images are listed, in which order, after which place, and how many at once."""

    wanted: ImageFilter
    order: Order
    after: Place | None
    limit: int


def page_of_all(connection: Connection, request: PageRequest) -> Page:
    """Return the next images of the whole library, whatever the filter."""
    return _page(connection, _walk(connection, request, conditions=()), request)


def page_of_matching(connection: Connection, index: ImageIndex, request: PageRequest) -> Page:
    """Return the next images for which the filter holds."""
    column = request.order.column
    if column == "id":
        ids: Sequence[int] = _by_time(index, request)
    elif column in ("width", "height", "size_bytes"):
        ids = _by_number(connection, index, request)
    else:
        ids = _by_other_value(connection, index, request)
    return _page(connection, ids, request)


def _page(connection: Connection, ids: Sequence[int], request: PageRequest) -> Page:
    """Make a page of ids in order; one too many says that there are more pages."""
    found = tuple(image_rows.find_all(connection, ids[: request.limit]))
    is_last = len(ids) <= request.limit
    return Page(found, None if is_last else Place.of(found[-1], request.order).cursor(request.order))


def _by_time(index: ImageIndex, request: PageRequest) -> list[int]:
    matches, after, wanted = index.matching(request.wanted), request.after, request.limit + 1
    if request.order.descending:
        end = len(matches) if after is None else matches.rank_of(after.id)
        ranks = range(end - 1, max(end - wanted, 0) - 1, -1)
    else:
        start = 0 if after is None else matches.rank_of(after.id + 1)
        ranks = range(start, min(start + wanted, len(matches)))
    return [matches.id_at(rank) for rank in ranks]


def _by_number(connection: Connection, index: ImageIndex, request: PageRequest) -> Sequence[int]:
    after = None if request.after is None else (int(request.after.value), request.after.id)
    ids = index.outermost(
        request.wanted,
        cast("NumberColumn", request.order.column),
        limit=request.limit + 1,
        greatest=request.order.descending,
        after=after,
    )
    return _first_of(connection, ids, request)


def _by_other_value(connection: Connection, index: ImageIndex, request: PageRequest) -> Sequence[int]:
    matches = index.matching(request.wanted)
    if len(matches) > FEW_IMAGES:
        return _walk(connection, request, conditions=_conditions(request.wanted))
    ids = [matches.id_at(rank) for rank in range(len(matches))]
    return _first_of(connection, ids, request)


def _first_of(connection: Connection, ids: Sequence[int], request: PageRequest) -> list[int]:
    """Return the first of these images in the order, from where the page begins."""
    order, after = request.order, request.after
    places: list[tuple[int | str, int]] = []
    for some in batches(ids):
        query = select(images.c[order.column], images.c.id).where(images.c.id.in_(some))
        places += [(value, image_id) for value, image_id in connection.execute(query)]
    places.sort(reverse=order.descending)
    if after is not None:
        start = (after.value, after.id)
        places = [place for place in places if (place < start if order.descending else place > start)]
    return [image_id for _, image_id in places[: request.limit + 1]]


def _walk(connection: Connection, request: PageRequest, *, conditions: Sequence[ColumnElement[bool]]) -> list[int]:
    """Return the first images in the order that satisfy the conditions, from where the page begins."""
    order, after, limit = request.order, request.after, request.limit + 1
    value, image_id = images.c[order.column], images.c.id
    beyond = operator.lt if order.descending else operator.gt
    in_order = (value.desc(), image_id.desc()) if order.descending else (value, image_id)
    query = select(image_id).where(*conditions).order_by(*in_order)
    if after is None:
        return list(connection.scalars(query.limit(limit)))
    # Two steps, for databases take ``(value, id) > (1, 2)`` as a place in an index only some of the time.
    ids = list(connection.scalars(query.where(value == after.value, beyond(image_id, after.id)).limit(limit)))
    ids += connection.scalars(query.where(beyond(value, after.value)).limit(limit - len(ids)))
    return ids


def _conditions(wanted: ImageFilter) -> list[ColumnElement[bool]]:
    """Say the same as the filter in SQL."""
    conditions = [
        *_within(images.c.width, wanted.width),
        *_within(images.c.height, wanted.height),
        *_within(images.c.size_bytes, wanted.size),
    ]
    if wanted.format is not None:
        conditions.append(images.c.format == wanted.format)
    for name in wanted.tags:
        tag_id = select(tags.c.id).where(tags.c.name == name).scalar_subquery()
        conditions.append(exists().where(image_tags.c.image_id == images.c.id, image_tags.c.tag_id == tag_id))
    return conditions


def _within(column: ColumnElement[int], bounds: Bounds) -> Iterator[ColumnElement[bool]]:
    if bounds.least is not None:
        yield column >= bounds.least
    if bounds.most is not None:
        yield column <= bounds.most
