"""EXIF: what is told of it, what is not, and that no block ever fails a picture."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from PIL import ExifTags
from PIL.TiffImagePlugin import IFDRational

from shared.messages import Inspection
from tests.workers.exif_blocks import Gps, Tag, Value, block, carrying, photograph
from tests.workers.jobs import inspection

_TOLD = {
    "camera_make": "Box",
    "camera_model": "Box Pro II",
    "lens": "35 mm f/1.8",
    "taken_at": "2024-05-06T07:08:09+02:00",
    "exposure": "1/250 s",
    "aperture": "f/2.8",
    "iso": "200",
    "focal_length": "35 mm",
    "artist": "Ada",
    "copyright": "(c) Ada",
    "description": "A pond",
}


def test_text_in_utf_8_is_read_as_such() -> None:
    """The standard long knew ASCII only, and everybody wrote what they liked."""
    exif = block(image={Tag.Artist: "M__ller"}).replace(b"__", "ü".encode())
    assert inspection(carrying(exif)).exif == {"artist": "Müller"}


def told_by_camera(tags: Mapping[int, Value]) -> dict[str, str]:
    """The facts of a picture with these tags about the camera."""
    return inspection(carrying(block(camera=dict(tags)))).exif


def place_of(**tags: Value) -> tuple[float | None, float | None]:
    """Where a picture was taken: Table Mountain, unless these tags say otherwise; None removes one."""
    place: dict[int, Value] = {
        Gps.GPSLatitudeRef: "S",
        Gps.GPSLatitude: (33.0, 57.0, 27.0),
        Gps.GPSLongitudeRef: "E",
        Gps.GPSLongitude: (18.0, 24.0, 11.0),
    }
    place |= {Gps[name]: value for name, value in tags.items()}
    found = inspection(carrying(block(place={tag: value for tag, value in place.items() if value is not None})))
    return found.latitude, found.longitude


@pytest.mark.parametrize("name", ["jpeg", "png", "webp", "avif", "tiff"])
def test_photograph_tells_how_it_was_made(name: str) -> None:
    """Every format that can carry EXIF is asked, and nothing but what is harmless is told as text."""
    found = inspection(carrying(photograph(), name))
    assert found.exif == _TOLD
    assert (found.latitude, found.longitude) == (-33.925, 18.425)


def test_block_behind_the_pixels_is_found() -> None:
    """A PNG may carry it as its last chunk but one."""
    body = carrying(photograph())
    end = 33 + 12 + int.from_bytes(body[33:37], "big")
    assert inspection(body[:33] + body[end:-12] + body[33:end] + body[-12:]).exif == _TOLD


def test_picture_without_a_block_tells_nothing() -> None:
    """There is nothing to be guessed."""
    found = inspection(carrying(b""))
    assert (found.exif, found.latitude, found.longitude) == ({}, None, None)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0005, "1/2000 s"),
        (0.25, "1/4 s"),
        (0.5, "0.5 s"),
        (1.0, "1 s"),
        (30.0, "30 s"),
        (0.0, None),
        (1e9, None),
    ],
)
def test_exposure_is_written_as_on_a_camera(seconds: float, expected: str | None) -> None:
    """Short times as fractions, long ones as seconds, impossible ones not at all."""
    assert told_by_camera({Tag.ExposureTime: seconds}).get("exposure") == expected


@pytest.mark.parametrize(
    ("tag", "value", "name", "expected"),
    [
        (Tag.FNumber, 8.0, "aperture", "f/8"),
        (Tag.FNumber, 0.95, "aperture", "f/0.9"),
        (Tag.FNumber, IFDRational(28, 0), "aperture", None),
        (Tag.FNumber, IFDRational(0, 0), "aperture", None),
        (Tag.ISOSpeedRatings, (400, 0), "iso", "400"),
        (Tag.ISOSpeedRatings, 0, "iso", None),
        (Tag.FocalLength, 4.25, "focal_length", "4.2 mm"),
        (Tag.FocalLength, IFDRational(-1, 2), "focal_length", None),
        (Tag.LensModel, "\0\0\0", "lens", None),
        (Tag.LensModel, "Glass\0\n 50", "lens", "Glass 50"),
    ],
)
def test_value_is_written_for_readers_or_left_out(tag: int, value: Value, name: str, expected: str | None) -> None:
    """Numbers with their units, texts made plain; what means nothing is not told."""
    found = told_by_camera({tag: value})
    assert found == ({} if expected is None else {name: expected})


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({Tag.DateTimeOriginal: "2024:05:06 07:08:09"}, "2024-05-06T07:08:09"),
        ({Tag.DateTimeOriginal: "2024:05:06 07:08:09", Tag.OffsetTimeOriginal: "home"}, "2024-05-06T07:08:09"),
        ({Tag.DateTimeDigitized: "2024:05:06 07:08:09", Tag.OffsetTimeDigitized: "-03:30"},
         "2024-05-06T07:08:09-03:30"),
        ({Tag.DateTimeOriginal: "0000:00:00 00:00:00", Tag.DateTimeDigitized: "2024:05:06 07:08:09"},
         "2024-05-06T07:08:09"),
        ({Tag.DateTimeOriginal: "    :  :     :  :  "}, None),
        ({Tag.DateTimeOriginal: "2024:02:30 00:00:00"}, None),
        ({Tag.DateTimeOriginal: "yesterday"}, None),
    ],
)  # fmt: skip
def test_time_is_written_as_iso_8601(tags: Mapping[int, Value], expected: str | None) -> None:
    """The camera's own time, with the offset where it knows one; a clock that was never set tells nothing."""
    assert told_by_camera(tags).get("taken_at") == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, (-33.9575, 18.403056)),
        ({"GPSLatitudeRef": "N", "GPSLongitudeRef": "W"}, (33.9575, -18.403056)),
        ({"GPSLatitudeRef": "s\0"}, (-33.9575, 18.403056)),
        ({"GPSLatitude": (33.9575, 0.0, 0.0)}, (-33.9575, 18.403056)),
        ({"GPSLatitude": (33.0, 57.45)}, (-33.9575, 18.403056)),
        ({"GPSLatitude": (90.0, 0.0, 0.0), "GPSLongitude": (180.0, 0.0, 0.0)}, (-90.0, 180.0)),
        ({"GPSLatitude": (0.0, 0.0, 0.0)}, (0.0, 18.403056)),
    ],
)
def test_place_is_told_in_degrees(tags: Mapping[str, Value], expected: tuple[float | None, float | None]) -> None:
    """Minutes and seconds are added up, south and west count backwards."""
    assert place_of(**tags) == expected


@pytest.mark.parametrize(
    "tags",
    [
        {"GPSLatitudeRef": None},
        {"GPSLongitudeRef": "X"},
        {"GPSLongitudeRef": ""},
        {"GPSLongitude": None},
        {"GPSLatitude": (90.1, 0.0, 0.0)},
        {"GPSLongitude": (180.0, 0.0, 1.0)},
        {"GPSLatitude": (IFDRational(0, 0),) * 3},
        {"GPSLatitude": (IFDRational(33, 1), IFDRational(1, 0), IFDRational(0, 1))},
        {"GPSLatitude": (1.0, 2.0, 3.0, 4.0)},
    ],
)
def test_half_a_place_is_none(tags: Mapping[str, Value]) -> None:
    """Without its hemisphere, beyond the poles or without numbers a place is not told at all."""
    assert place_of(**tags) == (None, None)


@pytest.mark.parametrize(
    "exif",
    [
        b"garbage",
        b"II*\0",
        b"MM\0*\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\xff\xff" + b"\xff" * 100,
        b"\0" * 1000,
        photograph()[:60],
    ],
)
def test_garbage_is_no_damage(exif: bytes) -> None:
    """A block that nobody can read is as good as none."""
    found = inspection(carrying(exif))
    assert (found.width, found.exif, found.latitude) == (16, {}, None)


def test_huge_block_is_not_read() -> None:
    """Of a million numbers in a block no objects are made."""
    numbers = block(camera={Tag.LensModel: "35 mm", Tag.MakerNote: bytes(2 << 20)})
    assert inspection(carrying(numbers)).exif == {}


def is_plain(found: Inspection) -> bool:
    """Whether the facts can be stored and shown whatever they were made from."""
    texts = all(text and text.isprintable() and len(text) <= 300 for text in found.exif.values())
    has_place = found.latitude is not None
    return (
        texts
        and has_place == (found.longitude is not None)
        and -90 <= (found.latitude or 0) <= 90
        and -180 <= (found.longitude or 0) <= 180
    )


@pytest.mark.parametrize("name", ["png", "jpeg"])
def test_damaged_blocks_never_fail_a_picture(name: str) -> None:
    """Hundreds of blocks with bytes overwritten, dropped and doubled: every picture is accepted."""
    dice = random.Random(name)
    whole = photograph()
    some_facts = 0
    for _ in range(200):
        exif = bytearray(whole)
        for _ in range(dice.choice((1, 2, 8))):
            at = dice.randrange(6, len(exif))
            exif[at : at + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
        found = inspection(carrying(bytes(exif), name))
        assert is_plain(found), found
        some_facts += 0 < len(found.exif) < len(_TOLD)
    assert some_facts > 25


def test_orientation_of_garbage_is_upright() -> None:
    """A nonsense orientation turns nothing."""
    exif = block(image={ExifTags.Base.Orientation: 99})
    assert inspection(carrying(exif)).width == 16
