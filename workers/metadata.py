"""Which of a source's metadata the result keeps: EXIF, or only who made it.

XMP and IPTC never stay: they repeat orientation and size, hold previews of the image as it was, and would have to
be rewritten to stay true.
"""

from __future__ import annotations

from PIL import ExifTags, Image

from shared.errors import ImageError
from workers.decoding import decoding
from workers.opening import Opened

_Tag = ExifTags.Base
_AUTHORSHIP = (_Tag.Artist, _Tag.Copyright)
# What is said about the picture; the rest of the first directory describes how the source's pixels were stored.
_DESCRIPTIVE = (
    *_AUTHORSHIP, _Tag.ImageDescription, _Tag.Make, _Tag.Model, _Tag.XResolution, _Tag.YResolution,
    _Tag.ResolutionUnit, _Tag.Software, _Tag.DateTime, _Tag.HostComputer, _Tag.Rating, _Tag.RatingPercent,
    _Tag.XPTitle, _Tag.XPComment, _Tag.XPAuthor, _Tag.XPKeywords, _Tag.XPSubject,
)  # fmt: skip
# Maker notes hold offsets that are wrong once anything moves, the others places in the image that was.
_SUBJECT_AREA = 0x9214
_NOT_KEPT = (_Tag.MakerNote, _Tag.ExifInteroperabilityOffset, _SUBJECT_AREA, _Tag.SubjectLocation)
_MAX_BYTES = 65_533
"""What one segment of a JPEG holds; more is of no use in other formats either."""


def kept_exif(opened: Opened, *, keep: str, size: tuple[int, int]) -> bytes:
    """Build the EXIF block for a result of ``size``: upright, without preview, empty where nothing is kept.

    A block that cannot be read, or would be too large, is left out.
    """
    if keep not in ("exif", "copyright", "all") or not opened.format.exif:
        return b""
    try:
        with decoding(opened.limits):
            found = opened.image.getexif()
            for build in (_described, _signed) if keep != "copyright" else (_signed,):
                block = build(found, size)
                if len(block) <= _MAX_BYTES:
                    return block
    except ImageError:
        pass
    return b""


def _signed(found: Image.Exif, size: tuple[int, int]) -> bytes:
    made = Image.Exif()
    made.update({tag: found[tag] for tag in _AUTHORSHIP if tag in found})
    return made.tobytes() if len(made) else b""


def _described(found: Image.Exif, size: tuple[int, int]) -> bytes:
    if not len(found):
        return b""
    made = Image.Exif()
    made.update({tag: found[tag] for tag in _DESCRIPTIVE if tag in found})
    made[_Tag.Orientation] = 1
    camera = {tag: value for tag, value in found.get_ifd(ExifTags.IFD.Exif).items() if tag not in _NOT_KEPT}
    if camera:
        made[ExifTags.IFD.Exif] = camera | {_Tag.ExifImageWidth: size[0], _Tag.ExifImageHeight: size[1]}
    place = found.get_ifd(ExifTags.IFD.GPSInfo)
    if place:
        made[ExifTags.IFD.GPSInfo] = dict(place)
    return made.tobytes()
