"""Image files made in code: every format, animations, orientations, headers that lie.

Pictures are gradients of a different direction in every channel, so that a flip, a shift or a swap shows.
Colour profiles are in ``tests/profiles.py``.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import ExifTags, Image, ImageChops, ImageStat
from PIL.Image import Resampling, Transpose

from shared.formats import BUILT_IN, BY_NAME
from tests import deep_pictures

SIZE = (64, 48)
FORMATS = tuple(known.name for known in BUILT_IN)
ANIMATED = tuple(known.name for known in BUILT_IN if known.animated)
_BY_HAND = ("pam", "hdr", "exr")
_Size = tuple[int, int]

_LOSSLESS: dict[str, dict[str, Any]] = {
    "webp": {"lossless": True},
    "avif": {"quality": 100, "subsampling": "4:4:4", "speed": 9, "max_threads": 1},
    "jpeg": {"quality": 100, "subsampling": "4:4:4"},
    "jp2": {"mct": 0},
    "ico": {"sizes": [SIZE]},
}


def gradients(mode: str = "RGB", size: _Size = SIZE) -> Image.Image:
    """A picture of ``mode`` whose channels run right, down, left and up."""
    if mode == "I;16":
        return deep_gradient(size)
    square = Image.linear_gradient("L")
    turns = (Transpose.ROTATE_90, None, Transpose.ROTATE_270, Transpose.ROTATE_180)
    right, down, left, up = (
        (square.transpose(turn) if turn is not None else square).resize(size, Resampling.BOX) for turn in turns
    )
    if mode == "CMYK":  # little black, so that the inks show
        return Image.merge(mode, (right, down, left, Image.new("L", size, 20)))
    bands = {"L": [right], "LA": [right, up], "RGB": [right, down, left], "RGBA": [right, down, left, up]}
    base = mode if mode in bands else "RGB"
    return Image.merge(base, bands[base]).convert(mode)


def deep_gradient(size: _Size = SIZE) -> Image.Image:
    """Sixteen bits of grey, running right."""
    width, height = size
    row = b"".join(struct.pack("<H", 65_535 * x // max(1, width - 1)) for x in range(width))
    return Image.frombytes("I;16", size, row * height)


def palette_with_hole(size: _Size = SIZE) -> Image.Image:
    """A palette picture whose left half is transparent, by ``transparency`` in its info."""
    picture = gradients("RGB", size).quantize(16)
    picture.paste(16, (0, 0, size[0] // 2, size[1]))
    picture.putpalette(bytes(picture.getpalette() or ())[: 3 * 16] + bytes(3))
    picture.info["transparency"] = 16
    return picture


def encoded(picture: Image.Image, name: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's own
    """The picture as a file, with as little loss as the format knows unless ``options`` say otherwise."""
    if name in _BY_HAND:
        return deep_pictures.encoded(picture, name)
    file = io.BytesIO()
    picture.save(file, BY_NAME[name].pillow[0], **_LOSSLESS.get(name, {}) | options)
    return file.getvalue()


def sample(name: str, size: _Size = SIZE) -> bytes:
    """A file of the format, with alpha where it has some."""
    if name == "pfm":
        light = gradients("L", size).point([(level / 255) ** 2.2 for level in range(256)], "F")
        return encoded(light, name)
    if name == "gif":
        return encoded(palette_with_hole(size), name)
    mode = "RGBA" if BY_NAME[name].alpha else "RGB"
    options = {"sizes": [size]} if name == "ico" else {}
    return encoded(gradients(mode, size), name, **options)


def animation_frames(count: int = 4, size: _Size = SIZE, mode: str = "RGB") -> list[Image.Image]:
    """Gradients with a black square that moves right."""
    frames = []
    for index in range(count):
        frame = gradients(mode, size)
        frame.paste(0, (8 * index, 8, 8 * index + 8, 16))
        frames.append(frame)
    return frames


def animated(
    name: str,
    *,
    durations_ms: tuple[int, ...] = (100, 200, 300, 400),
    loop: int | None = 0,
    **options: Any,  # noqa: ANN401 - Pillow's own
) -> bytes:
    """An animation with one frame for each duration; ``loop`` as the format counts it, None for no count."""
    first, *others = animation_frames(len(durations_ms))
    if name == "avif":
        options = {"quality": 90, "speed": 9, "max_threads": 1} | options
    if loop is not None and name != "avif":
        options["loop"] = loop
    file = io.BytesIO()
    first.save(
        file,
        BY_NAME[name].pillow[0],
        save_all=True,
        append_images=others,
        duration=list(durations_ms),
        **options,
    )
    return file.getvalue()


def oriented(orientation: int, name: str = "jpeg", size: _Size = SIZE) -> bytes:
    """A file whose EXIF orientation turns its pixels back into ``gradients``."""
    undo = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_90,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_270,
    }
    picture = gradients("RGB", size)
    stored = picture.transpose(undo[orientation]) if orientation in undo else picture
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return encoded(stored, name, exif=exif)


def signed_jpeg() -> bytes:
    """A photograph as cameras make them: author, camera, place, orientation, maker note and preview."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ada"
    exif[ExifTags.Base.Copyright] = "(c) Ada"
    exif[ExifTags.Base.Model] = "Box"
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.IFD.Exif] = {ExifTags.Base.MakerNote: b"private", ExifTags.Base.ISOSpeedRatings: 200}
    exif[ExifTags.IFD.GPSInfo] = {ExifTags.GPS.GPSLatitudeRef: "N"}
    return encoded(gradients(), "jpeg", exif=exif, comment=b"a comment")


def opened(body: bytes) -> Image.Image:
    """The picture in a file, loaded."""
    image = Image.open(io.BytesIO(body))
    image.load()
    return image


def distance(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of all channels, of 255."""
    assert (one.mode, one.size) == (other.mode, other.size)
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG with this header, the chunks and next to no pixels."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + pixels + png_chunk(b"IEND", b"")


def bomb(name: str, *, side: int = 30_000) -> bytes:
    """A small file whose header claims hundreds of megapixels."""
    if name == "png":
        return png_of(side, side)
    if name == "ico":
        png = png_of(side, side)
        return struct.pack("<HHH", 0, 1, 1) + struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(png), 22) + png
    if name in _NOTHING_BUT_A_HEADER:
        return _NOTHING_BUT_A_HEADER[name] % (side, side)
    if name == "webp":
        canvas = (side - 1).to_bytes(3, "little") * 2
        return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<II", 10, 0) + canvas
    body = bytearray(sample(name))
    for marker, offset, layout in _SIZE_FIELDS[name]:
        struct.pack_into(layout, body, body.index(marker) + offset, *[side] * (len(layout) - 1))
    return bytes(body)


_NOTHING_BUT_A_HEADER = {
    "pnm": b"P6\n%d %d\n255\n",
    "pam": b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n",
    "pfm": b"Pf\n%d %d\n-1.0\n",
    "hdr": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y %d +X %d\n",
}
# Behind which bytes, how far, and how a header holds width and height.
_SIZE_FIELDS: dict[str, list[tuple[bytes, int, str]]] = {
    "jpeg": [(b"\xff\xc0", 5, ">HH")],
    "gif": [(b"GIF89a", 6, "<HH")],
    "avif": [(b"ispe", 8, ">II")],
    "bmp": [(b"BM", 18, "<ii")],
    "tiff": [(struct.pack("<HHI", tag, 4, 1), 8, "<I") for tag in (256, 257)],
    "tga": [(b"", 12, "<HH")],
    "jp2": [(b"ihdr", 4, ">II")],
    "dds": [(b"DDS ", 12, "<II")],
    "qoi": [(b"qoif", 4, ">II")],
    "exr": [(b"dataWindow\0box2i\0", 29, "<ii"), (b"displayWindow\0box2i\0", 32, "<ii")],
}


def encoded_blank(size: _Size, name: str = "png") -> bytes:
    """A large picture that is a small file."""
    return encoded(Image.new("L", size), name)
