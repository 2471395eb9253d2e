"""Tells TIFFs that are whole and of a kind that nobody reads here from those that are damaged.

Pillow says the same of both. Source: TIFF 6.0, sections 2, 8 and 15 (tiles), 19 (SampleFormat).
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from shared.errors import CorruptImageError
from shared.limits import Limits
from workers.decoding import decoding

_BITS, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339
_STRIPS, _TILES = (273, 279), (324, 325)  # where they are, how many bytes they have
_HEADER_BYTES, _BIG_HEADER_BYTES, _BIG = 8, 16, 43  # BigTIFF says 43 where others say 42
_COLOURS = {0: "grey", 1: "grey", 2: "RGB", 3: "palette", 5: "CMYK", 6: "YCbCr", 8: "Lab", 9: "Lab", 10: "Lab"}
_SAMPLES = {1: "", 2: " signed", 3: " float", 5: " complex", 6: " complex"}


def unread_kind(data: bytes, *, limits: Limits) -> str | None:
    """Name the kind of a TIFF's first page, such as ``32-bit float RGB``; None if the page is not all there."""
    with contextlib.suppress(CorruptImageError), decoding(limits):
        is_big = _BIG in data[2:4]
        directory = ImageFileDirectory_v2(data[: _BIG_HEADER_BYTES if is_big else _HEADER_BYTES])
        file = io.BytesIO(data)
        file.seek(directory.next)
        directory.load(file)
        if _is_whole(directory, size_bytes=len(data)):
            samples = _SAMPLES.get(_first(directory.get(_SAMPLE_FORMAT, 1)), "")
            colours = _COLOURS.get(directory.get(_PHOTOMETRIC, 1), "unknown colours")
            return f"{_first(directory.get(_BITS, 1))}-bit{samples} {colours}"
    return None


def _is_whole(directory: ImageFileDirectory_v2, *, size_bytes: int) -> bool:
    for starts, lengths in (_STRIPS, _TILES):
        if starts in directory and lengths in directory:
            pieces = list(zip(directory[starts], directory[lengths], strict=True))
            return bool(pieces) and all(start > 0 and start + length <= size_bytes for start, length in pieces)
    return False


def _first(value: int | Sequence[int]) -> int:
    return value if isinstance(value, int) else value[0]
