"""Reads what was written with other libraries than wrote it: what a job made is what its users will see.

libvips reads most; OpenCV, imagecodecs and OpenEXR what it does not, and PAM is read by hand. For ICO, TGA and DDS
there is Pillow alone, which wrote them: these three are held against themselves.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import imagecodecs
import numpy as np
import numpy.typing as npt
import OpenEXR
import pyvips
from PIL import Image

_Samples = npt.NDArray[np.generic]

_BY_VIPS = ("jpeg", "png", "gif", "webp", "avif", "tiff")
_BY_OPENCV = ("bmp", "pnm", "pfm", "hdr")
_BY_IMAGECODECS = {
    "jp2": imagecodecs.jpeg2k_decode,
    "qoi": imagecodecs.qoi_decode,
    "jxl": imagecodecs.jpegxl_decode,
}
_BY_PILLOW = ("ico", "tga", "dds")
_LIGHT = ("pfm", "hdr", "exr")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file holds: its first picture as it is shown, and how it is stored."""

    picture: Image.Image
    """L, LA, RGB or RGBA."""
    bits: int
    """A channel: 1 counts as 8, and 32 are in floating point."""
    frames: int = 1


def read(body: bytes, name: str) -> Seen:
    """Read a file of the format."""
    if name in _BY_VIPS:
        return _by_vips(body, name)
    if name in _BY_PILLOW:
        with Image.open(io.BytesIO(body)) as image:
            image.load()
            return Seen(image.convert({"P": "RGB", "1": "L"}.get(image.mode, image.mode)), 8)
    samples = _samples(body, name)
    return Seen(_shown(samples, is_light=name in _LIGHT), {1: 8, 2: 16, 4: 32}[samples.dtype.itemsize])


def _by_vips(body: bytes, name: str) -> Seen:
    if body[8:12] == b"avis":  # a film, of which libvips knows nothing
        film = imagecodecs.avif_decode(body)
        return Seen(_shown(film[0], is_light=False), 8, len(film))
    image = pyvips.Image.new_from_buffer(body, "")
    frames = image.get("n-pages") if image.get_typeof("n-pages") else 1
    bits = 16 if image.format == "ushort" else 8
    samples: _Samples = image.numpy().reshape(image.height, image.width, image.bands)
    if name == "png" and b"acTL" in body:  # which libvips does not know
        with Image.open(io.BytesIO(body)) as animation:
            frames = getattr(animation, "n_frames", 1)
    return Seen(_shown(samples, is_light=False), bits, frames)


def _samples(body: bytes, name: str) -> _Samples:
    if name in _BY_OPENCV:
        found = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_UNCHANGED)
        assert found is not None
        return found if found.ndim == 2 else found[..., [2, 1, 0, 3][: found.shape[2]]]
    if name == "exr":
        with OpenEXR.File(io.BytesIO(body), separate_channels=True) as file:
            channels = {key: channel.pixels.astype(np.float32) for key, channel in file.channels().items()}
        return np.stack([channels[key] for key in "YRGBA" if key in channels], -1)
    return _pam(body) if name == "pam" else np.asarray(_BY_IMAGECODECS[name](body))


def _pam(body: bytes) -> _Samples:
    head, _, pixels = body.partition(b"ENDHDR\n")
    fields = dict(line.split(None, 1) for line in head.splitlines() if line.count(b" ") == 1)
    width, height, depth, maximum = (int(fields[key]) for key in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL"))
    samples = np.frombuffer(pixels, ">u2" if maximum > 255 else "u1").reshape(height, width, depth)
    return samples.astype(np.uint16) if maximum > 255 else samples


def _shown(samples: _Samples, *, is_light: bool) -> Image.Image:
    """Eight bits of it, in as many channels."""
    if samples.ndim == 2:
        samples = samples[..., np.newaxis]
    if is_light:
        samples = _encoded(samples)
    elif samples.dtype == np.uint16:
        samples = (samples.astype(np.uint32) + 128) // 257
    eight_bits = samples.astype(np.uint8)
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[samples.shape[2]]
    return Image.frombytes(mode, (samples.shape[1], samples.shape[0]), eight_bits.tobytes())


def _encoded(light: _Samples) -> _Samples:
    """Light by the formula of IEC 61966-2-1, what is multiplied by alpha divided again; no tone mapping."""
    straight = light.astype(np.float64)
    if straight.shape[2] in (2, 4):
        alpha = straight[..., -1:]
        np.divide(straight[..., :-1], alpha, out=straight[..., :-1], where=alpha > 0)
    bright = np.clip(straight, 0, 1)
    values = np.where(bright <= 0.0031308, 12.92 * bright, 1.055 * bright ** (1 / 2.4) - 0.055)
    if straight.shape[2] in (2, 4):
        values[..., -1] = bright[..., -1]
    levels: _Samples = np.rint(values * 255)
    return levels
