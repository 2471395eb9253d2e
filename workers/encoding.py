"""Encodes a picture: which encoder takes which modes, how large its files can be, and what has come out.

How each format is written is in ``encoding_still.py``, ``encoding_animated.py``, ``encoding_gif.py`` and
``encoding_ico.py``; at which quality, in ``auto_quality.py`` and ``size_bound.py``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PIL import Image

from shared.errors import OutOfMemoryError, TooLargeError, TooManyPixelsError
from shared.formats import (
    AVIF,
    BMP,
    DDS,
    GIF,
    ICO,
    JP2,
    JPEG,
    PFM,
    PNG,
    PNM,
    QOI,
    TGA,
    TIFF,
    WEBP,
    Format,
)
from shared.operations import AUTO, Encode
from shared.wire import MAX_BODY_BYTES
from workers import encoding_animated, encoding_gif, encoding_ico, encoding_still
from workers.auto_quality import chosen_quality
from workers.encoding_still import has_full_chroma
from workers.limits import headroom_bytes
from workers.lossy_coding import AVIF_CODING, JP2_CODING, JPEG_CODING, WEBP_CODING, LossyCoding
from workers.picture import Encoded, Picture, in_common_mode
from workers.size_bound import HIGHEST_UNASKED, best_that_fits, smallest_that_fits

_Write = Callable[[Picture, Encode], bytes]
_Memory = Callable[[Picture, Encode], int]


def _by_alpha(opaque: int, transparent: int) -> _Memory:
    return lambda picture, tail: transparent if picture.has_alpha else opaque


_LONGEST_MS = 655_350
_LITTLE = _by_alpha(5, 5)
_THOROUGH_PX = 6_000_000
"""What a thorough writer is trusted with: it takes four seconds for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encoder:
    """One format's writer.

    ``bytes_per_px`` tells the memory it takes at its peak beside the picture itself, as measured on 50 megapixels;
    ``thorough`` are slower writers of smaller files (a still, an animation), for when bytes are bounded.
    """

    write: _Write
    modes: frozenset[str]
    prepare: Callable[[Sequence[Image.Image]], tuple[Image.Image, ...]] | None = None
    write_animation: _Write | None = None
    lossy: LossyCoding | None = None
    thorough: tuple[_Write, _Write] | None = None
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
        thorough=(encoding_still.png_thorough, encoding_animated.png_thorough),
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
    PFM: _Encoder(write=encoding_still.pfm, modes=frozenset(("L",))),
    # Pillow's encoder is in Python, as slow as its decoder.
    QOI: _Encoder(write=encoding_still.qoi, modes=_COLOUR, max_px=QOI.max_decode_px),
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
    _check_memory(picture, bytes_per_px=encoder.bytes_per_px(picture, _costliest(tail)))
    coding = None if tail.lossless and image_format.lossless_option else encoder.lossy
    body = _lossy(encoder, coding, picture, tail) if coding else _lossless(encoder, picture, tail)
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


def _writer(encoder: _Encoder, picture: Picture) -> _Write:
    animation = encoder.write_animation
    return animation if animation is not None and len(picture.frames) > 1 else encoder.write


def _lossless(encoder: _Encoder, picture: Picture, tail: Encode) -> bytes:
    """Write what has no quality."""
    write = _writer(encoder, picture)
    if tail.max_bytes is None:
        return write(picture, tail)
    writers = [write]
    if encoder.thorough is not None and _pixels(picture) <= _THOROUGH_PX:
        writers.append(encoder.thorough[_is_animation(encoder, picture)])
    return smallest_that_fits(*(partial(write, picture, tail) for write in writers), max_bytes=tail.max_bytes)


def _lossy(encoder: _Encoder, coding: LossyCoding, picture: Picture, tail: Encode) -> bytes:
    """Write at the quality that is asked for; at the one that looks right, at the best one that fits."""

    def sampled(frame: Image.Image, quality: int) -> bytes:
        return encoder.write(Picture(frames=(frame,)), dataclasses.replace(tail, quality=quality))

    def written(quality: int) -> bytes:
        return _writer(encoder, picture)(picture, dataclasses.replace(tail, quality=quality))

    wanted = tail.quality
    if wanted == AUTO:
        wanted = chosen_quality(picture.frames[0], sampled, coding=coding)
    if tail.max_bytes is None:
        return written(wanted or coding.default)
    return best_that_fits(written, coding=coding, max_bytes=tail.max_bytes, wanted=wanted, px=_pixels(picture))


def _costliest(tail: Encode) -> Encode:
    """The same with the highest quality that may be tried, which takes the most memory."""
    if tail.quality == AUTO or (tail.quality is None and tail.max_bytes is not None):
        return dataclasses.replace(tail, quality=HIGHEST_UNASKED)
    return tail


def _pixels(picture: Picture) -> int:
    width, height = picture.size
    return width * height * len(picture.frames)


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
