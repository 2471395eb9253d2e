"""Progress: what is counted, how fast it is said to go, and what is shown where."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from frontend.progress import (
    Bar,
    JsonLines,
    Pace,
    Progress,
    Silence,
    Standing,
    bar_line,
    display_on,
    readable_bytes,
    readable_duration,
)

HALF = Standing(count=3, total=6, size_bytes=50, total_bytes=100, bytes_per_s=25.0, left_s=2.0)


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        """It is one."""
        return True


class Clock:
    """Tells the time that it is set to."""

    now_s = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now_s


def test_time_left_follows_from_the_bytes() -> None:
    """Twenty bytes in two seconds: eighty more take eight."""
    pace = Pace(total=10, total_bytes=100, now_s=5)
    for now_s in (6, 7):
        pace.advance(size_bytes=10, now_s=now_s)
    standing = pace.standing(now_s=7)
    assert (standing.count, standing.bytes_per_s, standing.left_s) == (2, 10.0, 8.0)


def test_speed_is_that_of_the_last_seconds() -> None:
    """What was skipped in no time at the beginning says nothing of what is left."""
    pace = Pace(total=1000, total_bytes=100_000, now_s=0)
    pace.advance(size_bytes=50_000, now_s=0.1)
    for now_s in range(1, 21):
        pace.advance(size_bytes=10, now_s=now_s)
    assert pace.standing(now_s=20).bytes_per_s == pytest.approx(10, rel=0.2)


def test_nobody_can_tell_before_anything_is_done() -> None:
    """Without a byte there is no speed, and no time left."""
    standing = Pace(total=1, total_bytes=1, now_s=0).standing(now_s=0)
    assert (standing.bytes_per_s, standing.left_s) == (0.0, None)


def test_bar_shows_count_speed_and_time_left() -> None:
    """Half of the bytes are half of the bar."""
    assert bar_line(HALF) == "█" * 12 + "░" * 12 + "  50%  3 of 6  25 B/s  2 s left"
    assert bar_line(replace(HALF, left_s=None)).endswith("25 B/s")
    assert "100%" in bar_line(replace(HALF, total_bytes=0))


def test_bar_is_drawn_in_place_and_taken_away() -> None:
    """The terminal is left without a trace of it."""
    screen, clock = Terminal(), Clock()
    with Progress(Bar(screen), total=2, total_bytes=2, clock=clock) as progress:
        clock.now_s = 1
        progress.advance(size_bytes=1)
    assert screen.getvalue().count("\r\x1b[K") == 2
    assert "1 of 2" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_bar_is_drawn_at_most_ten_times_a_second() -> None:
    """A thousand steps in one second are not a thousand lines."""
    screen, clock = Terminal(), Clock()
    with Progress(Bar(screen), total=1000, total_bytes=1000, clock=clock) as progress:
        for step in range(1000):
            clock.now_s = step / 1000
            progress.advance(size_bytes=1)
    assert screen.getvalue().count("of 1000") == 9


def test_words_between_do_not_tear_the_bar() -> None:
    """The bar makes room for a line, which stays."""
    screen, words = Terminal(), io.StringIO()
    Progress(Bar(screen), total=1, total_bytes=1).aside("hello", stream=words)
    assert (screen.getvalue(), words.getvalue()) == ("\r\x1b[K", "hello\n")


def test_machines_get_lines_of_json() -> None:
    """One object a second, with the plain figures."""
    out, clock = io.StringIO(), Clock()
    with Progress(JsonLines(out), total=4, total_bytes=8, clock=clock) as progress:
        for clock.now_s in (0.5, 1.0, 1.5, 2.0):
            progress.advance(size_bytes=2)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["count"] for line in lines] == [2, 4]
    assert lines[0] == {
        "event": "progress",
        "count": 2,
        "total": 4,
        "bytes": 4,
        "total_bytes": 8,
        "bytes_per_s": 4,
        "left_s": 1.0,
    }


def test_display_follows_the_stream() -> None:
    """A terminal has a bar, a pipe nothing, and who asks for JSON has that on both."""
    assert isinstance(display_on(Terminal(), as_json=False), Bar)
    assert isinstance(display_on(io.StringIO(), as_json=False), Silence)
    assert isinstance(display_on(Terminal(), as_json=True), JsonLines)


def test_silence_is_silent() -> None:
    """Where nobody looks nothing is written."""
    with Progress(Silence(), total=1, total_bytes=1) as progress:
        progress.advance(size_bytes=1)


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1024, "1.0 KiB"),
        (1 << 20, "1.0 MiB"),
        (15 << 30, "15 GiB"),
        (1 << 50, "1024.0 TiB"),
    ],
)
def test_sizes_are_readable(size_bytes: int, text: str) -> None:
    """Few digits, and the unit that fits."""
    assert readable_bytes(size_bytes) == text


@pytest.mark.parametrize(("seconds", "text"), [(4.4, "4 s"), (61, "1 min 01 s"), (3723, "1 h 02 min")])
def test_durations_are_readable(seconds: float, text: str) -> None:
    """Two units at most."""
    assert readable_duration(seconds) == text
