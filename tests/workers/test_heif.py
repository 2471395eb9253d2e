"""HEIC: read upright, once; its primary image; and harmless when it lies."""

from __future__ import annotations

import io
import random
import struct

import pillow_heif
import pytest
from PIL import ExifTags, Image

from shared.errors import (
    CorruptImageError,
    ImageError,
    OutOfMemoryError,
    TooManyPixelsError,
    UnsupportedFormatError,
)
from shared.formats import AVIF, HEIC, SNIFF_BYTES, detect
from shared.limits import Limits
from tests import pictures
from tests.profiles import display_p3
from tests.workers.jobs import inspection, result
from tests.workers.modern_files import heic, without_alpha_difference
from workers import opening
from workers.extras import check_written

_LIMITS = Limits(max_pixels=100_000, max_frames=16)


def _shown(body: bytes, plan: str = "encode:png") -> Image.Image:
    return pictures.opened(result(plan, body).body)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(64, 48), (1, 1), (301, 77)])
def test_a_picture_is_read(mode: str, size: tuple[int, int]) -> None:
    """Grey, colour and alpha, at any size."""
    picture = pictures.gradients(mode, size)
    made = result("encode:png", heic(picture))
    assert (made.width, made.height) == size
    if size != (1, 1):
        back = pictures.opened(made.body)
        assert without_alpha_difference(back, picture) < 4
        assert back.mode.endswith("A") is mode.endswith("A")


@pytest.mark.parametrize(("mode", "format_name"), [("RGB", "jpeg"), ("RGBA", "png")])
def test_a_result_without_a_format_is_one_that_all_can_show(mode: str, format_name: str) -> None:
    """HEIC is not written: with transparency it becomes PNG, else JPEG."""
    assert result("flip:h", heic(pictures.gradients(mode))).format == format_name


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_once(orientation: int) -> None:
    """The container turns it; what EXIF says is a copy of that."""
    stored = pictures.opened(pictures.oriented(orientation))
    body = heic(stored)
    made = result("encode:png", body)
    assert (made.width, made.height) == pictures.SIZE
    assert without_alpha_difference(pictures.opened(made.body), pictures.gradients()) < 4
    assert (inspection(body).width, inspection(body).height) == pictures.SIZE


def test_what_the_camera_wrote_is_read() -> None:
    """EXIF is told of, and kept when asked for."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ada"
    body = heic(pictures.gradients(), exif=exif.tobytes())
    assert inspection(body).exif["artist"] == "Ada"
    kept = pictures.opened(result("encode:jpeg:keep=exif", body).body)
    assert kept.getexif()[ExifTags.Base.Artist] == "Ada"


def test_colours_are_those_of_the_profile() -> None:
    """The same profile changes the same colours in HEIC as in JPEG."""
    profile = display_p3()
    jpeg = pictures.encoded(pictures.gradients(), "jpeg", icc_profile=profile)
    body = heic(pictures.gradients(), icc_profile=profile)
    assert without_alpha_difference(_shown(body), _shown(jpeg)) < 4
    assert without_alpha_difference(_shown(body), pictures.gradients()) > 2


def test_ten_bits_become_eight() -> None:
    """And the picture looks the same."""
    file = io.BytesIO()
    samples = b"".join(struct.pack("<H", value * 257) for value in pictures.gradients().tobytes())
    pillow_heif.encode("RGB;16", pictures.SIZE, samples, file, quality=95, chroma=444)
    assert without_alpha_difference(_shown(file.getvalue()), pictures.gradients()) < 4


@pytest.mark.parametrize("primary", [0, 1, 2])
def test_of_several_images_the_primary_one_is_shown(primary: int) -> None:
    """It is the only one there is, to us."""
    images = [Image.new("RGB", (32, 32), colour) for colour in ("red", "lime", "blue")]
    file = io.BytesIO()
    several = pillow_heif.from_pillow(images[0])
    for image in images[1:]:
        several.add_from_pillow(image)
    several.save(file, quality=95, primary_index=primary)
    assert without_alpha_difference(_shown(file.getvalue()), images[primary]) < 8
    assert inspection(file.getvalue()).frames == 1


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    """The size in the container is looked at first."""
    body = bytearray(heic(pictures.gradients()))
    at = -1
    while (at := body.find(b"ispe", at + 1)) >= 0:
        struct.pack_into(">II", body, at + 8, 30_000, 30_000)
    with pytest.raises((TooManyPixelsError, CorruptImageError)):
        result("encode:png", bytes(body))
    with pytest.raises(TooManyPixelsError):
        result("encode:png", heic(pictures.gradients()), limits=Limits(max_pixels=64 * 48 - 1))


def test_what_would_meet_the_ceiling_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is asked for before it is taken."""
    monkeypatch.setattr(opening, "headroom_bytes", lambda: 50_000)
    with pytest.raises(OutOfMemoryError):
        result("encode:png", heic(pictures.gradients()))


def test_a_truncated_file_is_corrupt() -> None:
    """Cut off anywhere, a file makes no other error, and no picture but the whole one."""
    body = heic(pictures.gradients())
    whole = result("encode:png", body).body
    for end in range(64, len(body), max(1, len(body) // 60)):
        try:
            made = result("encode:png", body[:end], limits=_LIMITS)
        except CorruptImageError:
            continue
        assert made.body == whole


def test_a_mutated_file_makes_a_picture_or_an_error_of_ours() -> None:
    """Whatever is wrong with it."""
    body, dice = heic(pictures.gradients("RGBA")), random.Random("heic")
    for _ in range(200):
        damaged = bytearray(body)
        for _ in range(dice.choice((1, 1, 2, 8))):
            damaged[dice.randrange(dice.choice((64, 512, len(damaged))))] = dice.randrange(256)
        try:
            made = result("encode:webp", bytes(damaged), limits=_LIMITS)
        except ImageError:
            continue
        assert made.width * made.height <= _LIMITS.max_pixels


def test_it_is_not_written() -> None:
    """Its encoder is under another licence, and has patents on it."""
    with pytest.raises(UnsupportedFormatError, match="no pictures are made as heic"):
        check_written(HEIC)


@pytest.mark.parametrize(
    ("brands", "image_format"),
    [
        ((b"heic", b"mif1", b"heic"), HEIC),
        ((b"mif1", b"heic"), HEIC),
        ((b"msf1", b"hevc"), HEIC),
        ((b"heix",), HEIC),
        ((b"mif1", b"avif", b"heic"), AVIF),
        ((b"mif1", b"miaf"), None),
        ((b"isom", b"hvc1"), None),
    ],
)
def test_brands_tell_heic_from_avif_and_films(brands: tuple[bytes, ...], image_format: object) -> None:
    """They share the container, and ``mif1``."""
    major, *others = brands
    box = b"ftyp" + major + bytes(4) + b"".join(others)
    head = struct.pack(">I", 4 + len(box)) + box
    assert detect(head.ljust(SNIFF_BYTES, b"\0")) is image_format
