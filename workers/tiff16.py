"""Writes TIFFs of sixteen bits a channel, which Pillow does for grey only.

Strips are deflated, each sample as its difference from that of the pixel before.

Sources: TIFF 6.0, sections 2 to 6, 14 (differences) and 18 (alpha); Adobe Photoshop TIFF Technical Notes.
"""

from __future__ import annotations

import io
import zlib

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

_STRIP_BYTES = 1 << 18
_LEVEL = 1  # and run lengths only, as in `png16.py`
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIPS_AT, _CHANNELS, _ROWS_PER_STRIP, _STRIP_LENGTHS, _LAYOUT = 273, 277, 278, 279, 284
_PREDICTOR, _EXTRA, _PROFILE = 317, 338, 34_675
_DEFLATE, _GREY, _RGB, _TOGETHER, _DIFFERENCES, _STRAIGHT_ALPHA = 8, 1, 2, 1, 2, 2
_DIRECTORIES = (34_665, 34_853)  # of the camera and of the place
_STRUCTURE = frozenset((
    _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _STRIPS_AT, _CHANNELS, _ROWS_PER_STRIP, _STRIP_LENGTHS,
    _LAYOUT, _PREDICTOR, _EXTRA, _PROFILE,
))  # fmt: skip


def tiff16(samples: npt.NDArray[np.uint16], *, exif: bytes = b"", profile: bytes | None = None) -> bytes:
    """Write samples (height, width, channels) in grey or RGB, with or without alpha.

    ``exif`` is a TIFF structure behind ``Exif`` and two zero bytes.
    """
    height, width, channels = samples.shape
    rows_per_strip = max(1, _STRIP_BYTES // (2 * width * channels))
    strips = [
        _packed(_differences(samples[top : top + rows_per_strip])) for top in range(0, height, rows_per_strip)
    ]
    tags = ImageFileDirectory_v2()
    described = Image.Exif()
    described.load(exif)
    for tag, value in described.items():
        if tag not in _STRUCTURE:
            tags[tag] = dict(described.get_ifd(tag)) if tag in _DIRECTORIES else value
    tags[_WIDTH], tags[_HEIGHT], tags[_BITS], tags[_CHANNELS] = width, height, (16,) * channels, channels
    tags[_COMPRESSION], tags[_PREDICTOR], tags[_LAYOUT] = _DEFLATE, _DIFFERENCES, _TOGETHER
    tags[_PHOTOMETRIC] = _GREY if channels < 3 else _RGB
    if channels in (2, 4):
        tags[_EXTRA] = _STRAIGHT_ALPHA
    if profile:
        tags[_PROFILE] = profile
    tags[_ROWS_PER_STRIP] = rows_per_strip
    tags[_STRIP_LENGTHS] = tuple(map(len, strips))
    # Pillow adds where the directory ends.
    tags[_STRIPS_AT] = tuple(sum(map(len, strips[:index])) for index in range(len(strips)))
    file = io.BytesIO()
    tags.save(file)
    return b"".join((file.getvalue(), *strips))


def _packed(data: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, strategy=zlib.Z_RLE)
    return packer.compress(data) + packer.flush()


def _differences(rows: npt.NDArray[np.uint16]) -> bytes:
    differences = rows.astype("<u2")
    differences[:, 1:] -= rows[:, :-1]
    return differences.tobytes()
