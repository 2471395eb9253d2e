"""Conditional requests: has the client got it already? Source: RFC 9110, sections 5.6.7, 8.8 and 13."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

NS_PER_S = 1_000_000_000


def etag(key: str) -> str:
    """A strong entity tag."""
    return f'"{key}"'


def last_modified(modified_ns: int, *, now_ns: int) -> str:
    """The time of a file's last change as a header says it: ``Sun, 06 Nov 1994 08:49:37 GMT``.

    A file may bear any time, but one that is yet to come must not be told (section 8.8.2.1).
    """
    time_s = max(0, min(modified_ns, now_ns) // NS_PER_S)
    return format_datetime(datetime.fromtimestamp(time_s, tz=UTC), usegmt=True)


def is_not_modified(headers: Mapping[str, str], *, tag: str, modified_ns: int) -> bool:
    """Tell whether 304 is the answer to a GET or HEAD; the entity tag decides where both are asked for."""
    if_none_match = headers.get("if-none-match")
    if if_none_match is not None:
        # Weak comparison, as section 13.1.2 wants: caches may have weakened our tag.
        return if_none_match.strip() == "*" or tag in map(_opaque, if_none_match.split(","))
    since_s = parse_date(headers.get("if-modified-since", ""))
    return since_s is not None and modified_ns // NS_PER_S <= since_s


def may_use_range(headers: Mapping[str, str], *, tag: str, modified_ns: int) -> bool:
    """Tell whether If-Range, where it is given, lets the range be sent: only for the very same bytes."""
    if_range = headers.get("if-range")
    if if_range is None:
        return True
    return if_range == tag or parse_date(if_range) == modified_ns // NS_PER_S


def parse_date(text: str) -> int | None:
    """Return the seconds since the epoch for a date in one of the three forms of HTTP; None for all else.

    Not ``email.utils``, which reads much that is no HTTP date, and for some of it raises OverflowError.
    """
    match = next((match for form in _DATES if (match := form.fullmatch(text))), None)
    if match is None or match["month"].lower() not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(match[part]) for part in ("day", "year", "hour", "minute", "second"))
    if len(match["year"]) == 2:
        year += 2000 if year < 70 else 1900
    try:
        date = datetime(year, _MONTHS.index(match["month"].lower()) + 1, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return int(date.timestamp())


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TIME = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
_MONTH = r"(?P<month>[a-z]{3})"
_DATES = tuple(
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        rf"[a-z]{{3}}, (?P<day>\d\d) {_MONTH} (?P<year>\d{{4}}) {_TIME} GMT",
        rf"[a-z]{{6,9}}, (?P<day>\d\d)-{_MONTH}-(?P<year>\d\d) {_TIME} GMT",  # RFC 850
        rf"[a-z]{{3}} {_MONTH} (?P<day>[ \d]\d) {_TIME} (?P<year>\d{{4}})",  # asctime
    )
)


def _opaque(text: str) -> str:
    return text.strip().removeprefix("W/")
