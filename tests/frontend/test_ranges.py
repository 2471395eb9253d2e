"""Byte ranges: which bytes a header asks for, and what is no range at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontend.ranges import ByteRange, parse_range
from shared.errors import RangeNotSatisfiableError
from tests.shared.strategies import PROPERTY

SIZE_BYTES = 1000
HUGE = "9" * 5000


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-199", 100, 199),
        ("bytes=999-999", 999, 999),
        ("bytes=500-", 500, 999),
        ("bytes=0-", 0, 999),
        ("bytes=0-999", 0, 999),
        ("bytes=-1", 999, 999),
        ("bytes=-300", 700, 999),
        ("bytes=-1000", 0, 999),
    ],
)
def test_range_is_cut_out(header: str, first: int, last: int) -> None:
    """First and last byte count; without a last one the range is open, without a first it is a suffix."""
    assert parse_range(header, size_bytes=SIZE_BYTES) == ByteRange(first, last, SIZE_BYTES)


@pytest.mark.parametrize(
    ("header", "first"),
    [
        ("bytes=990-1000", 990),
        ("bytes=990-99999999", 990),
        (f"bytes=990-{HUGE}", 990),
        ("bytes=-1001", 0),
        (f"bytes=-{HUGE}", 0),
    ],
)
def test_range_ends_with_the_file(header: str, first: int) -> None:
    """A range that reaches beyond the end, or a suffix longer than the file, is cut at the file's bounds."""
    assert parse_range(header, size_bytes=SIZE_BYTES) == ByteRange(first, SIZE_BYTES - 1, SIZE_BYTES)


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1001", f"bytes={HUGE}-", "bytes=-0", "bytes=-000"])
def test_range_beyond_the_end_is_refused(header: str) -> None:
    """A range without a single byte of the file is an error that tells the file's length."""
    with pytest.raises(RangeNotSatisfiableError) as caught:
        parse_range(header, size_bytes=SIZE_BYTES)
    assert caught.value.size_bytes == SIZE_BYTES


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0"])
def test_nothing_has_no_range(header: str) -> None:
    """No range of an empty file can be satisfied."""
    with pytest.raises(RangeNotSatisfiableError):
        parse_range(header, size_bytes=0)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=5",
        "bytes=5-4",
        "bytes=a-b",
        "bytes=0x1-0x2",
        "bytes=1.5-2",
        "bytes=+1-2",
        "bytes=1--2",
        "bytes=--2",
        "bytes=1_0-2_0",
        "bytes=1-2;",
        "bytes 1-2",
        "bytes = 1-2",
        "lines=1-2",
        "1-2",
        "bytes=\u0661-\u0662",
        "bytes=1-\n2",
    ],
)
def test_malformed_header_asks_for_the_whole(header: str) -> None:
    """What is no byte range is as if it had not been sent."""
    assert parse_range(header, size_bytes=SIZE_BYTES) is None


def test_several_ranges_ask_for_the_whole() -> None:
    """Multipart answers are not made: the whole serves as well."""
    assert parse_range("bytes=0-1,5-6", size_bytes=SIZE_BYTES) is None


def test_unit_is_read_in_any_case() -> None:
    """Range units are case-insensitive; blanks may stand around the numbers."""
    assert parse_range("BYTES= 2-3 ", size_bytes=SIZE_BYTES) == ByteRange(2, 3, SIZE_BYTES)


def test_leading_zeros_count_for_nothing() -> None:
    """However many zeros a number begins with, it is the same number."""
    assert parse_range(f"bytes={'0' * 5000}7-{'0' * 30}9", size_bytes=SIZE_BYTES) == ByteRange(7, 9, SIZE_BYTES)


def test_content_range_says_where_the_piece_belongs() -> None:
    """First and last byte, and how many there are in all."""
    assert ByteRange(2, 5, 10).content_range == "bytes 2-5/10"


@PROPERTY
@given(header=st.from_regex(r"bytes=\d{0,3}-\d{0,3}", fullmatch=True) | st.text(), size_bytes=st.integers(0, 100))
def test_any_header_gives_a_part_of_the_file(header: str, size_bytes: int) -> None:
    """Whatever is asked for, what is sent lies within the file and is not empty."""
    try:
        part = parse_range(header, size_bytes=size_bytes)
    except RangeNotSatisfiableError:
        return
    if part is not None:
        assert 0 <= part.first <= part.last < size_bytes
        assert part.length == len(range(size_bytes)[part.first : part.last + 1])
