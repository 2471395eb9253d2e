"""Encodes a picture: which encoder takes which modes, how large its files can be, and what has come out.

How each format is written is in ``encoding_still.py``, ``encoding_animated.py``, ``encoding_gif.py`` and
``encoding_ico.py``; at which quality, in ``output_control.py``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from shared.errors import OutOfMemoryError, TooLargeError, TooManyPixelsError
from shared.formats import (
    AVIF,
    BMP,
    DDS,
    EXR,
    GIF,
    HDR,
    ICO,
    JP2,
    JPEG,
    JXL,
    PAM,
    PFM,
    PNG,
    PNM,
    QOI,
    TGA,
    TIFF,
    WEBP,
    Format,
)
from shared.operations import Encode
from shared.wire import MAX_BODY_BYTES
from workers import (
    encoding_animated,
    encoding_deep,
    encoding_gif,
    encoding_ico,
    encoding_jpeg_xl,
    encoding_still,
    qoi,
)
from workers.encoding_still import has_full_chroma
from workers.extras import JPEG_XL_PACKAGE, is_installed
from workers.limits import headroom_bytes
from workers.lossy_coding import AVIF_CODING, JP2_CODING, JPEG_CODING, JXL_CODING, WEBP_CODING, LossyCoding
from workers.output_control import Write, at_quality, costliest, without_quality
from workers.picture import Encoded, Picture, in_common_mode

_Memory = Callable[[Picture, Encode], int]


def _by_alpha(opaque: int, transparent: int) -> _Memory:
    return lambda picture, tail: transparent if picture.has_alpha else opaque


_LONGEST_MS = 655_350
_LITTLE = _by_alpha(5, 5)
_LIGHT = _by_alpha(encoding_deep.LIGHT_BYTES_PER_PX, encoding_deep.LIGHT_BYTES_PER_PX)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encoder:
    """One format's writer.

    ``bytes_per_px`` tells the memory it takes at its peak beside the picture itself, as measured on 50 megapixels;
    ``write_thorough`` is slower and makes smaller files, for when bytes are bounded.
    """

    write: Write
    modes: frozenset[str]
    prepare: Callable[[Sequence[Image.Image]], tuple[Image.Image, ...]] | None = None
    write_animation: Write | None = None
    lossy: LossyCoding | None = None
    write_thorough: Write | None = None
    write_thorough_animation: Write | None = None
    max_side_px: int | None = None
    max_px: int | None = None
    bytes_per_px: _Memory = _LITTLE


_ALL_MODES = frozenset(("L", "LA", "RGB", "RGBA"))
_NO_ALPHA = frozenset(("L", "RGB"))
_COLOUR = frozenset(("RGB", "RGBA"))
_ENCODERS: dict[Format, _Encoder] = {
    JPEG: _Encoder(
        write=encoding_still.jpeg,
        modes=_NO_ALPHA,
        lossy=JPEG_CODING,
        max_side_px=65_500,
        bytes_per_px=lambda picture, tail: 11 if has_full_chroma(tail) else 5,
    ),
    PNG: _Encoder(
        write=encoding_still.png,
        modes=_ALL_MODES,
        write_animation=encoding_animated.png,
        write_thorough=encoding_still.png_thorough,
        write_thorough_animation=encoding_animated.png_thorough,
    ),
    GIF: _Encoder(
        write=encoding_gif.still,
        modes=_COLOUR,
        prepare=lambda frames: tuple(map(encoding_gif.without_half_transparency, frames)),
        write_animation=encoding_gif.animation,
        max_side_px=65_535,
        bytes_per_px=_by_alpha(10, 20),
    ),
    WEBP: _Encoder(
        write=encoding_still.webp,
        modes=_COLOUR,
        write_animation=encoding_animated.webp,
        lossy=WEBP_CODING,
        max_side_px=16_383,
        bytes_per_px=lambda picture, tail: 24 if picture.has_alpha or tail.lossless else 6,
    ),
    AVIF: _Encoder(
        write=encoding_still.avif,
        modes=frozenset(("L", "RGB", "RGBA")),
        write_animation=encoding_animated.avif,
        lossy=AVIF_CODING,
        max_side_px=32_768,  # more can be written, but not read again by libavif
        bytes_per_px=_by_alpha(29, 34),
    ),
    BMP: _Encoder(write=encoding_still.bmp, modes=_NO_ALPHA),
    ICO: _Encoder(write=encoding_ico.ico, modes=_ALL_MODES, prepare=encoding_ico.in_all_sizes),
    TIFF: _Encoder(write=encoding_still.tiff, modes=_ALL_MODES),
    TGA: _Encoder(write=encoding_still.tga, modes=_ALL_MODES, max_side_px=65_535),
    JP2: _Encoder(write=encoding_still.jp2, modes=_ALL_MODES, lossy=JP2_CODING, bytes_per_px=_by_alpha(14, 20)),
    DDS: _Encoder(write=encoding_still.dds, modes=_ALL_MODES),
    PNM: _Encoder(write=encoding_still.pnm, modes=_NO_ALPHA),
    PAM: _Encoder(write=encoding_deep.pam, modes=_ALL_MODES),
    PFM: _Encoder(write=encoding_deep.pfm, modes=_NO_ALPHA, bytes_per_px=_LIGHT),
    HDR: _Encoder(write=encoding_deep.hdr, modes=_NO_ALPHA, bytes_per_px=_LIGHT),
    EXR: _Encoder(write=encoding_deep.exr, modes=_ALL_MODES, bytes_per_px=_LIGHT),
    # Pillow's encoder is in Python, as slow as its decoder.
    QOI: (
        _Encoder(write=qoi.qoi, modes=_COLOUR, bytes_per_px=_by_alpha(12, 16))
        if is_installed(JPEG_XL_PACKAGE)
        else _Encoder(write=encoding_still.qoi, modes=_COLOUR, max_px=QOI.max_decode_px)
    ),
    JXL: _Encoder(
        write=encoding_jpeg_xl.jpeg_xl,
        modes=_ALL_MODES,
        lossy=JXL_CODING,
        bytes_per_px=encoding_jpeg_xl.bytes_per_px,
    ),
}


def encode(picture: Picture, image_format: Format, tail: Encode) -> Encoded:
    """Write the picture as ``tail`` says.

    Raises TooManyPixelsError for sides that the format cannot hold, OutOfMemoryError, DoesNotFitError and
    TooLargeError.
    """
    encoder = _ENCODERS[image_format]
    frames = encoder.prepare(picture.frames) if encoder.prepare else picture.frames
    width, height = frames[0].size
    _check_size(encoder, image_format, width, height)
    picture = dataclasses.replace(
        picture,
        frames=in_common_mode(frames, encoder.modes),
        durations_ms=tuple(map(_writable_ms, picture.durations_ms)),
        plays=picture.plays if tail.loop is None else tail.loop,
    )
    _check_memory(picture, bytes_per_px=encoder.bytes_per_px(picture, costliest(tail)))
    body = _written(encoder, picture, tail, is_lossless=tail.lossless and image_format.lossless_option)
    if len(body) > MAX_BODY_BYTES:
        raise TooLargeError(f"the result has {len(body)} bytes, at most {MAX_BODY_BYTES} are sent")
    return Encoded(
        body=body,
        width=width,
        height=height,
        frames=encoding_animated.frames_in(body) if _is_animation(encoder, picture) else 1,
        has_alpha=picture.has_alpha,
    )


def _is_animation(encoder: _Encoder, picture: Picture) -> bool:
    return len(picture.frames) > 1 and encoder.write_animation is not None


def _written(encoder: _Encoder, picture: Picture, tail: Encode, *, is_lossless: bool) -> bytes:
    write, thorough = encoder.write, encoder.write_thorough
    if encoder.write_animation is not None and len(picture.frames) > 1:
        write, thorough = encoder.write_animation, encoder.write_thorough_animation
    if encoder.lossy is None or is_lossless:
        return without_quality(picture, tail, write=write, thorough=thorough)
    return at_quality(picture, tail, coding=encoder.lossy, write=write, write_still=encoder.write)


def _writable_ms(duration_ms: int) -> int:
    """Round long durations to what every format can hold: GIF up to eleven minutes, PNG sixteen bits of a unit."""
    return duration_ms if duration_ms < 1 << 16 else min(round(duration_ms, -1), _LONGEST_MS)


def _check_size(encoder: _Encoder, image_format: Format, width: int, height: int) -> None:
    """Raise before the encoder meets a bound of its format, or would take too long."""
    if encoder.max_side_px is not None and max(width, height) > encoder.max_side_px:
        most = f"{image_format.name} holds at most {encoder.max_side_px} a side"
        raise TooManyPixelsError(f"the result would be {width}×{height} pixels, {most}")
    if encoder.max_px is not None and width * height > encoder.max_px:
        most = f"as {image_format.name} at most {encoder.max_px} are made"
        raise TooManyPixelsError(f"the result would be {width}×{height} pixels, {most}")


def _check_memory(picture: Picture, *, bytes_per_px: int) -> None:
    """Raise before the encoder meets the ceiling: most then crash, or blame the image."""
    width, height = picture.size
    needed_bytes = width * height * bytes_per_px
    if needed_bytes > headroom_bytes():
        raise OutOfMemoryError(f"encoding {width}×{height} pixels takes about {needed_bytes >> 20} MiB")
