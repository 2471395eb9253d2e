"""JPEG XL: read and written, described before it is decoded, and harmless when it lies."""

from __future__ import annotations

import random
import struct
import time
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from shared.errors import CorruptImageError, ImageError, OutOfMemoryError, TooManyPixelsError
from shared.limits import Limits
from shared.operations import Encode
from tests import pictures
from tests.profiles import display_p3
from tests.workers.jobs import inspection, result
from tests.workers.modern_files import jxl, jxl_bomb, jxl_header, jxl_of, packed_jpeg
from workers import opening
from workers.encoding_jpeg_xl import bytes_per_px, distance
from workers.jpeg_xl_header import boxes, header
from workers.picture import Picture

_LIMITS = Limits(max_pixels=100_000, max_frames=16)
_QUICK_S = 0.25


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (64, 48), (2100, 13)])
def test_without_loss_nothing_is_lost(mode: str, size: tuple[int, int]) -> None:
    """Grey, colour and alpha come back as they went in, at any size."""
    picture = pictures.gradients(mode, size)
    body = result("encode:jxl:lossless=1", pictures.encoded(picture, "png")).body
    back = pictures.opened(result("encode:png", body).body)
    assert pictures.distance(back.convert(mode), picture) == 0


@pytest.mark.parametrize(("quality", "most"), [(100, 0.7), (81, 3.0), (30, 6.0), (1, 30.0)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_quality_says_how_near_it_is(mode: str, quality: int, most: float) -> None:
    """Less quality is less alike."""
    picture = pictures.gradients(mode, (200, 100))
    body = result(f"encode:jxl:quality={quality}", pictures.encoded(picture, "png")).body
    back = pictures.opened(result("encode:png", body).body)
    assert 0 < pictures.distance(back.convert(mode), picture) < most


def test_distance_is_that_of_the_usual_tools() -> None:
    """100 is all but lossless, 90 just noticeable, and the scale goes on without a step."""
    assert [round(distance(quality), 2) for quality in (100, 90, 81, 30, 0)] == [0.1, 1.0, 1.81, 6.4, 25.0]
    assert abs(distance(30) - distance(29)) < 0.2


@pytest.mark.parametrize("plan", ["encode:jxl:quality=auto", "encode:jxl:max_bytes=3000"])
def test_quality_is_searched_for_as_in_other_formats(plan: str) -> None:
    """The scale and the reader are there."""
    made = result(plan, pictures.encoded(pictures.gradients("RGB", (320, 240)), "png"))
    assert (made.format, made.width) == ("jxl", 320)
    assert len(made.body) <= 3000


def test_an_image_that_is_only_resized_stays_jpeg_xl() -> None:
    """The source's format is the result's."""
    assert result("resize:width=32", jxl(pictures.gradients())).format == "jxl"


@pytest.mark.parametrize("in_container", [False, True])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float16, np.float32])
@pytest.mark.parametrize("shape", [(9, 5), (9, 5, 2), (9, 5, 3), (9, 5, 4), (1080, 1920, 3), (3000, 513, 3)])
def test_the_header_tells_what_the_encoder_was_told(
    shape: tuple[int, ...], kind: type[np.generic], in_container: bool
) -> None:
    """Size, depth, channels and kind of numbers, without decoding."""
    found = header(jxl_of(np.zeros(shape, kind), usecontainer=in_container))
    channels = shape[2] if len(shape) > 2 else 1
    assert found.size == (shape[1], shape[0])
    assert (found.bits, found.is_float) == (np.dtype(kind).itemsize * 8, np.dtype(kind).kind == "f")
    assert (found.colour_channels, found.has_alpha) == (1 if channels < 3 else 3, channels in (2, 4))
    assert found.is_linear is (kind is not np.uint8)


@pytest.mark.parametrize(("ratio", "width"), [(1, 60), (2, 72), (3, 80), (4, 90), (5, 106), (6, 75), (7, 120)])
def test_a_ratio_gives_the_width(ratio: int, width: int) -> None:
    """ISO/IEC 18181-1, table of aspect ratios; the result is rounded down."""
    assert header(jxl_header((0, 1), (0, 2), (59, 9), (ratio, 3), (1, 1))).size == (width, 60)


def test_small_sides_are_counted_in_eighths() -> None:
    """The short form of the size."""
    assert header(jxl_header((1, 1), (4, 5), (0, 3), (1, 5), (1, 1))).size == (16, 40)


def test_a_picture_on_its_side_is_told_of_upright() -> None:
    """Orientations from 5 on swap the sides, as decoding does."""
    fields = [
        (1, 1),
        (4, 5),
        (0, 3),
        (1, 5),
        (0, 1),
        (1, 1),
        (5, 3),
        (0, 3),
        (0, 1),
        (0, 2),
        (0, 1),
        (0, 2),
        (0, 1),
        (1, 1),
    ]
    assert header(jxl_header(*fields)).size == (40, 16)


def test_many_extra_channels_are_counted() -> None:
    """Each takes memory, whether or not it is shown."""
    start = [(1, 1), (4, 5), (0, 3), (1, 5), (0, 1), (0, 1), (0, 1), (0, 2), (0, 1)]
    channels = [(3, 2), (511, 12), *[(1, 1)] * 512]
    found = header(jxl_header(*start, *channels, (0, 1), (1, 1)))
    assert (found.extra_channels, found.has_alpha) == (512, True)


@pytest.mark.parametrize("is_boxed", [False, True])
def test_a_bomb_is_refused_before_it_is_decoded(is_boxed: bool) -> None:
    """A header of a dozen bytes that claims a gigapixel costs nothing."""
    body = jxl_bomb(40_000, 30_000)
    if is_boxed:
        body = b"\0\0\0\x0cJXL \r\n\x87\n" + struct.pack(">I4s", 0, b"jxlc") + body
    start_s = time.perf_counter()
    with pytest.raises(TooManyPixelsError, match="50000000"):
        result("encode:png", body)
    assert time.perf_counter() - start_s < _QUICK_S


def test_what_would_meet_the_ceiling_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """libjxl ends the process that has no memory left."""
    monkeypatch.setattr(opening, "headroom_bytes", lambda: 50_000)
    with pytest.raises(OutOfMemoryError):
        result("encode:png", jxl(pictures.gradients()))


def test_large_pictures_take_less_for_each_pixel() -> None:
    """The encoder goes over them piece by piece."""
    small, large = (Picture(frames=(Image.new("RGB", size),)) for size in ((2048, 2048), (2400, 2048)))
    assert bytes_per_px(small, Encode()) > 2 * bytes_per_px(large, Encode())


@pytest.mark.parametrize("kind", ["lossless", "lossy", "boxed", "packed"])
def test_a_truncated_file_is_corrupt(kind: str) -> None:
    """Cut off anywhere, a file makes no other error and no picture."""
    body = _file(kind)
    for end in range(64 if kind in ("boxed", "packed") else 2, len(body) - 1, max(1, len(body) // 60)):
        with pytest.raises(CorruptImageError):
            result("encode:png", body[:end], limits=_LIMITS)


@pytest.mark.parametrize("kind", ["lossless", "lossy", "boxed", "packed"])
def test_a_mutated_file_makes_a_picture_or_an_error_of_ours(kind: str) -> None:
    """Whatever is wrong with it."""
    body, dice = _file(kind), random.Random(kind)
    for _ in range(200):
        damaged = bytearray(body)
        for _ in range(dice.choice((1, 1, 2, 8))):
            damaged[dice.randrange(dice.choice((48, len(damaged))))] = dice.randrange(256)
        try:
            made = result("encode:webp", bytes(damaged), limits=_LIMITS)
        except ImageError:
            continue
        assert made.width * made.height <= _LIMITS.max_pixels


def _file(kind: str) -> bytes:
    picture = pictures.gradients("RGBA")
    if kind == "packed":
        return packed_jpeg(pictures.sample("jpeg"))
    options: dict[str, dict[str, Any]] = {
        "lossy": {"lossless": False, "distance": 1.0},
        "boxed": {"usecontainer": True},
    }
    return jxl(picture, **options.get(kind, {}))


def test_more_than_eight_bits_stay_more() -> None:
    """Sixteen bits are deep, and light where the header says so, as it does in what imagecodecs writes."""
    samples = np.linspace(0, 65_535, 64 * 48 * 3).reshape(48, 64, 3).astype(np.uint16)
    found = inspection(jxl_of(samples))
    assert (found.mode, found.width) == ("RGB;F", 64)
    made = result("encode:exr", jxl_of(samples))
    assert (made.format, made.width) == ("exr", 64)


def test_a_sample_of_few_bits_is_white_when_all_are_set() -> None:
    """Samples come as they are stored, from 0 to 63."""
    body = jxl_of(np.full((8, 8, 3), 63, np.uint8), bitspersample=6)
    white = pictures.opened(result("encode:png", body).body).convert("RGB")
    assert white.getpixel((3, 3)) == (255, 255, 255)


def test_of_an_animation_the_first_frame_is_shown() -> None:
    """Nobody tells how long the others last."""
    frames = np.stack([np.asarray(frame) for frame in pictures.animation_frames(3)])
    made = result("encode:png", jxl_of(frames))
    assert made.frames == 1
    assert pictures.distance(pictures.opened(made.body), pictures.animation_frames(3)[0]) == 0


def test_exif_is_kept_and_turns_nothing() -> None:
    """The header says what is up; what EXIF says of it was written before."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ada"
    exif[ExifTags.Base.Orientation] = 6
    source = pictures.encoded(pictures.gradients(), "jpeg", exif=exif)
    made = result("encode:jxl:lossless=1:keep=exif", source)
    assert (made.width, made.height) == (48, 64)
    assert [box.kind for box in boxes(made.body)] == [b"JXL ", b"ftyp", b"Exif", b"jxlc"]
    again = result("encode:jpeg:keep=exif", made.body)
    assert (again.width, again.height) == (48, 64)
    assert pictures.opened(again.body).getexif()[ExifTags.Base.Artist] == "Ada"
    sideways = pictures.encoded(pictures.gradients(), "jpeg", exif=exif)
    assert result("encode:png", packed_jpeg(sideways)).width == 48
    assert inspection(packed_jpeg(sideways)).exif["artist"] == "Ada"


def test_the_profile_of_a_packed_jpeg_is_found() -> None:
    """Its colours are the same as those of the JPEG."""
    profile = display_p3()
    jpeg = pictures.encoded(pictures.gradients(), "jpeg", icc_profile=profile)
    straight, packed = (pictures.opened(result("encode:png", body).body) for body in (jpeg, packed_jpeg(jpeg)))
    plain = pictures.opened(result("encode:png", pictures.encoded(pictures.gradients(), "jpeg")).body)
    assert pictures.distance(straight, packed) < 1
    assert pictures.distance(straight, plain) > 2
