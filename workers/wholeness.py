"""Finds the damage that decoders overlook: they stop as soon as they have the pixels that they were asked for.

Where a format has checksums and an end mark, these are looked at; where it has none, what lies in the middle of a
file cannot be told from what should lie there.
"""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image

from shared.errors import CorruptImageError
from shared.formats import GIF, JP2, PNG, Format
from workers.decoding import decoding
from workers.opening import Opened


def check_whole(opened: Opened) -> None:
    """Raise CorruptImageError when the file ends before its end mark, or a checksum in it is wrong."""
    check = _CHECKS.get(opened.format)
    if check is not None:
        check(opened)


def _check_png(opened: Opened) -> None:
    """Compare the checksums of all chunks, to the last of them, with what they hold."""
    with decoding(opened.limits), Image.open(io.BytesIO(opened.data), formats=PNG.pillow) as again:
        again.verify()  # which makes the image unfit for anything else


def _check_gif(opened: Opened) -> None:
    """Walk over the blocks to the trailer: between two frames a file can be cut unnoticed."""
    data = opened.data
    at = 13 + _colour_table_bytes(data[10])
    try:
        while data[at] in (_GIF_IMAGE, _GIF_EXTENSION):
            at += 2 if data[at] == _GIF_EXTENSION else 11 + _colour_table_bytes(data[at + 9])
            while data[at]:
                at += data[at] + 1
            at += 1
    except IndexError:
        raise CorruptImageError("the GIF ends without a trailer") from None


def _check_jp2(opened: Opened) -> None:
    """Look for the mark at the end of the codestream: OpenJPEG makes do with what it has."""
    data = opened.data
    start = 0 if data.startswith(_JP2_CODESTREAM) else max(0, data.find(_JP2_BOX + _JP2_CODESTREAM))
    if data.find(_JP2_END, start) < 0:
        raise CorruptImageError("the JPEG 2000 codestream has no end")


def _colour_table_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


_GIF_IMAGE, _GIF_EXTENSION = 0x2C, 0x21
_JP2_BOX, _JP2_CODESTREAM, _JP2_END = b"jp2c", b"\xff\x4f\xff\x51", b"\xff\xd9"
_CHECKS: dict[Format, Callable[[Opened], None]] = {PNG: _check_png, GIF: _check_gif, JP2: _check_jp2}
