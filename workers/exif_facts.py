"""What a picture's EXIF block tells about its making: the harmless part as texts, the place apart.

Cameras, editors and vandals write these blocks. What makes no sense is left out, value by value; nothing in here
is worth refusing a picture for.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from numbers import Real

from PIL import ExifTags

from shared.errors import ImageError
from workers.decoding import decoding
from workers.opening import Opened
from workers.plain_text import plain_text

_Tag, _Gps = ExifTags.Base, ExifTags.GPS
_Tags = Mapping[int, object]

_IMAGE_TAGS = (_Tag.Make, _Tag.Model, _Tag.Artist, _Tag.Copyright, _Tag.ImageDescription)
_TIMES = (
    (_Tag.DateTimeOriginal, _Tag.OffsetTimeOriginal),
    (_Tag.DateTimeDigitized, _Tag.OffsetTimeDigitized),
)
_OFFSET = re.compile(r"[+-]\d\d:\d\d", re.ASCII)
_PLACE_DIGITS = 6
"""A tenth of a metre."""
_MAX_BLOCK_BYTES = 1 << 20
"""Cameras write some kilobytes. Out of a larger block Pillow would make an object of every number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExifFacts:
    """Texts, by the names that ``Inspection`` gives them, and the place: both degrees or neither."""

    texts: dict[str, str]
    latitude: float | None = None
    longitude: float | None = None


def exif_facts(opened: Opened) -> ExifFacts:
    """Read the block of an image whose pixels are loaded: in some formats it stands behind them."""
    image, camera, place = _directories(opened)
    found = {
        "camera_make": plain_text(image.get(_Tag.Make)),
        "camera_model": plain_text(image.get(_Tag.Model)),
        "lens": plain_text(camera.get(_Tag.LensModel)),
        "taken_at": _taken_at(camera),
        "exposure": _number(camera.get(_Tag.ExposureTime), 1e-6, 1e6, _exposure),
        "aperture": _number(camera.get(_Tag.FNumber), 0.1, 1e3, lambda stop: f"f/{_short(stop)}"),
        "iso": _number(camera.get(_Tag.ISOSpeedRatings), 1, 1e8, lambda speed: f"{speed:.0f}"),
        "focal_length": _number(camera.get(_Tag.FocalLength), 0.1, 1e5, lambda length: f"{_short(length)} mm"),
        "artist": plain_text(image.get(_Tag.Artist)),
        "copyright": plain_text(image.get(_Tag.Copyright)),
        "description": plain_text(image.get(_Tag.ImageDescription)),
    }
    texts = {name: text for name, text in found.items() if text}
    latitude = _degrees(place.get(_Gps.GPSLatitude), place.get(_Gps.GPSLatitudeRef), letters="NS", most=90)
    longitude = _degrees(place.get(_Gps.GPSLongitude), place.get(_Gps.GPSLongitudeRef), letters="EW", most=180)
    if latitude is None or longitude is None:
        return ExifFacts(texts=texts)
    return ExifFacts(texts=texts, latitude=latitude, longitude=longitude)


def _directories(opened: Opened) -> tuple[_Tags, _Tags, _Tags]:
    """Return the tags about the image, the camera and the place; none where they cannot be read."""
    image: _Tags = {}
    camera: _Tags = {}
    place: _Tags = {}
    if len(opened.image.info.get("exif") or b"") > _MAX_BLOCK_BYTES:
        return image, camera, place
    # One after the other: what is broken takes only what comes after it along.
    with contextlib.suppress(ImageError), decoding(opened.limits):
        exif = opened.image.getexif()
        image = {tag: exif[tag] for tag in _IMAGE_TAGS if tag in exif}
    with contextlib.suppress(ImageError), decoding(opened.limits):
        camera = opened.image.getexif().get_ifd(ExifTags.IFD.Exif)
    with contextlib.suppress(ImageError), decoding(opened.limits):
        place = opened.image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    return image, camera, place


def _taken_at(camera: _Tags) -> str:
    """Write the camera's local time as ISO 8601 does, with its offset from UTC where that is told."""
    for time_tag, offset_tag in _TIMES:
        with contextlib.suppress(ValueError):
            moment = datetime.strptime(plain_text(camera.get(time_tag)), "%Y:%m:%d %H:%M:%S")
            offset = plain_text(camera.get(offset_tag))
            return moment.isoformat() + (offset if _OFFSET.fullmatch(offset) else "")
    return ""


def _number(found: object, least: float, most: float, write: Callable[[float], str]) -> str:
    """Write a number that lies in the range of what can be; anything else is nothing."""
    if isinstance(found, tuple) and found:
        found = found[0]
    # A fraction of nought by nought is not a number, and lies in no range.
    return write(float(found)) if isinstance(found, Real) and least <= float(found) <= most else ""


def _exposure(seconds: float) -> str:
    return f"{_short(seconds)} s" if seconds > 0.29 else f"1/{1 / seconds:.0f} s"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _degrees(found: object, reference: object, *, letters: str, most: int) -> float | None:
    """Add up degrees, minutes and seconds; the second of ``letters`` counts them backwards."""
    parts = found if isinstance(found, tuple) else (found,)
    letter = plain_text(reference)[:1].upper()
    if not letter or letter not in letters or not 1 <= len(parts) <= 3:
        return None
    numbers = [float(part) for part in parts if isinstance(part, Real) and float(part) >= 0]
    degrees = round(sum(number / 60.0**place for place, number in enumerate(numbers)), _PLACE_DIGITS)
    if len(numbers) < len(parts) or degrees > most:
        return None
    return -degrees if degrees and letter == letters[1] else degrees
