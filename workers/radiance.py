"""Radiance pictures: three mantissas and one exponent of eight bits each for a pixel, plain or in run lengths.

Source: Greg Ward, "Real Pixels", Graphics Gems II, 1991, and "Radiance File Formats", chapter "Picture". A
mantissa m of exponent e is ``m * 2 ** (e - 136)``, as most programs have it (Ward's own adds half a step).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shared.errors import CorruptImageError
from workers.deep import Pixels
from workers.primaries import REC709, XYZ, Primaries, to_rec709

_MAX_HEADER_BYTES = 1 << 16
_RESOLUTION = re.compile(rb"([-+])([XY]) (\d{1,9}) ([-+])([XY]) (\d{1,9})\r?\n")
_RUN_LENGTHS_PX = range(8, 1 << 15)
"""Widths of which scanlines can be in run lengths by channel; wider ones have no room for their width."""
_BIAS = 136
_BYTES_PER_PX = 4
_BLOCK_ROWS = 64
_HIGHEST_MANTISSA = 255.5
_BRIGHTEST = np.ldexp(np.float32(255), 255 - _BIAS)
_BIGGEST_SHIFT = 119
"""Light below two to the minus 119th is black: single floats do not hold what it would be scaled by."""
_SCALES = np.ldexp(np.float32(1), 8 - np.arange(-_BIGGEST_SHIFT, 130)).astype(np.float32)
"""What brings light of each exponent, from the lowest on, to mantissas."""

_Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands before the pixels. The file holds ``lines`` of ``line_px`` pixels each, in any direction."""

    lines: int
    line_px: int
    runs_down: bool
    """A line is a column of the picture."""
    mirrored: tuple[bool, bool]
    """Top to bottom and left to right, once lines lie as rows."""
    primaries: Primaries
    pixels_at: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return (self.lines, self.line_px) if self.runs_down else (self.line_px, self.lines)


def header(data: bytes) -> Header:
    """Read the header. Raises CorruptImageError."""
    fields, blank, _ = data[:_MAX_HEADER_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")
    end = re.search(rb"\n\r?\n", data[:_MAX_HEADER_BYTES])
    resolution = _RESOLUTION.match(data, end.end()) if end else None
    if not blank or resolution is None or resolution[2] == resolution[5]:
        raise CorruptImageError("the Radiance header does not end in a resolution")
    lines, line_px = int(resolution[3]), int(resolution[6])
    if not lines or not line_px:
        raise CorruptImageError(f"{lines} lines of {line_px} pixels")
    # A picture is stored top down by -Y, left to right by +X.
    backwards = {resolution[2]: resolution[1] != b"-", resolution[5]: resolution[4] != b"-"}
    return Header(
        lines=lines,
        line_px=line_px,
        runs_down=resolution[2] == b"X",
        mirrored=(backwards[b"Y"], not backwards[b"X"]),
        primaries=_primaries(fields),
        pixels_at=resolution.end(),
    )


def decode(data: bytes, head: Header) -> Pixels:
    """Return light in the colours of Rec. 709. Raises CorruptImageError."""
    read = _by_channel if _is_in_run_lengths(data, head) else _by_pixel
    coded = read(data, head)
    pixels = np.empty((head.lines, head.line_px, 3), np.float32)
    scales = np.ldexp(np.float32(1), np.arange(256) - _BIAS).astype(np.float32)
    scales[0] = 0
    for top in range(0, head.lines, _BLOCK_ROWS):
        rows = slice(top, top + _BLOCK_ROWS)
        np.multiply(coded[rows, :, :3], scales[coded[rows, :, 3]][..., np.newaxis], out=pixels[rows])
    to_rec709(pixels, head.primaries)
    upright = pixels.transpose(1, 0, 2) if head.runs_down else pixels
    upside_down, right_to_left = head.mirrored
    return upright[:: -1 if upside_down else 1, :: -1 if right_to_left else 1]


def encode(pixels: Pixels) -> bytes:
    """Write light, of one channel or three, without run lengths: light hardly ever repeats itself."""
    height, width, _ = pixels.shape
    coded = np.zeros((height, width, _BYTES_PER_PX), np.uint8)
    for top in range(0, height, _BLOCK_ROWS):
        rows = slice(top, top + _BLOCK_ROWS)
        light = np.clip(np.broadcast_to(pixels[rows], (*pixels[rows].shape[:2], 3)), 0, _BRIGHTEST)
        coded[rows] = _coded(light)
    head = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n"
    return head.encode("ascii") + coded.tobytes()


def _coded(light: Pixels) -> _Bytes:
    """Find the exponent that brings the brightest channel to 128 or more, and round the mantissas."""
    brightest = light.max(axis=2)
    _, exponents = np.frexp(brightest)
    # Of the brightest mantissas, 255.5 would round up to 256.
    exponents += np.ldexp(brightest, 8 - exponents) >= _HIGHEST_MANTISSA
    is_black = (brightest == 0) | (exponents < -_BIGGEST_SHIFT)
    scales = _SCALES[np.where(is_black, 0, exponents) + _BIGGEST_SHIFT]
    coded = np.empty((*light.shape[:2], _BYTES_PER_PX), np.uint8)
    np.add(light * scales[..., np.newaxis], 0.5, out=coded[..., :3], casting="unsafe")
    coded[..., 3] = exponents + (_BIAS - 8)
    coded[is_black] = 0
    return coded


def _primaries(fields: bytes) -> Primaries:
    if re.search(rb"^FORMAT=[ \t]*32-bit_rle_xyze", fields, re.MULTILINE):
        return XYZ
    found = re.search(rb"^PRIMARIES=((?:[ \t]*[-+.0-9eE]{1,20}){8})[ \t]*$", fields, re.MULTILINE)
    if found is None:
        return REC709
    try:
        x = [float(word) for word in found[1].split()]
    except ValueError:
        return REC709
    return Primaries((x[0], x[1]), (x[2], x[3]), (x[4], x[5]), (x[6], x[7])) if len(x) == 8 else REC709


def _is_in_run_lengths(data: bytes, head: Header) -> bool:
    return head.line_px in _RUN_LENGTHS_PX and data[head.pixels_at : head.pixels_at + 4] == _line_mark(head)


def _line_mark(head: Header) -> bytes:
    return b"\2\2" + head.line_px.to_bytes(2, "big")


def _by_channel(data: bytes, head: Header) -> _Bytes:
    """Read lines of which each channel is in run lengths of its own."""
    least_bytes = len(_line_mark(head)) + 2 * _BYTES_PER_PX * -(-head.line_px // 127)
    if head.lines * least_bytes > len(data) - head.pixels_at:
        raise CorruptImageError("the Radiance picture ends too early")
    coded = np.empty((head.lines, head.line_px, _BYTES_PER_PX), np.uint8)
    at, mark, length = head.pixels_at, _line_mark(head), head.line_px * _BYTES_PER_PX
    for line in range(head.lines):
        if data[at : at + 4] != mark:
            raise CorruptImageError(f"line {line} of the Radiance picture is none")
        channels, at = _unpacked(data, at + 4, line_px=head.line_px)
        if len(channels) != length:
            raise CorruptImageError(f"line {line} of the Radiance picture has {len(channels)} bytes, not {length}")
        coded[line] = np.frombuffer(channels, np.uint8).reshape(_BYTES_PER_PX, head.line_px).T
    return coded


def _unpacked(data: bytes, at: int, *, line_px: int) -> tuple[bytes, int]:
    """Read the four channels of one line; say where the next one begins."""
    parts: list[bytes] = []
    try:
        for _ in range(_BYTES_PER_PX):
            left = line_px
            while left > 0:
                count = data[at]
                if count > 128:
                    count -= 128
                    parts.append(data[at + 1 : at + 2] * count)
                    at += 2
                elif count:
                    parts.append(data[at + 1 : at + 1 + count])
                    at += 1 + count
                else:
                    raise CorruptImageError("a run of no bytes in a Radiance picture")
                left -= count
            if left:
                raise CorruptImageError("a run over the end of a line in a Radiance picture")
    except IndexError:
        raise CorruptImageError("the Radiance picture ends too early") from None
    return b"".join(parts), at


def _by_pixel(data: bytes, head: Header) -> _Bytes:
    """Read plain pixels, and those that say how often the one before is repeated: 1, 1, 1 and a count."""
    count = head.lines * head.line_px
    available = (len(data) - head.pixels_at) // _BYTES_PER_PX
    stored = np.frombuffer(data, np.uint8, _BYTES_PER_PX * available, head.pixels_at).reshape(-1, _BYTES_PER_PX)
    is_run = (stored[:, :3] == 1).all(axis=1)
    if not is_run[:count].any():
        if available < count:
            raise CorruptImageError("the Radiance picture ends too early")
        return stored[:count].reshape(head.lines, head.line_px, _BYTES_PER_PX)
    if is_run[0]:
        raise CorruptImageError("a Radiance picture begins with a repetition")
    repeats = _repeats(stored[:, 3], is_run)
    ends = np.cumsum(repeats)
    last = int(np.searchsorted(ends, count))
    if last == len(ends):
        raise CorruptImageError("the Radiance picture ends too early")
    repeats[last] -= ends[last] - count
    # Which stored pixel is repeated: the last one that is no repetition.
    source = np.maximum.accumulate(np.where(is_run, 0, np.arange(len(stored))))[: last + 1]
    whole: _Bytes = stored[np.repeat(source, repeats[: last + 1])]
    return whole.reshape(head.lines, head.line_px, _BYTES_PER_PX)


def _repeats(counts: _Bytes, is_run: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """How many pixels each one stands for. Repetitions in a row are the bytes of one number, lowest first."""
    index = np.arange(len(counts))
    before = np.maximum.accumulate(np.where(is_run, 0, index))
    shift = 8 * (index - before - 1)
    if (shift[is_run] > 24).any():
        raise CorruptImageError("a repetition without end in a Radiance picture")
    repeats = np.ones(len(counts), np.int64)
    repeats[is_run] = counts[is_run].astype(np.int64) << shift[is_run]
    return repeats
