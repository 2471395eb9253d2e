"""How often an animated AVIF is played: read and written here, since Pillow can do neither.

It is a movie (ISO/IEC 14496-12): each track repeats its one edit, which takes as long as one showing, until the
track's own duration is over; all ones stand for ever. What is written is what libavif has written, with these
durations changed. Times of creation are cleared with them, so that equal work makes equal files.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

_CONTAINERS = frozenset((b"moov", b"trak", b"edts", b"mdia"))
_DEEPEST = 3
_MOST_BOXES = 10_000
"""More than any encoder writes; what is not an honest file is not searched to its end."""
_FOREVER = (1 << 64) - 1
_MOST_PLAYS = 65_535
"""As many as ``loop`` can ask for; damaged files claim more than any format can hold."""
_REPEATED = 1
"""The flag of an edit list that is repeated."""
_TIMES = struct.Struct(">QQ")
_TIMES_AT = 4
# Where the duration stands in boxes of version 1, which has 64 bits for times, and in those of version 0.
_DURATION_AT = {b"mvhd": 24, b"tkhd": 28}
_SHORT_DURATION_AT = {b"mvhd": 16, b"tkhd": 20}
_EDIT_AT = 8

_Boxes = dict[bytes, list[int]]


def plays(data: bytes) -> int:
    """Return how often the animation is played; 0 is for ever, which is also what files that say nothing mean."""
    boxes = _found(data)
    if not boxes.get(b"elst") or not boxes.get(b"tkhd"):
        return 0
    try:
        edit, track = boxes[b"elst"][0], boxes[b"tkhd"][0]
        if not data[edit + 3] & _REPEATED:
            return 1
        showing, whole = _duration(data, edit, _EDIT_AT, _EDIT_AT), _track_duration(data, track)
    except (IndexError, struct.error):
        return 0
    return 0 if whole is None or not showing else min(-(-whole // showing), _MOST_PLAYS)


def with_plays(body: bytes, *, plays: int) -> bytes:
    """Return an animation that libavif has written, to be played so often; 0 is for ever."""
    data = bytearray(body)
    boxes = _found(body)
    (showing,) = struct.unpack_from(">Q", data, boxes[b"elst"][0] + _EDIT_AT)
    duration = showing * plays if plays else _FOREVER
    for kind, offset in _DURATION_AT.items():
        for at in boxes[kind]:
            struct.pack_into(">Q", data, at + offset, duration)
    for kind in (b"mvhd", b"tkhd", b"mdhd"):
        for at in boxes[kind]:
            _TIMES.pack_into(data, at + _TIMES_AT, 0, 0)
    return bytes(data)


def _track_duration(data: bytes, at: int) -> int | None:
    """How long the track lasts; None for ever."""
    duration = _duration(data, at, _DURATION_AT[b"tkhd"], _SHORT_DURATION_AT[b"tkhd"])
    return None if duration == (_FOREVER if data[at] else _FOREVER >> 32) else duration


def _duration(data: bytes, at: int, long_at: int, short_at: int) -> int:
    """Read a duration; the first byte of a box is its version, which says how many bits it has."""
    is_long = data[at] == 1
    (duration,) = struct.unpack_from(">Q" if is_long else ">I", data, at + (long_at if is_long else short_at))
    return int(duration)


def _found(data: bytes) -> _Boxes:
    """Where the contents of the movie's boxes begin, by their kinds."""
    found: _Boxes = {}
    for kind, at in islice(_boxes(data, 0, len(data), depth=0), _MOST_BOXES):
        found.setdefault(kind, []).append(at)
    return found


def _boxes(data: bytes, at: int, end: int, *, depth: int) -> Iterator[tuple[bytes, int]]:
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and at + 16 <= end:
            (size,), head = struct.unpack_from(">Q", data, at + 8), 16
        elif size == 0:
            size = end - at
        if size < head or at + size > end:
            return
        yield kind, at + head
        if kind in _CONTAINERS and depth < _DEEPEST:
            yield from _boxes(data, at + head, at + size, depth=depth + 1)
        at += size
