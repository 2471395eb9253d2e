"""EXIF blocks made in code, and pictures that carry them."""

from __future__ import annotations

from PIL import ExifTags, Image

from tests import pictures

Tag, Gps = ExifTags.Base, ExifTags.GPS
Value = object


def block(
    *,
    image: dict[int, Value] | None = None,
    camera: dict[int, Value] | None = None,
    place: dict[int, Value] | None = None,
) -> bytes:
    """A block with these tags about image, camera and place."""
    exif = Image.Exif()
    exif.update(image or {})
    if camera:
        exif[ExifTags.IFD.Exif] = camera
    if place:
        exif[ExifTags.IFD.GPSInfo] = place
    return exif.tobytes()


def carrying(exif: bytes, name: str = "png") -> bytes:
    """A small picture with the block, whatever is in it."""
    if name != "png":
        return pictures.encoded(pictures.gradients("RGB", (16, 12)), name, exif=exif)
    whole = pictures.encoded(pictures.gradients("RGB", (16, 12)), "png")
    return whole[:33] + pictures.png_chunk(b"eXIf", exif.removeprefix(b"Exif\0\0")) + whole[33:]


def photograph() -> bytes:
    """A block as a camera writes it, with all that can be told."""
    return block(
        image={
            Tag.Make: "Box",
            Tag.Model: "Box Pro II",
            Tag.Artist: "Ada",
            Tag.Copyright: "(c) Ada",
            Tag.ImageDescription: "A pond",
            Tag.Software: "firmware 1",
        },
        camera={
            Tag.LensModel: "35 mm f/1.8",
            Tag.DateTimeOriginal: "2024:05:06 07:08:09",
            Tag.OffsetTimeOriginal: "+02:00",
            Tag.ExposureTime: 0.004,
            Tag.FNumber: 2.8,
            Tag.ISOSpeedRatings: 200,
            Tag.FocalLength: 35.0,
            Tag.BodySerialNumber: "12345",
            Tag.MakerNote: b"private",
        },
        place={
            Gps.GPSLatitudeRef: "S",
            Gps.GPSLatitude: (33.0, 55.0, 30.0),
            Gps.GPSLongitudeRef: "E",
            Gps.GPSLongitude: (18.0, 25.5, 0.0),
        },
    )
