"""Which opened images are deep, and how those are read that Pillow would cut down to eight bits.

Pillow has no mode for colours of sixteen bits: of such a file it makes the upper bytes of the samples. Told that
the byte order is the other one, it makes the lower bytes: read twice, by decoders in C that check what they read,
a file gives all of its bits.
"""

from __future__ import annotations

import io
import sys
from typing import TypeGuard

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import II, MM, OPEN_INFO, TiffImageFile

from shared.errors import CorruptImageError
from shared.limits import Limits
from workers.decoding import decoding
from workers.deep import Deep, finite, from_straight
from workers.raster_files import RasterFile
from workers.tone_mapping import eight_bits

_READ_BYTES_PER_PX = 30

_WHITE_16 = 65_535
# What Pillow calls the layout of a file's samples, and what it would call them in the other byte order.
_OTHER_ORDER = {
    "RGB;16B": "RGB;16L", "RGB;16L": "RGB;16B", "RGB;16N": "RGB;16B",
    "RGBA;16B": "RGBA;16L", "RGBA;16L": "RGBA;16B", "RGBA;16N": "RGBA;16B",
}  # fmt: skip
_GREY_AND_ALPHA = "LA;16B"
_BITS, _COMPRESSION, _UNCOMPRESSED = 258, 259, 1
_PHOTOMETRIC, _WHITE_IS_ZERO = 262, 0
# Photometric interpretation, sample format, fill order, bits of the samples, and an alpha that colours are not
# multiplied by.
_TIFF_GREY_AND_ALPHA = (1, (1,), 1, (16, 16), (2,))
_GREY_MODES = frozenset(("I;16", "I;16B"))


def register() -> None:
    """Let Pillow open TIFFs of grey and alpha, of which it knows none: their four bytes a pixel as RGBA."""
    for byte_order in (II, MM):
        OPEN_INFO[byte_order, *_TIFF_GREY_AND_ALPHA] = ("RGBA", "RGBA")


def deep_mode(image: ImageFile.ImageFile) -> str | None:
    """Name the channels of a deep image that was opened but not loaded, as in ``RGB;16`` and ``RGBA;F``.

    None for one whose samples have eight bits or fewer, or are of a kind that only Pillow reads.
    """
    if isinstance(image, RasterFile):
        return f"{image.mode};{'F' if image.is_light else 16}" if image.is_deep else None
    if not isinstance(image, PngImageFile | TiffImageFile):
        return None
    if image.mode == "F":
        return "L;F"
    if image.mode in _GREY_MODES:
        return "LA;16" if isinstance(image.info.get("transparency"), int) else "L;16"
    layout = _layout(image)
    if layout == _GREY_AND_ALPHA or _is_two_in_four(image):
        return "LA;16"
    if layout in _OTHER_ORDER and image.mode in ("RGB", "RGBA"):
        return "RGBA;16" if image.info.get("transparency") else f"{image.mode};16"
    return None


def read_bytes_per_px(image: ImageFile.ImageFile) -> int:
    """How much memory ``read`` takes at its peak: of four channels the image, the samples and the picture."""
    return image.decode_bytes_per_px if isinstance(image, RasterFile) else _READ_BYTES_PER_PX


def read(data: bytes, image: ImageFile.ImageFile, *, limits: Limits) -> Deep:
    """Decode an image for which ``deep_mode`` has a name. Raises CorruptImageError."""
    with decoding(limits):
        if isinstance(image, RasterFile):
            return image.deep()
        transparent = image.info.get("transparency")
        if image.mode == "F":
            image.load()
            return _light(image)
        samples = _samples(data, image)
    return from_straight(_scaled(samples, transparent), is_light=False)


def in_eight_bits(image: Image.Image, *, deep_mode: str | None) -> Image.Image:
    """Return a loaded image, one page of its file, in eight bits of its own channels where Pillow made others."""
    if image.mode == "F":
        return _toned(image)
    if _is_negative(image):
        return _like(image, image.point(lambda value: value * -1 + _WHITE_16))
    if _is_two_in_four(image):
        samples = np.asarray(image).view(_byte_order(image)).astype(np.uint32)
        return _like(image, Image.frombytes("LA", image.size, ((samples + 128) // 257).astype(np.uint8).tobytes()))
    if deep_mode == "LA;16" and image.mode == "RGBA":
        return image.convert("LA")  # Pillow makes three equal channels of the grey: its profile would not fit
    return image


def _toned(image: Image.Image) -> Image.Image:
    """Return in eight bits what Pillow decoded as light."""
    return _like(image, eight_bits(_light(image)))


def _like(image: Image.Image, made: Image.Image) -> Image.Image:
    made.info = dict(image.info)
    return made


def _light(image: Image.Image) -> Deep:
    return Deep(pixels=finite(np.array(image, np.float32)[..., np.newaxis]), is_light=True)


def _samples(data: bytes, image: ImageFile.ImageFile) -> npt.NDArray[np.uint16]:
    layout = _layout(image)
    if _is_two_in_four(image):
        return _loaded_as(data, image, layout).view(_byte_order(image)).astype(np.uint16)
    if layout == _GREY_AND_ALPHA:
        return _loaded_as(data, image, "RGBA").view(">u2").astype(np.uint16)
    lower = None if image.mode in _GREY_MODES else _loaded_as(data, image, _OTHER_ORDER[layout])
    image.load()
    samples = np.asarray(image).astype(np.uint16)
    if lower is None:
        return (_WHITE_16 - samples if _is_negative(image) else samples)[..., np.newaxis]
    samples <<= 8
    samples |= lower
    return samples


def _loaded_as(data: bytes, image: ImageFile.ImageFile, layout: str) -> npt.NDArray[np.uint8]:
    """Decode anew, with the samples taken for such ones."""
    with Image.open(io.BytesIO(data), formats=[image.format or ""]) as again:
        if not isinstance(again, ImageFile.ImageFile) or again.size != image.size:
            raise CorruptImageError("an image that opened differently the second time")
        again.tile = [
            tile._replace(args=(layout, *tile.args[1:]) if isinstance(tile.args, tuple) else layout)
            for tile in again.tile
        ]
        again.load()
        return np.array(again)


def _is_two_in_four(image: Image.Image) -> TypeGuard[TiffImageFile]:
    """Whether it is one of those that ``register`` lets Pillow open."""
    return isinstance(image, TiffImageFile) and image.mode == "RGBA" and image.tag_v2.get(_BITS) == (16, 16)


def _is_negative(image: Image.Image) -> bool:
    """Whether nought is white in it, which Pillow heeds in eight bits only."""
    if not isinstance(image, TiffImageFile) or image.mode not in _GREY_MODES:
        return False
    return bool(image.tag_v2.get(_PHOTOMETRIC) == _WHITE_IS_ZERO)


def _byte_order(image: TiffImageFile) -> str:
    """Of such a file's samples: libtiff, which decompresses, brings them into the machine's own."""
    is_raw = image.tag_v2.get(_COMPRESSION, _UNCOMPRESSED) == _UNCOMPRESSED
    is_big = image.tag_v2.prefix == MM if is_raw else sys.byteorder == "big"
    return ">u2" if is_big else "<u2"


def _layout(image: ImageFile.ImageFile) -> str:
    """What Pillow calls the layout of the samples; empty where its parts differ, or it has none."""
    layouts = {str(tile.args[0] if isinstance(tile.args, tuple) else tile.args) for tile in image.tile}
    return layouts.pop() if len(layouts) == 1 else ""


def _scaled(samples: npt.NDArray[np.uint16], transparent: object) -> npt.NDArray[np.float32]:
    """Bring samples to 0 to 1; the one colour that a PNG calls transparent becomes so."""
    height, width, channels = samples.shape
    has_hole = isinstance(transparent, int | tuple) and channels in (1, 3)
    scaled = np.empty((height, width, channels + has_hole), np.float32)
    np.multiply(samples, np.float32(1 / _WHITE_16), out=scaled[..., :channels])
    if has_hole:
        scaled[..., -1] = (samples != np.array(transparent)).any(axis=2)
    return scaled
