"""Writes stills in each format but GIF and ICO: a function per format, and the defaults that measuring has chosen.

The figures are from ``scripts/bench/encoders.py``: photographs and a drawing fitted into 720 pixels, one core;
milliseconds, kilobytes and likeness (SSIM of luma) are those of the first photograph unless it says otherwise.
"""

from __future__ import annotations

import io
from typing import Any

from PIL import Image, ImageChops, ImageFile

from shared.operations import Encode
from workers.lossy_coding import AVIF_CODING, JP2_CODING, JPEG_CODING, WEBP_CODING
from workers.picture import Picture

_FULL_CHROMA_QUALITY = 90

# Method 2: 15.6 ms and 48.7 kB; method 4: 34.6 and 46.8; method 0: 9.7 and 61.4.
WEBP_METHOD = 2
# Lossless, drawing: 17 ms and 48 kB; at effort 0: 5 and 68; at effort 75: 34 and 47. Large pictures would take
# longer than a job may: 50 megapixels 17 s.
_WEBP_LOSSLESS_EFFORT = 50
_WEBP_LOSSLESS_PX = 8_000_000
# Photograph at speed 8: 95 ms and 43.9 kB; at 9: 28 and 46.1. A screenshot of 1440×900 at 7: 708 ms and 61 kB;
# at 8: 551 and 189; at 9: 101 and 309, more than as PNG.
_AVIF_SPEED, _AVIF_DRAWING_SPEED = 9, 7
_AVIF_DRAWING_PX = 4_000_000
_AVIF_SEARCHED_DRAWING_PX = 1_000_000
"""Under a bound of bytes, which takes several encodes."""
# Photograph at level 3: 41 ms and 680 kB; at 6: 122 and 652; run lengths only: 27 and 663. The screenshot at
# level 3: 31 ms and 280 kB; run lengths only: 34 and 811.
# level 9: 277 and 645, for when bytes are bounded.
PNG_LEVEL, PNG_THOROUGH_LEVEL = 3, 9
_PNG_RUN_LENGTHS = 3
_PREDICTOR_TAG, _HORIZONTAL = 317, 2

# Share of pixels equal to their left neighbour: up to 0.27 in photographs, from 0.41 on in drawings and text.
_DRAWING_SHARE = 0.35
# Looked for in strips, all over the height.
_STRIPS, _STRIP_PX = 16, 65_536
_PALETTE_COLOURS = 256
_JP2_TILE_PX = 1024


def jpeg(picture: Picture, tail: Encode) -> bytes:
    """JPEG, its tables optimised: 2.7 instead of 1.1 ms, and 1 to 10 % smaller."""
    width, height = picture.size
    # Optimising and progressive coding need the whole file in one buffer, and noise is larger than Pillow thinks.
    buffer_bytes = width * height * (5 if has_full_chroma(tail) else 2)
    usual_bytes = ImageFile.MAXBLOCK
    ImageFile.MAXBLOCK = max(usual_bytes, buffer_bytes + len(picture.exif) + len(picture.profile or b""))
    try:
        return _saved(
            picture,
            "JPEG",
            quality=JPEG_CODING.quality(tail),
            subsampling=0 if has_full_chroma(tail) else 2,
            progressive=tail.progressive,
            optimize=True,
            **metadata(picture),
        )
    finally:
        ImageFile.MAXBLOCK = usual_bytes


def has_full_chroma(tail: Encode) -> bool:
    """Whether a JPEG keeps colours at full resolution: whoever asks for such quality means to see it."""
    return JPEG_CODING.quality(tail) >= _FULL_CHROMA_QUALITY


def png(picture: Picture, tail: Encode) -> bytes:
    """PNG, with a palette where that is no loss. Photographs have no repetitions worth looking for."""
    if is_drawing(picture.frames[0]):
        return _png(picture, compress_level=PNG_LEVEL)
    return _png(picture, compress_level=PNG_LEVEL, compress_type=_PNG_RUN_LENGTHS)


def png_thorough(picture: Picture, tail: Encode) -> bytes:
    """PNG, as small as zlib makes it."""
    return _png(picture, compress_level=PNG_THOROUGH_LEVEL)


def _png(picture: Picture, **options: int) -> bytes:
    frame = picture.frames[0]
    if frame.mode == "RGB" and frame.getcolors(_PALETTE_COLOURS) is not None:
        frame = frame.quantize(_PALETTE_COLOURS)
    return _saved(_with(picture, frame), "PNG", **options, **metadata(picture))


def webp(picture: Picture, tail: Encode) -> bytes:
    """WebP."""
    return _saved(picture, "WEBP", **webp_options(picture, tail), **metadata(picture))


def webp_options(picture: Picture, tail: Encode) -> dict[str, Any]:
    """Quality; or, when nothing may be lost, as much effort as there is time for."""
    if not tail.lossless:
        return {"quality": WEBP_CODING.quality(tail), "method": WEBP_METHOD}
    width, height = picture.size
    has_time = width * height * len(picture.frames) <= _WEBP_LOSSLESS_PX
    effort = {"quality": _WEBP_LOSSLESS_EFFORT, "method": WEBP_METHOD} if has_time else {"quality": 0, "method": 0}
    return {"lossless": True, **effort}


def avif(picture: Picture, tail: Encode) -> bytes:
    """AVIF; drawings get the slower coding tools that were made for them."""
    frame = picture.frames[0]
    most_px = _AVIF_DRAWING_PX if tail.max_bytes is None else _AVIF_SEARCHED_DRAWING_PX
    takes_time = frame.width * frame.height <= most_px and is_drawing(frame)
    speed = _AVIF_DRAWING_SPEED if takes_time else _AVIF_SPEED
    return _saved(picture, "AVIF", **avif_options(tail), speed=speed, **metadata(picture))


def avif_options(tail: Encode) -> dict[str, Any]:
    """Quality, and one thread: the pool has a worker for each core."""
    return {"quality": AVIF_CODING.quality(tail), "max_threads": 1}


def jp2(picture: Picture, tail: Encode) -> bytes:
    """JPEG 2000. Its quality is a signal-to-noise ratio: 80 is 38 dB, which looks like JPEG's 80."""
    options: dict[str, Any] = {"mct": int(picture.frames[0].mode in ("RGB", "RGBA"))}
    if not tail.lossless:
        decibels = 30 + JP2_CODING.quality(tail) ** 2 / 800
        options |= {"irreversible": True, "quality_mode": "dB", "quality_layers": [decibels]}
    if max(picture.size) > _JP2_TILE_PX:
        # Without tiles the encoder takes 45 bytes of memory per pixel.
        options["tile_size"] = (_JP2_TILE_PX, _JP2_TILE_PX)
    return _saved(picture, "JPEG2000", **options)


def tiff(picture: Picture, tail: Encode) -> bytes:
    """TIFF of all pages, LZW on differences of neighbours: 16 ms, 712 kB; deflate 74 and 671, LZW alone 1278."""
    pages = {"save_all": True, "append_images": picture.frames[1:]}
    if picture.exif:
        # libtiff, which compresses, cannot write the directories of cameras.
        return _saved(picture, "TIFF", compression="raw", **pages, **metadata(picture))
    tags = Image.Exif()
    tags[_PREDICTOR_TAG] = _HORIZONTAL
    options = metadata(picture) | {"exif": tags}
    return _saved(picture, "TIFF", compression="tiff_lzw", **pages, **options)


def pnm(picture: Picture, tail: Encode) -> bytes:
    """PBM where there is only black and white, PGM where there is grey, else PPM."""
    frame = picture.frames[0]
    colours = frame.getcolors(2) if frame.mode == "L" else None
    if colours is not None and {value for _, value in colours} <= {0, 255}:
        return _saved(_with(picture, frame.convert("1", dither=Image.Dither.NONE)), "PPM")
    return _saved(picture, "PPM")


def bmp(picture: Picture, tail: Encode) -> bytes:
    """BMP."""
    return _saved(picture, "BMP")


def tga(picture: Picture, tail: Encode) -> bytes:
    """TGA, run-length coded."""
    return _saved(picture, "TGA", compression="tga_rle")


def dds(picture: Picture, tail: Encode) -> bytes:
    """DDS, without block compression: nothing is lost."""
    return _saved(picture, "DDS")


def qoi(picture: Picture, tail: Encode) -> bytes:
    """QOI."""
    return _saved(picture, "QOI", colorspace="sRGB")


def is_drawing(frame: Image.Image) -> bool:
    """Tell drawings, screenshots and text from photographs: they have areas of one colour."""
    width, height = frame.size
    same = seen = 0
    for top in range(0, height, max(1, height // _STRIPS)):
        bottom = min(height, top + max(1, _STRIP_PX // width))
        left, right = frame.crop((0, top, width - 1, bottom)), frame.crop((1, top, width, bottom))
        same += ImageChops.difference(left, right).convert("RGB").convert("L").histogram()[0]
        seen += left.width * left.height
    return same >= _DRAWING_SHARE * seen


def _with(picture: Picture, frame: Image.Image) -> Picture:
    return Picture(frames=(frame,), exif=picture.exif, profile=picture.profile)


def metadata(picture: Picture) -> dict[str, bytes]:
    """What Pillow is to write beside the pixels."""
    kept = {"exif": picture.exif, "icc_profile": picture.profile or b""}
    return {name: value for name, value in kept.items() if value}


def _saved(picture: Picture, pillow_format: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's own
    file = io.BytesIO()
    picture.frames[0].save(file, pillow_format, **options)
    return file.getvalue()
