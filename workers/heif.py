"""Reads HEIC, by libheif through pillow-heif, which is an extra: the primary image, in eight bits.

libheif turns the pixels as the container says; an orientation in EXIF is a copy of that, and counts for nothing.
Nothing is written: the encoder that comes along is under another licence than this server, and has patents on it.
"""

from __future__ import annotations

from typing import Any

from PIL import Image

from shared.errors import CorruptImageError
from workers.raster_files import RasterFile

# Measured at eight bits: 20.4 for colours, 21.2 with alpha, 16.5 for grey. Samples of more take twice the room.
_BYTES_PER_PX, _BYTES_PER_DEEP_PX = 22, 30


class HeifFile(RasterFile):
    """A HEIC file."""

    format = "HEIF"
    is_deep = False

    @classmethod
    def accepts(cls, prefix: bytes) -> bool:
        """Whether a file that begins so can be one: ``shared.formats.detect`` has looked at its brands."""
        return prefix[4:8] == b"ftyp"

    def _open(self) -> None:
        import pillow_heif
        from pillow_heif import options

        # The pool has a worker for each core; and what lies beside the picture is not shown.
        options.DECODE_THREADS = 1
        options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False
        found = pillow_heif.open_heif(self._data, convert_hdr_to_8bit=True)
        image: Any = found[found.primary_index]
        self._image = image
        self._size, self._mode = image.size, image.mode.replace("a", "A")
        self.decode_bytes_per_px = _BYTES_PER_DEEP_PX if image.info["bit_depth"] > 8 else _BYTES_PER_PX
        for name in ("exif", "icc_profile"):
            if image.info.get(name):
                self.info[name] = image.info[name]

    def _eight_bits(self) -> Image.Image:
        made: Image.Image = self._image.to_pillow()
        self._image = None
        if made.size != self._size:
            raise CorruptImageError(f"a HEIC of {self._size} pixels holds {made.size}")
        # "RGBa" is multiplied by its alpha.
        return made if made.mode == self.mode else made.convert(self.mode)
