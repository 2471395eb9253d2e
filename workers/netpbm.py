"""The Netpbm family: bitmaps, greys and colours in text and in bytes (P1 to P6), PAM (P7), and PFM's floats.

Sources: the manual pages pbm(5), pgm(5), ppm(5) and pam(5) of Netpbm; Paul Debevec's description of PFM.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.errors import CorruptImageError
from workers.deep import Pixels

_Integers = npt.NDArray[np.integer[Any]]

_MAX_HEADER_BYTES = 1 << 16
_MAX_VALUE = 65_535
_CHANNELS = {b"1": 1, b"2": 1, b"3": 3, b"4": 1, b"5": 1, b"6": 3}
_GAP = rb"(?>(?:\s|#[^\n]*\n)+)"
_NUMBERS = re.compile(rb"P[1-6](?:%s(\d{1,9}))(?:%s(\d{1,9}))" % (_GAP, _GAP))
_MAX_NUMBER = re.compile(rb"%s(\d{1,9})" % _GAP)
_FLOATS = re.compile(rb"P[fF]\s+(\d{1,9})\s+(\d{1,9})\s+([-+.0-9eE]{1,30})[ \t\r]?\n")
_END_OF_PAM = re.compile(rb"^ENDHDR[ \t\r]*\n", re.MULTILINE)
_FIELD = re.compile(rb"^(WIDTH|HEIGHT|DEPTH|MAXVAL)[ \t]+(\d{1,9})[ \t\r]*$", re.MULTILINE)
_NOT_DIGITS = re.compile(rb"[^01\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands before the samples. ``maximum`` is white; of floats there is none, and it is 0."""

    width: int
    height: int
    channels: int
    maximum: int
    is_text: bool
    is_bits: bool
    """One bit a pixel, and one is black."""
    is_little_endian: bool = False
    samples_at: int

    @property
    def count(self) -> int:
        """How many samples there are."""
        return self.width * self.height * self.channels

    @property
    def is_float(self) -> bool:
        """Whether the samples are light."""
        return self.maximum == 0

    @property
    def is_deep(self) -> bool:
        """Whether eight bits do not hold the samples."""
        return self.is_float or self.maximum > 255


def header(data: bytes) -> Header:
    """Read the header. Raises CorruptImageError."""
    head = data[:_MAX_HEADER_BYTES]
    found = _READERS.get(head[1:2], _pnm_header)(head)
    if not found.width or not found.height:
        raise CorruptImageError(f"the image has {found.width}×{found.height} pixels")
    if found.maximum > _MAX_VALUE:
        raise CorruptImageError(f"{found.maximum} is more than {_MAX_VALUE}, the most a sample may be")
    return found


def _pnm_header(head: bytes) -> Header:
    numbers = _NUMBERS.match(head)
    kind, is_bits = head[1:2], head[1:2] in (b"1", b"4")
    maximum = None if is_bits or numbers is None else _MAX_NUMBER.match(head, numbers.end())
    last = numbers if is_bits else maximum
    # One blank divides header and samples; a comment may hide even that.
    blank = re.compile(rb"(?:[ \t]*#[^\n]*)?\s").match(head, last.end()) if last else None
    if numbers is None or blank is None or (maximum and not int(maximum[1])):
        raise CorruptImageError("the header of a PNM ends too early")
    return Header(
        width=int(numbers[1]),
        height=int(numbers[2]),
        channels=_CHANNELS[kind],
        maximum=int(maximum[1]) if maximum else 1,
        is_text=kind in (b"1", b"2", b"3"),
        is_bits=is_bits,
        samples_at=blank.end(),
    )


def _pam_header(head: bytes) -> Header:
    end = _END_OF_PAM.search(head)
    fields = {name: int(value) for name, value in _FIELD.findall(head, 0, end.start())} if end else {}
    if end is None or len(fields) < 4 or fields[b"DEPTH"] not in (1, 2, 3, 4) or not fields[b"MAXVAL"]:
        raise CorruptImageError("the header of a PAM is none, or not of a picture")
    return Header(
        width=fields[b"WIDTH"],
        height=fields[b"HEIGHT"],
        channels=fields[b"DEPTH"],
        maximum=fields[b"MAXVAL"],
        is_text=False,
        is_bits=False,
        samples_at=end.end(),
    )


def _float_header(head: bytes) -> Header:
    found = _FLOATS.match(head)
    try:
        scale = float(found[3]) if found else 0.0
    except ValueError:
        scale = 0.0
    if found is None or not scale:
        raise CorruptImageError("the header of a PFM is none")
    return Header(
        width=int(found[1]),
        height=int(found[2]),
        channels=3 if head[1:2] == b"F" else 1,
        maximum=0,
        is_text=False,
        is_bits=False,
        is_little_endian=scale < 0,
        samples_at=found.end(),
    )


_READERS = {b"f": _float_header, b"F": _float_header, b"7": _pam_header}


def floats(data: bytes, head: Header) -> Pixels:
    """Return the light of a PFM, which is stored bottom up. Raises CorruptImageError."""
    kind = np.dtype("<f4" if head.is_little_endian else ">f4")
    stored = _stored(data, head, kind).reshape(head.height, head.width, head.channels)
    return stored[::-1].astype(np.float32)


def deep_samples(data: bytes, head: Header) -> Pixels:
    """Return samples of more than eight bits, from 0 to 1. Raises CorruptImageError."""
    values: _Integers = _numbers(data, head) if head.is_text else _stored(data, head, np.dtype(">u2"))
    _check_values(values, head)
    scaled = values.astype(np.float32)
    scaled /= np.float32(head.maximum)
    return scaled.reshape(head.height, head.width, head.channels)


def samples(data: bytes, head: Header) -> bytes | memoryview:
    """Return samples of eight bits, 255 being white; those of a bitmap as they are. Raises CorruptImageError."""
    if head.is_bits:
        return _bits(data, head)
    if not head.is_text and head.maximum == 255:
        return _part(data, head, head.count)
    values: _Integers = _numbers(data, head) if head.is_text else _stored(data, head, np.dtype(np.uint8))
    _check_values(values, head)
    table = (np.arange(head.maximum + 1) * 510 + head.maximum) // (2 * head.maximum)
    made: bytes = table.astype(np.uint8)[values].tobytes()
    return made


def _bits(data: bytes, head: Header) -> bytes | memoryview:
    """Rows of bits, each filled up to whole bytes."""
    if not head.is_text:
        return _part(data, head, (head.width + 7) // 8 * head.height)
    text = data[head.samples_at :]
    if b"#" in text:
        text = re.sub(rb"#[^\n]*", b"", text)
    if _NOT_DIGITS.search(text):
        raise CorruptImageError("a bitmap in text holds more than 0 and 1")
    digits = np.frombuffer(text, np.uint8)
    digits = digits[digits >= ord("0")]
    if len(digits) < head.count:
        raise CorruptImageError(_TOO_SHORT)
    rows = digits[: head.count].reshape(head.height, head.width) - ord("0")
    return np.packbits(rows, axis=1).tobytes()


def _numbers(data: bytes, head: Header) -> npt.NDArray[np.int64]:
    text = data[head.samples_at :]
    if b"#" in text:
        text = re.sub(rb"#[^\n]*", b"", text)
    if len(text) < 2 * head.count - 1:
        raise CorruptImageError(_TOO_SHORT)
    try:
        # Without a count: asked for more than there are, numpy makes up the rest.
        values = np.fromstring(text, np.int64, sep=" ")
    except ValueError:
        raise CorruptImageError("the text holds more than numbers") from None
    if len(values) < head.count:
        raise CorruptImageError(_TOO_SHORT)
    return values[: head.count]


def _stored(data: bytes, head: Header, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    return np.frombuffer(_part(data, head, head.count * kind.itemsize), kind)


def _part(data: bytes, head: Header, length: int) -> memoryview:
    part = memoryview(data)[head.samples_at : head.samples_at + length]
    if len(part) < length:
        raise CorruptImageError(_TOO_SHORT)
    return part


def _check_values(values: _Integers, head: Header) -> None:
    if values.max() > head.maximum or values.min() < 0:
        raise CorruptImageError(f"a sample is less than 0 or more than {head.maximum}")


_TOO_SHORT = "the file ends before its last sample"
