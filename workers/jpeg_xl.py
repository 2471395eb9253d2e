"""Reads JPEG XL, by libjxl through imagecodecs, which is an extra; ``encoding_jpeg_xl.py`` writes it.

Of an animation it is the first frame: imagecodecs does not tell how long frames are shown. Colours are taken for
sRGB, or for light where the header says that they are linear. Only of a JPEG that was packed without loss an ICC
profile is found, by unpacking it: imagecodecs does not give that either.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from shared.errors import CorruptImageError
from workers.deep import MODES, Deep, finite, from_straight
from workers.jpeg_xl_header import CONTAINER_SIGNATURE, SIGNATURE, Header, boxes, header
from workers.limits import headroom_bytes
from workers.raster_files import RasterFile

_EXIF_OFFSET_BYTES = 4
_EXIF_PREFIX = b"Exif\0\0"
_MAX_EXIF_BYTES = 1 << 20
_UNPACKED_BYTES_PER_PX = 16
_Samples = npt.NDArray[Any]


class JpegXlFile(RasterFile):
    """A JPEG XL file: libjxl turns the pixels as the header says, and what EXIF says is a copy of that."""

    format = "JXL"
    magic = (SIGNATURE, CONTAINER_SIGNATURE)

    def _open(self) -> None:
        self._header = head = header(self._data)
        self._size, self._mode = head.size, MODES[head.colour_channels + head.has_alpha]
        self.is_deep, self.is_light = head.is_float or head.bits > 8, head.is_linear
        # Measured: lossy and lossless, 3 to 7 bytes for colours and up to 8 for alpha, with what is returned;
        # files made for being shown bit by bit hold all coefficients until the end.
        sample_bytes = 1 if head.bits <= 8 else 2 if head.bits <= 16 else 4
        self.decode_bytes_per_px = 4 + (4 + sample_bytes) * (head.colour_channels + head.extra_channels)
        if self.is_deep:
            self.decode_bytes_per_px += 4 * (head.colour_channels + head.has_alpha)
        exif = _exif(self._data)
        if exif:
            self.info["exif"] = exif
        profile = _profile(self._data, head)
        if profile:
            self.info["icc_profile"] = profile

    def deep(self) -> Deep:
        """Decode the picture."""
        return from_straight(self._straight(), is_light=self.is_light)

    def _eight_bits(self) -> Image.Image:
        if self.is_deep or self.is_light or self._header.bits < 8 or self._header.is_premultiplied:
            return super()._eight_bits()
        return Image.fromarray(decode(self._data, self._header), self.mode)

    def _straight(self) -> npt.NDArray[np.float32]:
        """Channels from 0 to 1, colours not multiplied by alpha."""
        head = self._header
        samples = decode(self._data, head)
        height, width = samples.shape[:2]
        scaled = samples.reshape(height, width, -1).astype(np.float32)
        if not head.is_float:
            scaled /= np.float32((1 << head.bits) - 1)
        scaled = finite(scaled)
        if head.has_alpha:
            np.clip(scaled[..., -1], 0, 1, out=scaled[..., -1])
            if head.is_premultiplied:
                alpha = scaled[..., -1:]
                np.divide(scaled[..., :-1], alpha, out=scaled[..., :-1], where=alpha > 0)
        return scaled


def decode(data: bytes, head: Header) -> _Samples:
    """Decode the first frame: rows of pixels, of channels unless there is one. Raises CorruptImageError."""
    import imagecodecs

    samples: _Samples = imagecodecs.jpegxl_decode(data, index=0, numthreads=1)
    width, height = head.size
    channels = head.colour_channels + head.has_alpha
    if head.colour_channels == 1 and head.extra_channels and not head.has_alpha:
        samples = samples[0]  # the first of several planes
    if samples.shape != ((height, width, channels) if channels > 1 else (height, width)):
        raise CorruptImageError(f"libjxl made {samples.shape} of {width}×{height} pixels")
    return samples


def _exif(data: bytes) -> bytes:
    """The EXIF block as Pillow has it; empty where there is none."""
    for box in boxes(data):
        content = data[box.start : box.end]
        if box.kind == b"brob" and content.startswith(b"Exif"):
            content = _unpacked(content[4:])
        elif box.kind != b"Exif":
            continue
        start = _EXIF_OFFSET_BYTES + int.from_bytes(content[:_EXIF_OFFSET_BYTES], "big")
        return _EXIF_PREFIX + content[start:] if start < len(content) else b""
    return b""


def _unpacked(packed: bytes) -> bytes:
    """Undo Brotli; empty where it is damaged, or too much comes out."""
    import imagecodecs

    try:
        return bytes(imagecodecs.brotli_decode(packed, out=bytearray(_MAX_EXIF_BYTES)))
    except (RuntimeError, ValueError):
        return b""


def _profile(data: bytes, head: Header) -> bytes | None:
    """The ICC profile of a JPEG that was packed."""
    width, height = head.size
    if not head.has_profile or not any(box.kind == b"jbrd" for box in boxes(data)):
        return None
    # This comes before the limits are looked at: what cannot be shown has no use for a profile.
    limit_px = 2 * (Image.MAX_IMAGE_PIXELS or 0)
    if width * height > limit_px or width * height * _UNPACKED_BYTES_PER_PX > headroom_bytes():
        return None
    import imagecodecs

    with Image.open(io.BytesIO(imagecodecs.jpegxl_decode_jpeg(data, numthreads=1)), formats=["JPEG"]) as jpeg:
        return jpeg.info.get("icc_profile")
