"""JPEG XL and HEIC files made for tests, and JPEG XL headers bit by bit."""

from __future__ import annotations

import io
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image
from pillow_heif import as_plugin

from tests import pictures


def jxl(picture: Image.Image, **options: Any) -> bytes:  # noqa: ANN401 - imagecodecs' own
    """The picture in JPEG XL, without loss unless ``options`` say otherwise."""
    return jxl_of(np.asarray(picture), **options)


def jxl_of(samples: Any, **options: Any) -> bytes:  # noqa: ANN401 - an array, and imagecodecs' own
    """Samples in JPEG XL."""
    return bytes(imagecodecs.jpegxl_encode(samples, numthreads=1, **({"lossless": True, "effort": 1} | options)))


def packed_jpeg(jpeg: bytes) -> bytes:
    """A JPEG that was packed without loss, as it can be had again."""
    return bytes(imagecodecs.jpegxl_encode_jpeg(jpeg, usecontainer=True, numthreads=1))


def heic(picture: Image.Image, **options: Any) -> bytes:  # noqa: ANN401 - pillow-heif's own
    """The picture as HEIC, with little loss; an orientation in its EXIF becomes one of the container as well."""
    file = io.BytesIO()
    stored = picture.copy()
    # What Pillow would do once the plug-in is registered, which it is not here: readers are to be ours.
    stored.encoderinfo = {"quality": 95, "chroma": 444} | options
    as_plugin._save_heif(stored, file, "")
    return file.getvalue()


def bits(*fields: tuple[int, int]) -> bytes:
    """Pack numbers, each of so many bits, as JPEG XL does: the lowest first. Zeros follow."""
    value = at = 0
    for number, count in fields:
        value |= number << at
        at += count
    return (value | 1 << (at + 7) // 8 * 8 + 64).to_bytes((at + 7) // 8 + 9, "little")


def jxl_header(*fields: tuple[int, int]) -> bytes:
    """A codestream with these fields and nothing behind."""
    return b"\xff\x0a" + bits(*fields)


def jxl_bomb(width: int, height: int) -> bytes:
    """A header that claims so many pixels, in eight bits of sRGB."""
    return jxl_header((0, 1), (3, 2), (height - 1, 30), (0, 3), (3, 2), (width - 1, 30), (1, 1))


def without_alpha_difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of the colours of two pictures, of 255."""
    return pictures.distance(one.convert("RGB"), other.convert("RGB"))
