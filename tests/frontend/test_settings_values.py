"""Durations and sizes as people write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from frontend.settings_values import Bytes, Seconds, format_duration, format_size

SECONDS: TypeAdapter[float] = TypeAdapter(Seconds)
BYTES: TypeAdapter[int] = TypeAdapter(Bytes)
PROPERTY = settings(derandomize=True, deadline=None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("10s", 10),
        ("5m", 300),
        ("1h", 3600),
        ("7d", 604_800),
        ("1.5 h", 5400),
        (" 2 ", 2),
        (".5", 0.5),
        (3, 3),
        (0.25, 0.25),
    ],
)
def test_duration_is_read(text: object, seconds: float) -> None:
    """A duration is a number of seconds, or a number with a unit."""
    assert SECONDS.validate_python(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("64MiB", 64 << 20),
        ("1 GiB", 1 << 30),
        ("500MB", 500_000_000),
        ("1.5kib", 1536),
        ("12", 12),
        ("12B", 12),
        (4096, 4096),
    ],
)
def test_size_is_read(text: object, size: int) -> None:
    """A size is a number of bytes, or a number with a unit of 1000 or 1024."""
    assert BYTES.validate_python(text) == size


@pytest.mark.parametrize("text", ["", "s", "10 parsecs", "1,5h", "-1s", "1s2", "1e3", "nan", "inf", "٣s"])
def test_odd_duration_is_refused(text: str) -> None:
    """What is not wholly a duration is none."""
    with pytest.raises(ValidationError):
        SECONDS.validate_python(text)


@pytest.mark.parametrize("text", ["", "MiB", "1,5GiB", "64MiB/2", "64Mb/s", "0.3B", "-1", "64 Mio"])
def test_odd_size_is_refused(text: str) -> None:
    """What is not wholly a size, or no whole number of bytes, is none."""
    with pytest.raises(ValidationError):
        BYTES.validate_python(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.1, "100ms"), (1.5, "1.5s"), (90, "90s"), (60, "1m"), (5400, "90m"), (86_400, "1d")],
)
def test_duration_is_shown_in_its_largest_whole_unit(seconds: float, text: str) -> None:
    """A duration is shown the way one would type it."""
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0B"), (1023, "1023B"), (64 << 20, "64MiB"), (500_000_000, "500MB")]
)
def test_size_is_shown_in_its_largest_whole_unit(size: int, text: str) -> None:
    """A size is shown the way one would type it."""
    assert format_size(size) == text


@PROPERTY
@given(st.integers(0, 10**12))
def test_shown_duration_can_be_typed_back(milliseconds: int) -> None:
    """Reading what was shown gives the duration again."""
    seconds = milliseconds / 1000
    assert SECONDS.validate_python(format_duration(seconds)) == pytest.approx(seconds, abs=1e-6)


@PROPERTY
@given(st.integers(0, 1 << 44))
def test_shown_size_can_be_typed_back(size: int) -> None:
    """Reading what was shown gives the size again."""
    assert BYTES.validate_python(format_size(size)) == size
