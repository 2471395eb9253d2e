"""Opens an image: names its format by its bytes, reads its header, refuses what is too much before decoding it.

Which of its frames are decoded, and how, is ``workers/frames.py``.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageFile

from shared.errors import (
    CorruptImageError,
    ImageError,
    OutOfMemoryError,
    TooManyFramesError,
    TooManyPixelsError,
    UnsupportedFormatError,
)
from shared.formats import AVIF, HEIC, JP2, JXL, QOI, TIFF, WEBP, Format, detect, sniff_bytes
from shared.limits import Limits
from workers import codecs as codecs  # registers the formats
from workers import deep_source
from workers.decoding import decoding
from workers.deep import Deep
from workers.extras import check_read
from workers.limits import headroom_bytes
from workers.raster_files import RasterFile
from workers.tiff_kind import unread_kind

# Bytes of memory per pixel that decoders take at their peak once the file is opened, the image they make included.
# Measured on 50 megapixels of RGB; formats that are not listed need little more than the image itself.
_DECODE_BYTES_PER_PX = {WEBP: 8, AVIF: 9, JP2: 20}
_IMAGE_BYTES_PER_PX = 4
# Pillow decodes some kinds of files in Python, at one to two seconds a megapixel: QOI, but also plain DDS and
# run-length BMP.
_PYTHON_DECODED_PX = QOI.max_decode_px or 2_000_000

_ORIENTATION_TAG = 0x0112
# By their decoders: TIFF as EXIF says, the others as their own headers do.
_TURNED_ALREADY = (TIFF, JXL, HEIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An image whose header was read. ``image`` belongs to Pillow and is closed with the ``opened`` block."""

    image: ImageFile.ImageFile
    format: Format
    data: bytes
    limits: Limits
    deep_mode: str | None
    """The channels of an image with more than eight bits each, as in ``RGB;16`` and ``RGBA;F``."""

    def deep(self) -> Deep:
        """Decode an image that has a ``deep_mode``, with all of its bits; of several pages the first.

        Raises CorruptImageError, or OutOfMemoryError in time.
        """
        self._check_headroom(deep_source.read_bytes_per_px(self.image))
        return deep_source.read(self.data, self.image, limits=self.limits)

    @property
    def profile(self) -> bytes | None:
        """The embedded ICC profile."""
        return self.image.info.get("icc_profile") or None

    @property
    def orientation(self) -> int:
        """The EXIF orientation still to be applied, 1 to 8; garbage counts as upright.

        For formats other than JPEG it may stand behind the pixels, and asking for it decodes them.
        """
        if self.format in _TURNED_ALREADY:
            return 1
        with contextlib.suppress(ImageError), decoding(self.limits):
            found = self.image.getexif().get(_ORIENTATION_TAG, 1)
            return found if found in range(1, 9) else 1
        return 1

    def check(self, *, decoded_frames: int) -> None:
        """Raise before pixels are decoded when so many frames of them pass a limit."""
        (width, height), limits = self.image.size, self.limits
        pixels = (
            max(width * height, self.image.stored_px) if isinstance(self.image, RasterFile) else width * height
        )
        if decoded_frames > limits.max_frames:
            raise TooManyFramesError(f"more than {limits.max_frames} frames would have to be decoded")
        if pixels * decoded_frames > limits.max_pixels:
            times = f" in {decoded_frames} frames" if decoded_frames > 1 else ""
            raise TooManyPixelsError(
                f"the image has {width}×{height} pixels{times}, at most {limits.max_pixels} pixels are read"
            )
        if width * height > _PYTHON_DECODED_PX and self._is_decoded_in_python():
            raise TooManyPixelsError(
                f"the image has {width}×{height} pixels, of its kind at most {_PYTHON_DECODED_PX} are read"
            )

    def check_memory(self) -> None:
        """Raise OutOfMemoryError when decoding would surely meet the ceiling: many codecs then crash or lie."""
        if isinstance(self.image, RasterFile):
            self._check_headroom(self.image.decode_bytes_per_px)
        else:
            self._check_headroom(_DECODE_BYTES_PER_PX.get(self.format, _IMAGE_BYTES_PER_PX))

    def _check_headroom(self, bytes_per_px: int) -> None:
        width, height = self.image.size
        needed_bytes = width * height * bytes_per_px
        if needed_bytes > headroom_bytes():
            raise OutOfMemoryError(f"decoding {width}×{height} pixels takes about {needed_bytes >> 20} MiB")

    def _is_decoded_in_python(self) -> bool:
        return any(tile.codec_name in Image.DECODERS for tile in self.image.tile)


@contextlib.contextmanager
def opened(data: bytes, *, extension: str, limits: Limits) -> Iterator[Opened]:
    """Open ``data``; ``extension`` decides only for formats without leading bytes.

    Raises UnsupportedFormatError, CorruptImageError or TooManyPixelsError.
    """
    image_format = detect(data[: sniff_bytes(extension)], extension=extension)
    if image_format is None:
        raise UnsupportedFormatError()
    check_read(image_format)
    with _open(data, image_format, limits=limits) as image:
        deep_mode = deep_source.deep_mode(image)
        yield Opened(image=image, format=image_format, data=data, limits=limits, deep_mode=deep_mode)


def _open(data: bytes, image_format: Format, *, limits: Limits) -> ImageFile.ImageFile:
    try:
        with decoding(limits):
            return Image.open(io.BytesIO(data), formats=image_format.pillow)
    except CorruptImageError:
        kind = unread_kind(data, limits=limits) if image_format is TIFF else None
        if kind is None:
            raise
        raise UnsupportedFormatError(f"TIFFs of {kind} are not read here") from None
