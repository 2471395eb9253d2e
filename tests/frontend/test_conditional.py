"""Conditional requests: entity tags, dates in the three forms of HTTP, and what is neither."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontend.conditional import NS_PER_S, etag, is_not_modified, last_modified, may_use_range, parse_date
from tests.shared.strategies import PROPERTY

TAG = etag("0123456789abcdef")
MODIFIED = "Sun, 06 Nov 1994 08:49:37 GMT"
MODIFIED_S = 784_111_777
# Files are stamped to the nanosecond, dates tell seconds.
MODIFIED_NS = MODIFIED_S * NS_PER_S + 123_456_789
YEAR_9999_S = 253_402_300_799


def not_modified(**headers: str) -> bool:
    """Ask with these headers, whose names are given with underscores."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return is_not_modified(given, tag=TAG, modified_ns=MODIFIED_NS)


def test_unconditional_request_gets_the_image() -> None:
    """Without a condition nothing is known of what the client has."""
    assert not not_modified()


@pytest.mark.parametrize(
    "header",
    [
        TAG,
        f"W/{TAG}",
        f'"other", {TAG}',
        f'{TAG},"other"',
        f'W/"other" ,\t W/{TAG} , "third"',
        "*",
        " * ",
        f", {TAG}",
    ],
)
def test_known_tag_is_not_modified(header: str) -> None:
    """The tag may stand anywhere in the list and may have been weakened; a star is any tag."""
    assert not_modified(if_none_match=header)


@pytest.mark.parametrize(
    "header",
    [
        "",
        '"other"',
        TAG.strip('"'),
        TAG[:-1],
        TAG.upper(),
        f"w/{TAG}",
        f"W/ {TAG}",
        f"{TAG}-gzip",
        f"'{TAG}'",
        '"*"',
        "**",
        '*, "other"',
        "\udcff",
    ],
)
def test_unknown_tag_gets_the_image(header: str) -> None:
    """Another tag, and what is no tag, match nothing: better the image once more than an outdated one."""
    assert not not_modified(if_none_match=header)


def test_tag_decides_where_a_date_is_given_too() -> None:
    """If-Modified-Since counts for nothing beside If-None-Match, whichever way they differ."""
    assert not not_modified(if_none_match='"other"', if_modified_since=MODIFIED)
    assert not_modified(if_none_match=TAG, if_modified_since="Thu, 01 Jan 1970 00:00:00 GMT")
    assert not not_modified(if_none_match="", if_modified_since=MODIFIED)


@pytest.mark.parametrize("date", [MODIFIED, "Sun, 06 Nov 1994 08:49:38 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_image_is_not_modified_since_its_date(date: str) -> None:
    """The very second of the change, and any later one, mean that the client has the image."""
    assert not_modified(if_modified_since=date)


@pytest.mark.parametrize("date", ["Sun, 06 Nov 1994 08:49:36 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_image_is_modified_since_an_earlier_date(date: str) -> None:
    """A second earlier, and the client's image is an old one."""
    assert not not_modified(if_modified_since=date)


@pytest.mark.parametrize("date", [MODIFIED, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
def test_date_is_read_in_all_three_forms(date: str) -> None:
    """What the standard prescribes, and the two older forms it still has servers read, in any case."""
    assert parse_date(date) == MODIFIED_S
    assert parse_date(date.lower()) == MODIFIED_S


def test_two_digits_are_a_year_near_ours() -> None:
    """The form with two digits tells of the years from 1970 to 2069."""
    assert parse_date("Sunday, 06-Nov-70 08:49:37 GMT") == parse_date("Sun, 06 Nov 1970 08:49:37 GMT")
    assert parse_date("Sunday, 06-Nov-69 08:49:37 GMT") == parse_date("Sun, 06 Nov 2069 08:49:37 GMT")


@pytest.mark.parametrize(
    "date",
    [
        "",
        "0",
        "784111777",
        "yesterday",
        "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 1994 08:49:37 +0100",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        f"Sun, 06 Nov {'9' * 40} 08:49:37 GMT",
        f"{MODIFIED}, {MODIFIED}",
        f"{MODIFIED}; length=1234",
        MODIFIED.replace("1994", "\u0661\u0669\u0669\u0664"),
    ],
)
def test_junk_is_no_date(date: str) -> None:
    """A header that holds no date, two of them or an impossible one is as if it had not been sent."""
    assert parse_date(date) is None
    assert not not_modified(if_modified_since=date)


def test_date_comes_back_as_it_was_told() -> None:
    """What Last-Modified said is the very date that makes the next answer a 304."""
    told = last_modified(MODIFIED_NS, now_ns=MODIFIED_NS + 1)
    assert told == MODIFIED
    assert not_modified(if_modified_since=told)


def test_time_to_come_is_not_told() -> None:
    """A file stamped ahead of our clock was last modified now, as far as clients are told."""
    assert last_modified(MODIFIED_NS + 3600 * NS_PER_S, now_ns=MODIFIED_NS) == MODIFIED


@pytest.mark.parametrize("modified_ns", [-1, -(10**9), -(10**20), -(2**63)])
def test_time_before_the_epoch_is_told_as_the_epoch(modified_ns: int) -> None:
    """A file may bear a time from before 1970, or from before any calendar."""
    assert last_modified(modified_ns, now_ns=MODIFIED_NS) == "Thu, 01 Jan 1970 00:00:00 GMT"


@pytest.mark.parametrize("modified_ns", [10**20, 2**63 - 1, 10**30])
def test_absurd_time_is_no_trouble(modified_ns: int) -> None:
    """A file may bear a time beyond the last year that a date can tell."""
    assert last_modified(modified_ns, now_ns=MODIFIED_NS) == MODIFIED


def may_range(if_range: str) -> bool:
    """Ask with this If-Range."""
    return may_use_range({"if-range": if_range}, tag=TAG, modified_ns=MODIFIED_NS)


def test_range_needs_no_condition() -> None:
    """Without If-Range a range is sent."""
    assert may_use_range({}, tag=TAG, modified_ns=MODIFIED_NS)


@pytest.mark.parametrize("if_range", [TAG, MODIFIED, "Sun Nov  6 08:49:37 1994"])
def test_range_of_the_same_bytes_is_sent(if_range: str) -> None:
    """The tag, or the exact date, says that the client's beginning and our end belong together."""
    assert may_range(if_range)


@pytest.mark.parametrize(
    "if_range",
    [
        "",
        "*",
        '"other"',
        f"W/{TAG}",
        f'{TAG}, "other"',
        "Sun, 06 Nov 1994 08:49:36 GMT",
        "Sun, 06 Nov 1994 08:49:38 GMT",
        "junk",
    ],
)
def test_range_of_other_bytes_is_not_sent(if_range: str) -> None:
    """Another tag, a weak one, an earlier or a later date, and junk do not vouch for the very same bytes."""
    assert not may_range(if_range)


@PROPERTY
@given(seconds=st.integers(0, YEAR_9999_S))
def test_any_date_told_is_read_again(seconds: int) -> None:
    """Writing and reading are each other's inverse, to the second."""
    told = last_modified(seconds * NS_PER_S, now_ns=YEAR_9999_S * NS_PER_S)
    assert parse_date(told) == seconds
    asctime = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%a %b %e %H:%M:%S %Y")
    assert parse_date(asctime) == seconds


@PROPERTY
@given(text=st.text(st.sampled_from('SunNov 0123456789:,-GMT+()"')) | st.text())
def test_any_header_is_survived(text: str) -> None:
    """No text at all makes a condition an error."""
    parse_date(text)
    not_modified(if_none_match=text, if_modified_since=text)
    may_range(text)
