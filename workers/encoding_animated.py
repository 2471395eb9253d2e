"""Writes animations as WebP, PNG and AVIF; those of GIF are in ``workers/encoding_gif.py``."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from shared.operations import Encode
from workers.avif_movie import with_plays
from workers.encoding_still import PNG_LEVEL, PNG_THOROUGH_LEVEL, avif_options, metadata, webp_options
from workers.picture import Picture

# Key frames farther apart than libwebp's 3 to 5: 268 instead of 294 kB for a rotating globe of 44 frames at 400
# pixels, in the same 0.24 s. Nobody seeks in these.
_WEBP_KEY_FRAMES = {"kmin": 9, "kmax": 17}
_WEBP_MOST_PLAYS = 65_535
# The globe at 200 pixels: speed 6 takes 1.0 s for 40 kB of likeness 0.982; 8 takes 0.16 s for 60 kB of 0.951.
_AVIF_SPEED, _AVIF_FAST_SPEED = 6, 8
_AVIF_SLOW_PX = 4_000_000


def webp(picture: Picture, tail: Encode) -> bytes:
    """Animated WebP."""
    options = webp_options(picture, tail) | _WEBP_KEY_FRAMES | metadata(picture)
    options["exif"] = picture.exif.removeprefix(b"Exif\0\0")  # Pillow does so for stills only
    return _saved(picture, "WEBP", loop=min(picture.plays, _WEBP_MOST_PLAYS), **options)


def png(picture: Picture, tail: Encode) -> bytes:
    """Animated PNG."""
    return _saved(picture, "PNG", loop=picture.plays, compress_level=PNG_LEVEL, **metadata(picture))


def png_thorough(picture: Picture, tail: Encode) -> bytes:
    """Animated PNG, as small as zlib makes it."""
    return _saved(picture, "PNG", loop=picture.plays, compress_level=PNG_THOROUGH_LEVEL, **metadata(picture))


def avif(picture: Picture, tail: Encode) -> bytes:
    """Animated AVIF."""
    width, height = picture.size
    is_small = width * height * len(picture.frames) <= _AVIF_SLOW_PX
    has_time = is_small and tail.max_bytes is None  # a bound takes several encodes
    speed = _AVIF_SPEED if has_time else _AVIF_FAST_SPEED
    body = _saved(picture, "AVIF", speed=speed, **avif_options(tail), **metadata(picture))
    return with_plays(body, plays=picture.plays)


def frames_in(body: bytes) -> int:
    """Count the frames that were written: libwebp joins those that it makes equal."""
    with Image.open(io.BytesIO(body), formats=("GIF", "WEBP", "PNG", "AVIF")) as made:
        return int(getattr(made, "n_frames", 1))


def _saved(picture: Picture, pillow_format: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's own
    file = io.BytesIO()
    first, *others = picture.frames
    first.save(
        file,
        pillow_format,
        save_all=True,
        append_images=others,
        duration=list(picture.durations_ms),
        **options,
    )
    return file.getvalue()
