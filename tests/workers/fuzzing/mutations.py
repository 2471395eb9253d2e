"""Damages files: bits, lengths, ends, and the pieces that a format is made of. Given dice decide where and how."""

from __future__ import annotations

import functools
import itertools
import random
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence

_HEAD_BYTES = (24, 64, 256)
_NUMBER = re.compile(rb"\d+")
_NUMBERS_IN_TEXT = frozenset(("pnm", "pam", "pfm", "hdr", "svg"))
_BOXED = frozenset(("avif", "heic", "jp2", "jxl"))
_FULL_OF_BOXES = {b"moov": 8, b"trak": 8, b"mdia": 8, b"minf": 8, b"stbl": 8, b"jp2h": 8, b"iprp": 8, b"ipco": 8,
                  b"meta": 12}  # fmt: skip
_PNG_SIGNATURE_BYTES = 8
_MOST_BYTES = 1 << 20
"""Pieces of pieces that are doubled by the hundred soon fill the memory."""
_SIZES = ((40, 24), (64, 48), (24, 16), (19, 13), (32, 32), (64, 64), (16, 12), (23, 16))
"""Those of the seeds."""


def mutated(name: str, bodies: Sequence[bytes], dice: random.Random) -> bytes:
    """One of the files, damaged in one to four ways."""
    body = dice.choice(bodies)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        body = dice.choice(_DAMAGES)(name, body, dice)[:_MOST_BYTES] or body
    if dice.random() < 0.1:
        body = _spliced(body, dice.choice(bodies), dice)
    # A wrong checksum keeps all other damage from being seen.
    return with_right_checksums(body) if name == "png" and dice.random() < 0.75 else body


def with_right_checksums(png: bytes) -> bytes:
    """The PNG with the checksum of every chunk made good."""
    repaired = bytearray(png)
    for start, end in _png_chunks(png):
        if end - start >= 12:
            struct.pack_into(">I", repaired, end - 4, zlib.crc32(png[start + 4 : end - 4]))
    return bytes(repaired)


def _bits_in_head(_name: str, body: bytes, dice: random.Random) -> bytes:
    return _with_flipped_bits(body, dice.choice(_HEAD_BYTES), dice)


def _bits_anywhere(_name: str, body: bytes, dice: random.Random) -> bytes:
    return _with_flipped_bits(body, len(body), dice)


def _with_flipped_bits(body: bytes, reach: int, dice: random.Random) -> bytes:
    damaged = bytearray(body)
    for _ in range(dice.choice((1, 1, 2, 8))):
        damaged[dice.randrange(max(1, min(reach, len(body))))] ^= 1 << dice.randrange(8)
    return bytes(damaged)


def _cut_off(_name: str, body: bytes, dice: random.Random) -> bytes:
    return body[: dice.randrange(1, len(body) + 1)]


def _with_extreme_number(name: str, body: bytes, dice: random.Random) -> bytes:
    """Lengths, counts and sizes stand anywhere; most of them in the head, and where a piece begins."""
    if name in _NUMBERS_IN_TEXT and (found := list(_NUMBER.finditer(body[:512]))):
        match, extreme = dice.choice(found), dice.choice((0, 1, 8193, 1 << 16, (1 << 31) - 1, 1 << 32, 10**30))
        return body[: match.start()] + b"%d" % extreme + body[match.end() :]
    size = dice.choice((1, 2, 2, 4, 4, 4, 8))
    places = (dice.randrange(len(body)), dice.randrange(min(256, len(body))), dice.choice(pieces(name, body))[0])
    at, top = dice.choice(places) + dice.choice((0, 0, 4, 8)), 1 << 8 * size
    extreme = dice.choice(
        (0, 1, top - 1, top // 2, top // 2 - 1, top // 256, len(body), len(body) + 1, 8192, 65_536)
    )
    return body[:at] + (extreme % top).to_bytes(size, dice.choice(("big", "little"))) + body[at + size :]


def _with_other_size(_name: str, body: bytes, dice: random.Random) -> bytes:
    """The size where it stands in the file, made another: decoders then take time and memory for nothing."""
    width, height = (dice.choice((1, 300, 3000, 5000, 7000, 8192, 50_000)) for _ in range(2))
    found = [
        (old, new)
        for size in _SIZES
        for old, new in zip(_spellings(*size), _spellings(width, height), strict=True)
        if old in body[:2048]
    ]
    return body.replace(*dice.choice(found)) if found else body


@functools.cache
def _spellings(width: int, height: int) -> list[bytes]:
    """How headers hold a size."""
    order = [struct.pack(layout, *sides) for layout in (">II", "<II", ">HH", "<HH")
             for sides in ((width, height), (height, width))]  # fmt: skip
    fields = [struct.pack("<HHIIHHII", 256, kind, 1, width, 257, kind, 1, height) for kind in (3, 4)]
    window = struct.pack("<ii", width - 1, height - 1)
    lines = [
        b"%d %d" % (width, height),
        b"-Y %d +X %d" % (height, width),
        b"WIDTH %d\nHEIGHT %d" % (width, height),
    ]
    return [*order, *fields, window, *lines]


def _with_piece_dropped(name: str, body: bytes, dice: random.Random) -> bytes:
    start, end = dice.choice(pieces(name, body))
    return body[:start] + body[end:]


def _with_piece_doubled(name: str, body: bytes, dice: random.Random) -> bytes:
    start, end = dice.choice(pieces(name, body))
    return body[:end] + body[start:end] * dice.choice((1, 1, 2, 300)) + body[end:]


def _with_piece_moved(name: str, body: bytes, dice: random.Random) -> bytes:
    (start, end), (to, _) = (dice.choice(pieces(name, body)) for _ in range(2))
    rest = body[:start] + body[end:]
    return rest[:to] + body[start:end] + rest[to:]


def _with_noise(_name: str, body: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(body))
    return body[:at] + dice.randbytes(dice.randrange(1, 17)) + body[at + dice.randrange(17) :]


def _spliced(body: bytes, other: bytes, dice: random.Random) -> bytes:
    return body[: dice.randrange(len(body) + 1)] + other[dice.randrange(len(other)) :]


_Damage = Callable[[str, bytes, random.Random], bytes]
_DAMAGES: tuple[_Damage, ...] = (
    _bits_in_head, _bits_anywhere, _bits_anywhere, _cut_off, _with_noise, _with_piece_dropped, _with_piece_doubled,
    _with_piece_moved, _with_extreme_number, _with_extreme_number, _with_extreme_number, _with_other_size,
)  # fmt: skip


def pieces(name: str, body: bytes) -> list[tuple[int, int]]:
    """Where the parts begin and end that the format is made of: chunks, boxes, segments, fields, lines."""
    find = _PIECES.get(name) or (_boxes if name in _BOXED else _lines if name in _NUMBERS_IN_TEXT else _blocks)
    return list(itertools.islice(find(body), 200)) or [(0, len(body))]


def _png_chunks(body: bytes) -> Iterator[tuple[int, int]]:
    at = _PNG_SIGNATURE_BYTES
    while at + 12 <= len(body):
        end = at + 12 + int.from_bytes(body[at : at + 4], "big")
        yield at, min(end, len(body))
        at = end


def _riff_chunks(body: bytes) -> Iterator[tuple[int, int]]:
    at = 12
    while at + 8 <= len(body):
        end = at + 8 + (int.from_bytes(body[at + 4 : at + 8], "little") + 1 & ~1)
        yield at, min(end, len(body))
        at = end


def _boxes(body: bytes, at: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Boxes of ISO/IEC 14496-12, and the boxes in them."""
    end = len(body) if end is None else end
    while at + 8 <= end:
        following = at + (int.from_bytes(body[at : at + 4], "big") or end - at)
        if following < at + 8:
            return
        yield at, min(following, end)
        if inside := _FULL_OF_BOXES.get(body[at + 4 : at + 8]):
            yield from _boxes(body, at + inside, min(following, end))
        at = following


def _jpeg_segments(body: bytes) -> Iterator[tuple[int, int]]:
    at = 2
    while at + 4 <= len(body) and body[at] == 0xFF and body[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(body[at + 2 : at + 4], "big")
        yield at, min(end, len(body))
        at = end
    yield at, len(body)


def _tiff_fields(body: bytes) -> Iterator[tuple[int, int]]:
    order = ">" if body[:1] == b"M" else "<"
    if len(body) < 8:
        return
    (start,) = struct.unpack_from(f"{order}4xI", body)
    if start + 2 > len(body):
        return
    (count,) = struct.unpack_from(f"{order}H", body, start)
    first = start + 2
    for at in range(first, min(first + 12 * count, len(body) - 11), 12):
        yield at, at + 12


def _lines(body: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    for line in body.splitlines(keepends=True):
        yield at, at + len(line)
        at += len(line)


def _blocks(body: bytes) -> Iterator[tuple[int, int]]:
    return ((at, min(at + 16, len(body))) for at in range(0, len(body), 16))


_PIECES: dict[str, Callable[[bytes], Iterator[tuple[int, int]]]] = {
    "png": _png_chunks, "webp": _riff_chunks, "jpeg": _jpeg_segments, "tiff": _tiff_fields,
}  # fmt: skip
