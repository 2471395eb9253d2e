"""Writes JPEG XL, by libjxl through imagecodecs, which is an extra; with EXIF in a container, else without one.

Quality becomes libjxl's distance as in its own tools: 100 is 0.1, each step of quality 0.09 more, from 30 down
ever more. The default, 81, is distance 1.8. The figures are of the pictures that those in ``encoding_still.py``
are of.
"""

from __future__ import annotations

import struct

import numpy as np

from shared.operations import Encode
from workers.encoding_still import is_drawing
from workers.jpeg_xl_header import CONTAINER_SIGNATURE
from workers.lossy_coding import JXL_CODING
from workers.picture import Picture

# Three photographs at distance 1.8, on average: effort 3: 15 ms, 48.5 kB, likeness 0.963 (WebP: 42 ms, 48.7 and
# 0.964; AVIF: 46 ms, 44.1 and 0.961). At distance 2: effort 3: 15 ms, 45.4 kB and 0.959; effort 1: 13, 49.3 and
# 0.959; effort 5: 93, 41.8 and 0.953; effort 7: 372, 41.8 and 0.953.
_EFFORT = 3
# Lossless, per megapixel, photograph at effort 1: 6 ms and 1220 kB; at 3: 131 and 1040; at 5: 562 and 1020
# (WebP: 361 and 1110). A drawing at 1: 2 ms and 85 kB; at 3: 127 and 103; at 5: 394 and 32 (WebP: 36 and 19).
_LOSSLESS_EFFORT, _LOSSLESS_DRAWING_EFFORT, _LOSSLESS_LARGE_EFFORT = 3, 5, 1
_LOSSLESS_PX, _LOSSLESS_DRAWING_PX = 8_000_000, 1_500_000
# Up to this size the encoder holds the picture as a whole, at any effort but the lowest without loss.
_WHOLE_PX = 2048 * 2048
_LINEAR_FROM = 30


def jpeg_xl(picture: Picture, tail: Encode) -> bytes:
    """JPEG XL."""
    import imagecodecs

    frame = picture.frames[0]
    options = (
        {"lossless": True, "effort": _lossless_effort(picture)}
        if tail.lossless
        else {"distance": distance(JXL_CODING.quality(tail)), "effort": _EFFORT}
    )
    codestream = bytes(imagecodecs.jpegxl_encode(np.asarray(frame), numthreads=1, **options))
    return _in_container(codestream, picture.exif) if picture.exif else codestream


def distance(quality: int) -> float:
    """How far from the original, in libjxl's measure: 1 is just noticeable."""
    if quality >= _LINEAR_FROM:
        return 0.1 + (100 - quality) * 0.09
    return 53 / 3000 * quality**2 - 23 / 20 * quality + 25


def bytes_per_px(picture: Picture, tail: Encode) -> int:
    """How much memory a pixel takes at the peak: measured, on noise as well."""
    width, height = picture.size
    if width * height <= _WHOLE_PX:
        return 92 if tail.lossless else 75
    if tail.lossless and _lossless_effort(picture) == _LOSSLESS_LARGE_EFFORT:
        return 12
    return 36 if picture.has_alpha else 30


def _lossless_effort(picture: Picture) -> int:
    frame = picture.frames[0]
    px = frame.width * frame.height
    if px <= _LOSSLESS_DRAWING_PX and is_drawing(frame):
        return _LOSSLESS_DRAWING_EFFORT
    return _LOSSLESS_EFFORT if px <= _LOSSLESS_PX else _LOSSLESS_LARGE_EFFORT


def _in_container(codestream: bytes, exif: bytes) -> bytes:
    """Put EXIF before the pixels. Source: ISO/IEC 18181-2."""
    block = exif.removeprefix(b"Exif\0\0")
    boxes = ((b"ftyp", b"jxl \0\0\0\0jxl "), (b"Exif", bytes(4) + block), (b"jxlc", codestream))
    return CONTAINER_SIGNATURE + b"".join(struct.pack(">I4s", 8 + len(body), kind) + body for kind, body in boxes)
