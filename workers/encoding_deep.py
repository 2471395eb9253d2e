"""Writes the formats that hold more than eight bits a channel: deep pictures with all of it, others as light.

The Netpbm files are written here, too, but for those of eight bits without alpha, which Pillow writes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shared.errors import OutOfMemoryError, TooLargeError
from shared.formats import EXR, HDR, PAM, PFM, PNG, PNM, TIFF, Format
from shared.operations import FLATTEN_ON, Encode
from shared.wire import MAX_BODY_BYTES
from workers import exr as openexr
from workers import radiance
from workers.deep import Deep, from_straight, sixteen_bits
from workers.deep_geometry import flattened
from workers.limits import headroom_bytes
from workers.picture import DeepPicture, Encoded, Picture
from workers.png16 import png16
from workers.tiff16 import tiff16
from workers.tone_mapping import in_light, shown

LIGHT_BYTES_PER_PX = 44
"""What writing eight bits as light takes at its peak."""

# As measured on ten megapixels, beside the picture itself.
_BYTES_PER_PX = {PNG: 18, TIFF: 18, PNM: 18, PAM: 18, PFM: 26, HDR: 8, EXR: 28}
_CONVERTED_BYTES_PER_PX = 16
_WHOLE_BITS = 16
_TUPLES = {1: "GRAYSCALE", 2: "GRAYSCALE_ALPHA", 3: "RGB", 4: "RGB_ALPHA"}


def encode_deep(picture: DeepPicture, image_format: Format, tail: Encode) -> Encoded:
    """Write the picture with all of its bits that the format holds.

    Raises OutOfMemoryError and TooLargeError.
    """
    width, height = picture.deep.size
    is_converted = picture.deep.is_light != _holds_light(image_format)
    bytes_per_px = _BYTES_PER_PX[image_format] + (_CONVERTED_BYTES_PER_PX if is_converted else 0)
    needed_bytes = width * height * bytes_per_px
    if needed_bytes > headroom_bytes():
        raise OutOfMemoryError(f"encoding {width}×{height} deep pixels takes about {needed_bytes >> 20} MiB")
    seen = _seen(picture.deep, image_format)
    body = WRITERS[image_format](seen, picture)
    if len(body) > MAX_BODY_BYTES:
        raise TooLargeError(f"the result has {len(body)} bytes, at most {MAX_BODY_BYTES} are sent")
    return Encoded(body=body, width=width, height=height, frames=1, has_alpha=seen.has_alpha)


def hdr(picture: Picture, tail: Encode) -> bytes:
    """Radiance: what is shown, as light."""
    return radiance.encode(_light(picture).pixels)


def exr(picture: Picture, tail: Encode) -> bytes:
    """OpenEXR in half floats, which tell all eight bits apart."""
    return openexr.encode(_light(picture), half=True)


def pfm(picture: Picture, tail: Encode) -> bytes:
    """PFM, grey or coloured: what is shown, as light."""
    return _pfm(_light(picture))


def pam(picture: Picture, tail: Encode) -> bytes:
    """PAM of eight bits."""
    frame = picture.frames[0]
    return _pam_header(frame.size, len(frame.getbands()), maximum=255) + frame.tobytes()


def _light(picture: Picture) -> Deep:
    values = np.array(picture.frames[0], np.float32)
    values /= 255
    if values.ndim == 2:
        values = values[..., np.newaxis]
    return in_light(from_straight(values, is_light=False))


def _seen(deep: Deep, image_format: Format) -> Deep:
    """Bring the picture into the range and to the channels of the format.

    Light is laid on white as light where it stays light, else as all other formats are: as it is shown.
    """
    holds_light = _holds_light(image_format)
    deep = deep if holds_light else shown(deep)
    if not image_format.alpha:
        deep = flattened(deep, FLATTEN_ON)
    deep = _without_idle_alpha(deep)
    return in_light(deep) if holds_light else deep


def _holds_light(image_format: Format) -> bool:
    return image_format.bits > _WHOLE_BITS


def _without_idle_alpha(deep: Deep) -> Deep:
    if not deep.has_alpha or deep.pixels[..., -1].min() < 1:
        return deep
    return Deep(pixels=deep.pixels[..., :-1], is_light=deep.is_light)


def _pfm(deep: Deep) -> bytes:
    height, width, channels = deep.pixels.shape
    head = f"{'PF' if channels == 3 else 'Pf'}\n{width} {height}\n-1.0\n"
    return head.encode("ascii") + deep.pixels[::-1].astype("<f4").tobytes()


def _pnm16(deep: Deep) -> bytes:
    height, width, channels = deep.pixels.shape
    head = f"{'P6' if channels == 3 else 'P5'}\n{width} {height}\n65535\n"
    return head.encode("ascii") + sixteen_bits(deep).astype(">u2").tobytes()


def _pam16(deep: Deep) -> bytes:
    head = _pam_header(deep.size, deep.pixels.shape[2], maximum=65_535)
    return head + sixteen_bits(deep).astype(">u2").tobytes()


def _pam_header(size: tuple[int, int], channels: int, *, maximum: int) -> bytes:
    width, height = size
    lines = (
        "P7", f"WIDTH {width}", f"HEIGHT {height}", f"DEPTH {channels}", f"MAXVAL {maximum}",
        f"TUPLTYPE {_TUPLES[channels]}", "ENDHDR", "",
    )  # fmt: skip
    return "\n".join(lines).encode("ascii")


WRITERS: dict[Format, Callable[[Deep, DeepPicture], bytes]] = {
    PNG: lambda deep, picture: png16(sixteen_bits(deep), exif=picture.exif, profile=picture.profile),
    TIFF: lambda deep, picture: tiff16(sixteen_bits(deep), exif=picture.exif, profile=picture.profile),
    PNM: lambda deep, picture: _pnm16(deep),
    PAM: lambda deep, picture: _pam16(deep),
    PFM: lambda deep, picture: _pfm(deep),
    HDR: lambda deep, picture: radiance.encode(deep.pixels),
    EXR: lambda deep, picture: openexr.encode(deep, half=False),
}
"""The formats that hold deep pictures."""
