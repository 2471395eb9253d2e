"""Inspects an image before it is accepted: decodes all of it, once, and tells what it is and what it looks like.

A header alone proves nothing: what cannot be decoded to the end of its last frame is corrupt.
"""

from __future__ import annotations

import base64
import contextlib
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageCms

from shared.errors import ImageError, TooManyFramesError, TooManyPixelsError
from shared.formats import GIF, SVG, detect, sniff_bytes
from shared.messages import Inspect, Inspection, Swatch
from shared.operations import Open
from workers import colour
from workers.blurhash import blurhash
from workers.decoding import decoding
from workers.dominant_colours import dominant_colours
from workers.exif_facts import ExifFacts, exif_facts
from workers.frames import Frame, Selection, count, decoded, select
from workers.geometry import Size
from workers.likeness import likeness, shrunk
from workers.opening import Opened, opened
from workers.orientation import upright_size
from workers.perceptual_hash import perceptual_hash
from workers.picture import in_common_mode, shows_through
from workers.plain_text import plain_text
from workers.reading import read
from workers.svg_inspection import inspect_svg
from workers.thumbhash import thumbhash
from workers.wholeness import check_whole

_COLOURS_SIDE_PX = 64
_HASHES_SIDE_PX = 32
_SHARE_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Front:
    """What is to be known of the first frame that is shown, before the next one is painted over it."""

    mode: str
    size: Size
    likeness: Image.Image
    exif: ExifFacts
    icc_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """What is known once the last frame is decoded."""

    front: _Front
    frames: int
    has_alpha: bool
    duration_ms: int | None


def inspect(request: Inspect) -> Inspection:
    """Decode the image and tell what it is.

    Raises CorruptImageError for damage anywhere in it, the other ImageErrors for limits, and MemoryError.
    """
    start_s = time.perf_counter()
    data = read(request.source, max_bytes=request.limits.max_bytes)
    extension = request.source.extension
    if detect(data[: sniff_bytes(extension)], extension=extension) is SVG:
        return inspect_svg(request, data)
    with opened(data, extension=extension, limits=request.limits) as source:
        check_whole(source)
        whole = _decoded(source)
    decoded_s = time.perf_counter()
    front = whole.front
    tiny = shrunk(front.likeness, side_px=_HASHES_SIDE_PX)
    tiny_flat, flat = (_flat(picture) for picture in (tiny, front.likeness))
    return Inspection(
        job_id=request.job_id,
        format=source.format.name,
        width=front.size[0],
        height=front.size[1],
        frames=whole.frames,
        has_alpha=whole.has_alpha,
        mode=front.mode,
        bit_depth=_bit_depth(front.mode),
        blurhash=blurhash(tiny_flat),
        thumbhash=base64.b64encode(thumbhash(tiny)).decode("ascii"),
        phash=perceptual_hash(flat),
        palette=_palette(front.likeness),
        exif=front.exif.texts,
        latitude=front.exif.latitude,
        longitude=front.exif.longitude,
        icc_name=front.icc_name,
        duration_ms=whole.duration_ms,
        timings_ms={
            "decode": (decoded_s - start_s) * 1000,
            "describe": (time.perf_counter() - decoded_s) * 1000,
        },
    )


def _flat(picture: Image.Image) -> Image.Image:
    (flat,) = in_common_mode((picture,), frozenset(("RGB",)))
    return flat


def _palette(likeness: Image.Image) -> tuple[Swatch, ...]:
    return tuple(
        Swatch(color=f"#{seen.colour}", share=round(seen.share, _SHARE_DIGITS))
        for seen in dominant_colours(likeness)
    )


def _bit_depth(mode: str) -> int:
    if ";16" in mode:
        return 16
    if mode in ("I", "F") or mode.endswith(";F"):
        return 32
    return 1 if mode == "1" else 8


def _decoded(source: Opened) -> _Whole:
    """Decode every frame or page, also one that only those see who cannot see the animation."""
    shown = select(source, Open(), animate=True)
    pages = max(shown.decoded, count(source, at_most=source.limits.max_frames + 1))
    source.check_memory()
    each_frame = _every_frame(source, pages)
    for _ in range(shown.first):
        next(each_frame)
    frame = next(each_frame)
    pixels = colour.expanded(frame.image)
    front = _front(source, frame.image, pixels)
    has_alpha, duration_ms = shows_through(pixels), frame.duration_ms
    del pixels
    for frame in each_frame:
        has_alpha = has_alpha or _lets_through(frame.image)
        duration_ms += frame.duration_ms
    return _Whole(
        front=front,
        frames=pages - shown.first,
        has_alpha=has_alpha,
        duration_ms=duration_ms if shown.is_animation else None,
    )


def _every_frame(source: Opened, pages: int) -> Iterator[Frame]:
    """Decode frame by frame. Pages may be of different sizes, so that their pixels are counted as they come."""
    limits, pixels = source.limits, 0
    if pages > limits.max_frames:
        raise TooManyFramesError(f"the image has more than {limits.max_frames} frames or pages")
    for index in range(pages):
        (frame,) = decoded(source, Selection(first=index, count=1, decoded=index + 1))
        pixels += frame.image.width * frame.image.height
        if pixels > limits.max_pixels:
            raise TooManyPixelsError(
                f"the first {index + 1} of {pages} frames or pages have {pixels} pixels, "
                f"at most {limits.max_pixels} pixels are read"
            )
        yield frame


def _front(source: Opened, image: Image.Image, pixels: Image.Image) -> _Front:
    # Asked for now, when the frame has been read: in some formats it stands behind the pixels.
    orientation = source.orientation
    return _Front(
        mode="P" if source.format is GIF else source.deep_mode or image.mode,  # GIFs: we have Pillow make colours
        size=upright_size(image.size, orientation),
        likeness=likeness(pixels, side_px=_COLOURS_SIDE_PX, orientation=orientation, profile=source.profile),
        exif=exif_facts(source),
        icc_name=_icc_name(source),
    )


def _icc_name(source: Opened) -> str | None:
    """Read what the embedded colour profile calls itself."""
    if source.profile is None:
        return None
    with contextlib.suppress(ImageError), decoding(source.limits):
        profile = ImageCms.ImageCmsProfile(io.BytesIO(source.profile)).profile
        return plain_text(profile.profile_description) or None
    return None


def _lets_through(image: Image.Image) -> bool:
    return image.has_transparency_data and shows_through(colour.expanded(image))
