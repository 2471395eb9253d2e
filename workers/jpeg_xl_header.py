"""Reads what a JPEG XL file says before its pixels: size, depth, channels, orientation, boxes.

libjxl could tell, but the package that binds it only decodes: this comes first, so that limits are checked and
memory is known to suffice before it does. Sources: ISO/IEC 18181-1 annexes A to D (codestream), 18181-2 (boxes).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.errors import CorruptImageError

SIGNATURE = b"\xff\x0a"
CONTAINER_SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"

_MAX_HEADER_BYTES = 1 << 13
"""Enough for all that is read here, with hundreds of extra channels; pixels may follow."""
_MAX_BOXES = 1024
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_ALPHA, _SPOT_COLOUR, _COLOUR_FILTER = 0, 2, 5
_GREY, _XYB = 1, 2
_CUSTOM = 2
LINEAR = 8
"""The transfer function of light; ISO/IEC 23091-2 numbers them."""

# How numbers are written: two bits choose a pair of what is added, and how many bits follow.
_Choices = tuple[tuple[int, int], ...]
_SIDE: _Choices = ((1, 9), (1, 13), (1, 18), (1, 30))
_PREVIEW_SIDE: _Choices = ((1, 6), (65, 8), (321, 10), (1345, 12))
_PREVIEW_EIGHTHS: _Choices = ((16, 0), (32, 0), (1, 5), (33, 9))
_ENUM: _Choices = ((0, 0), (1, 0), (2, 4), (18, 6))
_INTEGER_BITS: _Choices = ((8, 0), (10, 0), (12, 0), (1, 6))
_FLOAT_BITS: _Choices = ((32, 0), (16, 0), (24, 0), (1, 6))
_EXTRA_CHANNELS: _Choices = ((0, 0), (1, 0), (2, 4), (1, 12))
_DIMENSION_SHIFT: _Choices = ((0, 0), (3, 0), (4, 0), (1, 3))
_NAME_LENGTH: _Choices = ((0, 0), (0, 4), (16, 5), (48, 10))
_FILTER_CHANNEL: _Choices = ((1, 0), (0, 2), (3, 4), (19, 8))
_TICKS: _Choices = ((100, 0), (1000, 0), (1, 10), (1, 30))
_TICKS_BY: _Choices = ((1, 0), (1001, 0), (1, 8), (1, 10))
_LOOPS: _Choices = ((0, 0), (0, 3), (0, 16), (0, 32))
_CHROMATICITY: _Choices = ((0, 19), (1 << 19, 19), (1 << 20, 20), (1 << 21, 21))


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands before the pixels. ``size`` is that of the picture as it is shown: upright."""

    size: tuple[int, int]
    bits: int = 8
    is_float: bool = False
    colour_channels: int = 3
    extra_channels: int = 0
    has_alpha: bool = False
    is_premultiplied: bool = False
    is_linear: bool = False
    has_profile: bool = False
    """The colours are those of an ICC profile, which is packed between here and the pixels."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the container, and where its content begins and ends."""

    kind: bytes
    start: int
    end: int


def header(data: bytes) -> Header:
    """Read the header of a codestream, bare or in a container. Raises CorruptImageError."""
    head = _codestream(data)
    if not head.startswith(SIGNATURE):
        raise CorruptImageError("a JPEG XL file without a codestream")
    bits = _Bits(head[len(SIGNATURE) :])
    width, height = _size(bits)
    if bits.flag():
        return Header(size=(width, height))
    orientation = _extra_fields(bits) if bits.flag() else 1
    depth, is_float = _bit_depth(bits)
    bits.number(1)  # whether sixteen bits suffice for decoding
    kinds = [_extra_channel(bits) for _ in range(bits.choice(_EXTRA_CHANNELS))]
    bits.number(1)  # whether colours are stored in XYB
    colours, is_linear, has_profile = _colours(bits)
    alpha = next((is_associated for kind, is_associated in kinds if kind == _ALPHA), None)
    return Header(
        size=(height, width) if orientation > 4 else (width, height),
        bits=depth,
        is_float=is_float,
        colour_channels=colours,
        extra_channels=len(kinds),
        has_alpha=alpha is not None,
        is_premultiplied=bool(alpha),
        is_linear=is_linear,
        has_profile=has_profile,
    )


def boxes(data: bytes) -> Iterator[Box]:
    """Yield the boxes of a container, as far as there are any; a bare codestream has none."""
    at = 0 if data.startswith(CONTAINER_SIGNATURE) else len(data)
    for _ in range(_MAX_BOXES):
        if at + 8 > len(data):
            return
        length, kind, start = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], at + 8
        if length == 1:
            length, start = int.from_bytes(data[start : start + 8], "big"), start + 8
        end = len(data) if length == 0 else at + length
        if end < start:
            return
        yield Box(kind, start, min(end, len(data)))
        at = end


def _codestream(data: bytes) -> bytes:
    """The beginning of the codestream; a container may hold it in pieces, which are numbered and in order."""
    if not data.startswith(CONTAINER_SIGNATURE):
        return data[:_MAX_HEADER_BYTES]
    head = b""
    for box in boxes(data):
        start = {b"jxlc": box.start, b"jxlp": box.start + 4}.get(box.kind)
        if start is not None:
            head += data[start : min(box.end, start + _MAX_HEADER_BYTES)]
        if len(head) >= _MAX_HEADER_BYTES:
            break
    return head[:_MAX_HEADER_BYTES]


class _Bits:
    """Bits from the lowest of the first byte on. Past the end lies CorruptImageError."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "little")
        self._at, self._end = 0, 8 * len(data)

    def number(self, bits: int) -> int:
        """The next so many bits."""
        at, self._at = self._at, self._at + bits
        if self._at > self._end:
            raise CorruptImageError("a JPEG XL file ends within its header, or has a longer one than is read")
        return (self._value >> at) & ((1 << bits) - 1)

    def flag(self) -> bool:
        """The next bit."""
        return self.number(1) == 1

    def choice(self, choices: _Choices) -> int:
        """A number in one of four ranges."""
        added, bits = choices[self.number(2)]
        return added + self.number(bits)


def _size(bits: _Bits) -> tuple[int, int]:
    is_small = bits.flag()
    height = 8 * (bits.number(5) + 1) if is_small else bits.choice(_SIDE)
    ratio = bits.number(3)
    if ratio:
        across, down = _RATIOS[ratio - 1]
        return height * across // down, height
    return (8 * (bits.number(5) + 1) if is_small else bits.choice(_SIDE)), height


def _extra_fields(bits: _Bits) -> int:
    """Read past what is not needed of these; return the orientation, as in EXIF."""
    orientation = bits.number(3) + 1
    if bits.flag():  # at which size it is to be shown: a wish
        _size(bits)
    if bits.flag():
        _skip_preview(bits)
    if bits.flag():  # an animation, and how it is timed
        for choices in (_TICKS, _TICKS_BY, _LOOPS):
            bits.choice(choices)
        bits.number(1)  # whether frames have time codes
    return orientation


def _skip_preview(bits: _Bits) -> None:
    side = _PREVIEW_EIGHTHS if bits.flag() else _PREVIEW_SIDE
    bits.choice(side)
    if not bits.number(3):
        bits.choice(side)


def _bit_depth(bits: _Bits) -> tuple[int, bool]:
    if not bits.flag():
        return bits.choice(_INTEGER_BITS), False
    depth = bits.choice(_FLOAT_BITS)
    bits.number(4)  # of them, the exponent's
    return depth, True


def _extra_channel(bits: _Bits) -> tuple[int, bool]:
    """What kind of channel it is, and whether colours are multiplied by it."""
    if bits.flag():
        return _ALPHA, False
    kind = bits.choice(_ENUM)
    _bit_depth(bits)
    bits.choice(_DIMENSION_SHIFT)
    bits.number(8 * bits.choice(_NAME_LENGTH))
    if kind == _SPOT_COLOUR:
        bits.number(4 * 16)
    if kind == _COLOUR_FILTER:
        bits.choice(_FILTER_CHANNEL)
    return kind, kind == _ALPHA and bits.flag()


def _colours(bits: _Bits) -> tuple[int, bool, bool]:
    """How many channels of colour there are, whether they are proportional to light, and have a profile."""
    if bits.flag():
        return 3, False, False
    has_profile = bits.flag()
    space = bits.choice(_ENUM)
    channels = 1 if space == _GREY else 3
    if has_profile or space == _XYB:
        return channels, False, has_profile
    if bits.choice(_ENUM) == _CUSTOM:  # white
        _skip_chromaticities(bits, 1)
    if space != _GREY and bits.choice(_ENUM) == _CUSTOM:  # primaries
        _skip_chromaticities(bits, 3)
    if bits.flag():  # a gamma, in ten millionths
        return channels, bits.number(24) == 10_000_000, False
    return channels, bits.choice(_ENUM) == LINEAR, False


def _skip_chromaticities(bits: _Bits, count: int) -> None:
    for _ in range(2 * count):
        bits.choice(_CHROMATICITY)
