"""Files of every format that is read, in every kind of pixels that it typically holds, and what they show."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyvips
from PIL import Image, ImageCms

from tests import deep_pictures, pictures
from tests.workers import modern_files
from tests.workers.second_reader import read

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Source:
    """A file. ``shows`` is what its first frame looks like, as L, LA, RGB or RGBA.

    ``loss`` is the mean ΔE that its own coding has cost.
    """

    format: str
    kind: str
    body: bytes
    shows: Image.Image
    bits: int = 8
    frames: int = 1
    loss: float = 0.0

    def __str__(self) -> str:
        return f"{self.format}-{self.kind}"


_EIGHT_BITS = {
    "jpeg": ("L", "RGB", "CMYK"),
    "png": ("1", "L", "LA", "P", "PA", "RGB", "RGBA"),
    "gif": ("L", "P", "PA"),
    "webp": ("RGB", "RGBA"),
    "avif": ("RGB", "RGBA"),
    "bmp": ("1", "L", "P", "RGB"),
    "ico": ("L", "RGB", "RGBA"),
    "tiff": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "LAB", "YCbCr"),
    "tga": ("L", "LA", "P", "RGB", "RGBA"),
    "jp2": ("L", "LA", "RGB", "RGBA"),
    "dds": ("L", "LA", "RGB", "RGBA"),
    "pnm": ("1", "L", "RGB"),
    "pam": ("L", "LA", "RGB", "RGBA"),
    "hdr": ("RGB",),
    "exr": ("L", "RGB", "RGBA"),
    "qoi": ("RGB", "RGBA"),
}
# What the coding of the sources costs: JPEG's and AVIF's least loss, Radiance's mantissas of eight bits, colours
# rounded to L*a*b* or to YCbCr.
_LOSSES = {"jpeg": 0.5, "avif": 1.0, "hdr": 0.5, "heic": 2.0}
_KIND_LOSSES = {"LAB": 1.0, "YCbCr": 1.5}


@cache
def all_sources() -> tuple[Source, ...]:
    """Every kind of every format."""
    return (*_eight_bits(), *_sixteen_bits(), *_light(), *_extras(), *_animations())


def by_name(name: str) -> Source:
    """The one that is called so."""
    return next(source for source in all_sources() if str(source) == name)


def picture(mode: str, size: Size = pictures.SIZE) -> tuple[Image.Image, Image.Image]:
    """A picture of the mode, ``PA`` being a palette with a hole; and what it shows, as L, LA, RGB or RGBA."""
    if mode == "1":
        two_values = pictures.gradients("L", size).point(lambda level: 255 * (level > 127))
        return two_values.convert("1"), two_values
    if mode == "P":
        palette = pictures.gradients("RGB", size).quantize(64)
        return palette, palette.convert("RGB")
    if mode == "PA":
        holey = pictures.palette_with_hole(size)
        return holey, holey.convert("RGBA")
    made = pictures.gradients("RGB" if mode == "LAB" else mode, size)
    if mode == "LAB":
        return _in_lab(made), made
    return made, made.convert("RGB") if mode in ("CMYK", "YCbCr") else made


def encoded(made: Image.Image, name: str) -> bytes:
    """The picture as a file of the format, in as large a size as it has."""
    options = {"sizes": [made.size]} if name == "ico" else {}
    return pictures.encoded(made, name, **options)


def _eight_bits() -> Iterator[Source]:
    for name, modes in _EIGHT_BITS.items():
        for mode in modes:
            made, shows = picture(mode)
            body = encoded(made, name)
            if name == "gif":  # whose colours Pillow sorts anew
                shows = read(body, name).picture
            loss = _KIND_LOSSES.get(mode, _LOSSES.get(name, 0.0))
            yield Source(name, mode, body, shows, bits=32 if name in ("hdr", "exr") else 8, loss=loss)


def sixteen_bits(name: str, mode: str, size: Size = pictures.SIZE) -> bytes:
    """A file of ``png``, ``tiff``, ``pnm`` or ``pam`` with sixteen bits a channel."""
    samples = np.asarray(pictures.gradients(mode, size)).astype(np.uint16) * 257
    if name == "pam":
        return deep_pictures.pam(samples, maximum=65_535)
    if name == "pnm":
        head = f"P{5 if mode == 'L' else 6}\n{size[0]} {size[1]}\n65535\n"
        return head.encode() + samples.astype(">u2").tobytes()
    image = pyvips.Image.new_from_array(samples).copy(interpretation="grey16" if mode in ("L", "LA") else "rgb16")
    body: bytes = image.write_to_buffer({"png": ".png", "tiff": ".tif"}[name])
    return body


def _sixteen_bits() -> Iterator[Source]:
    for name in ("png", "tiff", "pam"):
        for mode in ("L", "LA", "RGB", "RGBA"):
            yield Source(name, f"{mode}16", sixteen_bits(name, mode), pictures.gradients(mode), bits=16)
    for mode in ("L", "RGB"):
        yield Source("pnm", f"{mode}16", sixteen_bits("pnm", mode), pictures.gradients(mode), bits=16)


def _light() -> Iterator[Source]:
    grey, colours = pictures.gradients("L"), pictures.gradients("RGB")
    light = Image.fromarray(deep_pictures.light_of(grey)[..., 0])
    for name in ("pfm", "tiff"):
        yield Source(name, "F", pictures.encoded(light, name), grey, bits=32)
    width, height = pictures.SIZE
    rows = deep_pictures.light_of(colours)[::-1].astype("<f4").tobytes()
    yield Source("pfm", "RGBF", f"PF\n{width} {height}\n-1.0\n".encode() + rows, colours, bits=32)


def _extras() -> Iterator[Source]:
    for mode in ("L", "LA", "RGB", "RGBA"):
        shows = pictures.gradients(mode)
        yield Source("jxl", mode, modern_files.jxl(shows), shows)
    for mode in ("RGB", "RGBA"):
        shows = pictures.gradients(mode)
        yield Source("heic", mode, modern_files.heic(shows), shows, loss=_LOSSES["heic"])


def _animations() -> Iterator[Source]:
    for name in pictures.ANIMATED:
        body = pictures.animated(name, lossless=True) if name == "webp" else pictures.animated(name)
        with Image.open(io.BytesIO(body)) as first:
            shows = first.convert("RGB")
        yield Source(name, "animated", body, shows, frames=4)


def _in_lab(made: Image.Image) -> Image.Image:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    converted = ImageCms.applyTransform(made, ImageCms.buildTransform(srgb, lab, "RGB", "LAB"))
    assert converted is not None
    return converted
