"""Embedded ICC profiles: what becomes of the colours they describe on the way to sRGB.

Relative colorimetric with black point compensation: colours that sRGB has come out exact, and shadows keep their
detail where the source's black is deeper. Perceptual would shift all colours to make room for those few that
sRGB lacks, and only table-based profiles know how; Photoshop and libvips choose the same as we.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from functools import cache, lru_cache
from typing import cast

from PIL import Image, ImageChops, ImageCms

Conversion = Callable[[Image.Image], Image.Image]

_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}
"""The base modes that profiles describe, and what lcms calls their colour spaces."""
_FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
_INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
_EQUAL_LEVELS = 2
"""A profile that moves no colour by more is sRGB, whatever its name: linear ones are called sRGB, too."""
_PROFILES_KEPT = 32
_NO_CHANGE = list(range(256))


def space(profile: bytes) -> str | None:
    """Say which colours a profile describes: ``GRAY``, ``RGB`` or ``CMYK``; None for others and broken ones."""
    opened = _opened(profile)
    name = opened.profile.xcolor_space.strip() if opened is not None else None
    return name if name in _SPACES.values() else None


@lru_cache(_PROFILES_KEPT)
def to_srgb(profile: bytes, mode: str) -> Conversion | None:
    """Return how images of ``mode`` (``L``, ``RGB`` or ``CMYK``, or with an ``A``) become sRGB ones.

    None when there is nothing to do: the profile is sRGB, is broken, or describes other colours than the image
    has; browsers ignore it then, too. ``CMYK`` becomes ``RGB``, the others keep their mode.
    """
    base = mode.removesuffix("A")
    opened, described = _opened(profile), space(profile)
    if opened is None or described is None or described not in (_SPACES.get(base), "RGB" if base == "L" else None):
        return None
    try:
        if base == "L":
            return _by_table(opened, described, mode)
        source, result = ("CMYK", "RGB") if base == "CMYK" else (mode, mode)
        transform = _transform(opened, source, result)
    except ImageCms.PyCMSError:
        return None
    if base == "RGB" and _is_idle(_transform(opened, "RGB", "RGB")):
        return None
    return lambda image: _applied(image, transform)


def lab_to_rgb(image: Image.Image) -> Image.Image:
    """Turn a ``LAB`` image, which describes its colours without any profile, into an sRGB one."""
    return _applied(image, _lab_transform())


@lru_cache(_PROFILES_KEPT)
def _opened(profile: bytes) -> ImageCms.ImageCmsProfile | None:
    try:
        return ImageCms.ImageCmsProfile(io.BytesIO(profile))
    except (OSError, ValueError):
        return None


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@cache
def _lab_transform() -> ImageCms.ImageCmsTransform:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return _transform(lab, "LAB", "RGB")


def _transform(source: ImageCms.ImageCmsProfile, mode: str, result: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(source, _srgb(), mode, result, renderingIntent=_INTENT, flags=_FLAGS)


def _applied(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    if converted is None:  # only where it works in place, which we do not ask for
        raise TypeError("no image came out of an ICC transform")
    return converted


def _by_table(profile: ImageCms.ImageCmsProfile, described: str, mode: str) -> Conversion | None:
    """Grey stays grey: 256 levels go through the profile once, and images through the table they make."""
    levels = Image.frombytes("L", (256, 1), bytes(range(256)))
    source = "RGB" if described == "RGB" else "L"
    green = _applied(levels.convert(source), _transform(profile, source, "RGB")).getchannel("G")
    table = list(green.tobytes())
    if max(abs(new - old) for new, old in zip(table, _NO_CHANGE, strict=True)) <= _EQUAL_LEVELS:
        return None
    tables = table + _NO_CHANGE if mode.endswith("A") else table
    return lambda image: image.point(tables)


def _is_idle(transform: ImageCms.ImageCmsTransform) -> bool:
    sample = _colour_cube()
    difference = ImageChops.difference(sample, _applied(sample, transform))
    extrema = cast("tuple[tuple[int, int], ...]", difference.getextrema())
    return all(highest <= _EQUAL_LEVELS for _, highest in extrema)


@cache
def _colour_cube() -> Image.Image:
    """729 colours from all over the RGB cube, its corners, edges and greys included."""
    steps = (0, 16, 48, 80, 112, 144, 176, 208, 255)
    colours = bytes(channel for colour in itertools.product(steps, repeat=3) for channel in colour)
    return Image.frombytes("RGB", (len(colours) // 3, 1), colours)
