"""How far long work has come: a bar on a terminal, lines of JSON for machines, nothing otherwise.

On standard error always, so that results can be piped. Time is passed in, and what is drawn is drawn rarely.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, TextIO

BAR_CHARS = 24
WINDOW_S = 10.0
_SAMPLE_S = 0.5
_BAR_INTERVAL_S = 0.1
_JSON_INTERVAL_S = 1.0
_CLEAR_LINE = "\r\x1b[K"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far the work is; ``left_s`` is None while nobody can tell."""

    count: int
    total: int
    size_bytes: int
    total_bytes: int
    bytes_per_s: float
    left_s: float | None


class Pace:
    """Counts what is done, and tells how fast that went of late."""

    def __init__(self, *, total: int, total_bytes: int, now_s: float) -> None:
        self._total = total
        self._total_bytes = total_bytes
        self._count = 0
        self._size_bytes = 0
        self._samples = deque([(now_s, 0)])

    def advance(self, *, size_bytes: int, now_s: float) -> None:
        """Count one more, of so many bytes."""
        self._count += 1
        self._size_bytes += size_bytes
        if now_s - self._samples[-1][0] >= _SAMPLE_S:
            self._samples.append((now_s, self._size_bytes))
            while len(self._samples) > 2 and now_s - self._samples[1][0] >= WINDOW_S:
                self._samples.popleft()

    def standing(self, *, now_s: float) -> Standing:
        """Return how far it is."""
        since_s, bytes_then = self._samples[0]
        elapsed_s = now_s - since_s
        bytes_per_s = (self._size_bytes - bytes_then) / elapsed_s if elapsed_s > 0 else 0.0
        left_bytes = max(0, self._total_bytes - self._size_bytes)
        return Standing(
            count=self._count,
            total=self._total,
            size_bytes=self._size_bytes,
            total_bytes=self._total_bytes,
            bytes_per_s=bytes_per_s,
            left_s=left_bytes / bytes_per_s if bytes_per_s else None,
        )


class Display(Protocol):
    """Where a standing is shown, at most once in ``interval_s``."""

    interval_s: float

    def show(self, standing: Standing) -> None:
        """Show it, in place of the last one."""

    def clear(self) -> None:
        """Make room for other words."""


class Bar:
    """A line of a terminal that is drawn over and over."""

    interval_s = _BAR_INTERVAL_S

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, standing: Standing) -> None:
        """Draw the line anew."""
        self._stream.write(_CLEAR_LINE + bar_line(standing))
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        self._stream.write(_CLEAR_LINE)
        self._stream.flush()


class JsonLines:
    """A line of JSON now and then."""

    interval_s = _JSON_INTERVAL_S

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def show(self, standing: Standing) -> None:
        """Write a line."""
        left_s = None if standing.left_s is None else round(standing.left_s, 1)
        line = {
            "event": "progress",
            "count": standing.count,
            "total": standing.total,
            "bytes": standing.size_bytes,
            "total_bytes": standing.total_bytes,
            "bytes_per_s": round(standing.bytes_per_s),
            "left_s": left_s,
        }
        print(json.dumps(line), file=self._stream, flush=True)

    def clear(self) -> None:
        """Lines stay."""


class Silence:
    """Nobody looks."""

    interval_s = float("inf")

    def show(self, standing: Standing) -> None:
        """Do nothing."""

    def clear(self) -> None:
        """Do nothing."""


class Progress:
    """The progress of one piece of work, from entering the block to leaving it."""

    def __init__(
        self, display: Display, *, total: int, total_bytes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._display = display
        self._clock = clock
        self._pace = Pace(total=total, total_bytes=total_bytes, now_s=clock())
        self._show_at_s = clock() + display.interval_s

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.clear()

    def advance(self, *, size_bytes: int) -> None:
        """Say that one more is done, of so many bytes."""
        now_s = self._clock()
        self._pace.advance(size_bytes=size_bytes, now_s=now_s)
        if now_s >= self._show_at_s:
            self._show_at_s = now_s + self._display.interval_s
            self._display.show(self._pace.standing(now_s=now_s))

    def aside(self, text: str, *, stream: TextIO) -> None:
        """Write a line of its own without tearing the bar; the stream may be another one on the same terminal."""
        self._display.clear()
        print(text, file=stream, flush=True)


def display_on(stream: TextIO, *, as_json: bool) -> Display:
    """Choose how to show progress on a stream."""
    if as_json:
        return JsonLines(stream)
    return Bar(stream) if stream.isatty() else Silence()


def bar_line(standing: Standing) -> str:
    """Draw a bar with the count, the bytes per second and the time left."""
    done = min(1.0, standing.size_bytes / standing.total_bytes) if standing.total_bytes else 1.0
    filled = int(done * BAR_CHARS)
    bar = "█" * filled + "░" * (BAR_CHARS - filled)
    left = "" if standing.left_s is None else f"  {readable_duration(standing.left_s)} left"
    rate = readable_bytes(standing.bytes_per_s)
    return f"{bar} {done:4.0%}  {standing.count} of {standing.total}  {rate}/s{left}"


def readable_bytes(size_bytes: float) -> str:
    """Write a size to be looked at, in three digits or so."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}" if unit == "B" or size_bytes >= 10 else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:.1f} TiB"


def readable_duration(seconds: float) -> str:
    """Write a duration to be looked at: its two largest units at most."""
    minutes, rest_s = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest_s:02} s" if minutes else f"{rest_s} s"
