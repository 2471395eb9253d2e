"""The readers of Radiance, OpenEXR and Netpbm files as Pillow's plug-ins, so that they open as all others do.

Opening reads the header. Loading makes an image of eight bits, tone mapped where the file holds light; ``deep``
gives the picture as it is.
"""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageFile

from workers import exr, netpbm, radiance
from workers.deep import MODES, Deep, finite, from_straight
from workers.tone_mapping import eight_bits


class RasterFile(ImageFile.ImageFile):
    """An image in a file that we read ourselves."""

    magic: tuple[bytes, ...]
    is_deep: bool
    """Whether there is more to it than eight bits."""
    is_light: bool = False
    decode_bytes_per_px: int
    """How much memory decoding takes, the image of eight bits included."""
    stored_px: int = 0
    """How many pixels are decoded, where they may be more than are shown."""

    @classmethod
    def accepts(cls, prefix: bytes) -> bool:
        """Whether a file that begins so can be one of these."""
        return prefix.startswith(cls.magic)

    def deep(self) -> Deep:
        """Decode the picture as it is; only of one that ``is_deep``. Raises CorruptImageError."""
        raise TypeError(f"{self.format} has eight bits")

    def load(self) -> Any:  # noqa: ANN401 - Pillow's own
        """Decode the image, once."""
        if self._im is None:
            made = self._eight_bits()
            self._im, self._mode = made.im, made.mode
        return Image.Image.load(self)

    def _eight_bits(self) -> Image.Image:
        return eight_bits(self.deep())

    @property
    def _data(self) -> bytes:
        if not isinstance(self.fp, io.BytesIO):
            raise TypeError("images are read from memory")
        return self.fp.getvalue()


class RadianceFile(RasterFile):
    """A Radiance picture."""

    format = "HDR"
    magic = (b"#?",)
    is_deep = is_light = True
    decode_bytes_per_px = 24  # coded, light and image; some of it twice

    def _open(self) -> None:
        self._header = radiance.header(self._data)
        self._size, self._mode = self._header.size, "RGB"

    def deep(self) -> Deep:
        """Decode the light."""
        return Deep(pixels=radiance.decode(self._data, self._header), is_light=True)


class ExrFile(RasterFile):
    """An OpenEXR file."""

    format = "EXR"
    magic = (b"\x76\x2f\x31\x01",)
    is_deep = is_light = True

    def _open(self) -> None:
        self._header = exr.header(self._data)
        self._size, self._mode = self._header.size, MODES[len(self._header.channels)]
        width, height = self._size
        # The picture and what is decoded for it, which may be larger than what is shown.
        self.stored_px = self._header.stored_px
        stored = -(-self._header.samples // (width * height))
        self.decode_bytes_per_px = 4 * len(self._header.channels) + 4 * stored

    def deep(self) -> Deep:
        """Decode the light."""
        return exr.decode(self._data, self._header)


class NetpbmFile(RasterFile):
    """A file of the Netpbm family."""

    format = "PPM"
    magic = tuple(b"P" + kind for kind in (b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"f", b"F"))

    def _open(self) -> None:
        self._header = head = netpbm.header(self._data)
        self._size, self._mode = (head.width, head.height), "1" if head.is_bits else MODES[head.channels]
        self.is_deep, self.is_light = head.is_deep, head.is_float
        bytes_per_sample = (6 if self.is_deep else 1) + (8 if head.is_text else 0)
        self.decode_bytes_per_px = 4 + head.channels * bytes_per_sample

    def deep(self) -> Deep:
        """Decode the samples."""
        if self.is_light:
            return Deep(pixels=finite(netpbm.floats(self._data, self._header)), is_light=True)
        return from_straight(netpbm.deep_samples(self._data, self._header), is_light=False)

    def _eight_bits(self) -> Image.Image:
        if self.is_deep:
            return eight_bits(self.deep())
        rawmode = "1;I" if self.mode == "1" else self.mode
        return Image.frombytes(self.mode, self.size, netpbm.samples(self._data, self._header), "raw", rawmode)


def register() -> None:
    """Make Pillow open these formats with these classes; its own reader of Netpbm is replaced."""
    for kind in (RadianceFile, ExrFile, NetpbmFile):
        Image.register_open(kind.format, kind, kind.accepts)
