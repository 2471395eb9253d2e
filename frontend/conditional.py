"""Conditional requests: has the client got it already? Source: RFC 9110, sections 8.8 and 13."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

NS_PER_S = 1_000_000_000


def etag(key: str) -> str:
    """A strong entity tag."""
    return f'"{key}"'


def http_date(time_ns: int) -> str:
    """``Sun, 06 Nov 1994 08:49:37 GMT`` for nanoseconds since the epoch."""
    return format_datetime(datetime.fromtimestamp(time_ns // NS_PER_S, tz=UTC), usegmt=True)


def is_not_modified(headers: Mapping[str, str], *, tag: str, modified_ns: int) -> bool:
    """Tell whether 304 is the answer to a GET or HEAD; the entity tag decides where both are asked for."""
    if_none_match = headers.get("if-none-match")
    if if_none_match is not None:
        # Weak comparison, as section 13.1.2 wants: caches may have weakened our tag.
        return if_none_match.strip() == "*" or tag in map(_opaque, if_none_match.split(","))
    since = _date(headers.get("if-modified-since"))
    return since is not None and modified_ns // NS_PER_S <= since.timestamp()


def may_use_range(headers: Mapping[str, str], *, tag: str, modified_ns: int) -> bool:
    """Tell whether If-Range, where it is given, lets the range be sent: only for the very same bytes."""
    if_range = headers.get("if-range")
    if if_range is None:
        return True
    if if_range.startswith(('"', "W/")):
        return if_range == tag
    date = _date(if_range)
    return date is not None and modified_ns // NS_PER_S == date.timestamp()


def _opaque(text: str) -> str:
    return text.strip().removeprefix("W/")


def _date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
