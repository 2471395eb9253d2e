"""Metadata: nothing by default, and of what is kept nothing that is not true any more."""

from __future__ import annotations

import pytest
from PIL import ExifTags, Image

from tests import pictures, profiles
from tests.workers.jobs import result

_SAYING_IT = ("jpeg", "png", "webp", "avif", "tiff")
_Tag = ExifTags.Base


def _exif(plan: str, body: bytes) -> Image.Exif:
    return pictures.opened(result(plan, body).body).getexif()


@pytest.mark.parametrize("name", pictures.FORMATS)
def test_nothing_stays_by_default(name: str) -> None:
    """No author, no camera, no place, no comment, in any format."""
    body = result(f"encode:{name}", pictures.signed_jpeg()).body
    for secret in (b"Ada", b"private", b"Box", b"a comment"):
        assert secret not in body


@pytest.mark.parametrize("name", _SAYING_IT)
def test_exif_stays_when_asked_for(name: str) -> None:
    """Author, camera, exposure and place; the sizes are the result's."""
    exif = _exif(f"resize:width=24;encode:{name}:keep=exif", pictures.signed_jpeg())
    assert (exif[_Tag.Artist], exif[_Tag.Model]) == ("Ada", "Box")
    camera = exif.get_ifd(ExifTags.IFD.Exif)
    assert camera[_Tag.ISOSpeedRatings] == 200
    assert (camera[_Tag.ExifImageWidth], camera[_Tag.ExifImageHeight]) == (24, 32)
    assert exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] == "N"


@pytest.mark.parametrize("name", _SAYING_IT)
def test_what_would_be_wrong_does_not_stay(name: str) -> None:
    """Orientation is done, maker notes hold offsets, previews show the picture as it was."""
    exif = _exif(f"encode:{name}:keep=all", pictures.signed_jpeg())
    assert exif.get(_Tag.Orientation, 1) == 1
    assert _Tag.MakerNote not in exif.get_ifd(ExifTags.IFD.Exif)
    assert not exif.get_ifd(ExifTags.IFD.IFD1)


@pytest.mark.parametrize("name", _SAYING_IT)
def test_authorship_can_stay_alone(name: str) -> None:
    """Who made it and whose it is, not where it was made."""
    exif = _exif(f"encode:{name}:keep=copyright", pictures.signed_jpeg())
    assert (exif[_Tag.Artist], exif[_Tag.Copyright]) == ("Ada", "(c) Ada")
    assert _Tag.Model not in exif
    assert not exif.get_ifd(ExifTags.IFD.GPSInfo)


def test_all_is_exif_and_profile() -> None:
    """Both stay together, and either alone."""
    exif = Image.Exif()
    exif[_Tag.Artist] = "Ada"
    body = pictures.encoded(pictures.gradients(), "jpeg", exif=exif, icc_profile=profiles.adobe_rgb())
    found = {}
    for keep in ("none", "exif", "icc", "copyright", "all"):
        made = pictures.opened(result(f"encode:webp:keep={keep}", body).body)
        found[keep] = (_Tag.Artist in made.getexif(), "icc_profile" in made.info)
    assert found == {
        "none": (False, False),
        "exif": (True, False),
        "icc": (False, True),
        "copyright": (True, False),
        "all": (True, True),
    }


@pytest.mark.parametrize("name", ["png", "webp", "avif"])
def test_animations_keep_metadata_too(name: str) -> None:
    """The same block, beside several frames."""
    exif = Image.Exif()
    exif[_Tag.Artist] = "Ada"
    made = result(f"encode:{name}:keep=exif", pictures.animated("webp", exif=exif.tobytes()[6:]))
    assert made.frames == 4
    assert pictures.opened(made.body).getexif()[_Tag.Artist] == "Ada"
    if name == "webp":  # the chunk holds the TIFF structure itself, without JPEG's prefix
        assert made.body[made.body.index(b"EXIF") + 8 :][:2] in (b"II", b"MM")


def test_a_block_that_is_too_long_shrinks_to_authorship() -> None:
    """A JPEG holds 64 KiB of it: who made the picture comes first."""
    exif = Image.Exif()
    exif[_Tag.Artist] = "Ada"
    exif[_Tag.ImageDescription] = "word " * 14_000
    kept = _exif("encode:jpeg:keep=exif", pictures.encoded(pictures.gradients(), "png", exif=exif))
    assert kept[_Tag.Artist] == "Ada"
    assert _Tag.ImageDescription not in kept


@pytest.mark.parametrize("keep", ["exif", "copyright", "all"])
def test_garbage_is_left_out(keep: str) -> None:
    """A block that cannot be read is not worth an error."""
    body = pictures.encoded(pictures.gradients(), "jpeg", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff garbage")
    assert not _exif(f"encode:png:keep={keep}", body)


def test_storage_tags_of_a_tiff_are_no_metadata() -> None:
    """Where a TIFF kept its strips says nothing about a JPEG."""
    body = pictures.encoded(pictures.gradients(), "tiff", artist="Ada")
    exif = _exif("encode:jpeg:keep=exif", body)
    assert set(exif) == {_Tag.Artist, _Tag.Orientation}
