"""Opening: formats by their bytes, limits by the header, before anything is decoded."""

from __future__ import annotations

import struct
import time
import zlib

import pytest

from shared.errors import (
    CorruptImageError,
    ImageError,
    OutOfMemoryError,
    TooManyFramesError,
    TooManyPixelsError,
    UnsupportedFormatError,
)
from shared.limits import Limits
from tests import pictures
from tests.workers.jobs import result
from workers import opening

_QUICK_S = 0.25


@pytest.mark.parametrize("data", [b"", b"GIF", b"%PDF-1.7", b"<svg/>", b"\0" * 64, b"RIFF\0\0\0\0WAVE"])
def test_what_is_no_image_is_unsupported(data: bytes) -> None:
    """The leading bytes decide, before any decoder sees them."""
    with pytest.raises(UnsupportedFormatError):
        result("encode:png", data)


def test_the_bytes_name_the_format_and_not_the_extension() -> None:
    """A PNG called .jpg is a PNG."""
    assert result("flip:h", pictures.sample("png"), extension="jpg").format == "png"


@pytest.mark.parametrize("name", pictures.FORMATS)
def test_a_header_that_claims_too_much_is_refused_at_once(name: str) -> None:
    """No pixel is decoded, and no memory taken, for what passes the limit."""
    side = 10_000 if name == "avif" else 30_000  # libavif has a limit of its own
    start_s = time.perf_counter()
    with pytest.raises(TooManyPixelsError, match="50000000"):
        result("encode:png", pictures.bomb(name, side=side), extension=name)
    assert time.perf_counter() - start_s < _QUICK_S


@pytest.mark.parametrize("name", pictures.FORMATS)
def test_the_pixel_limit_is_exact(name: str) -> None:
    """As many pixels as allowed are read, one more is not."""
    pixels = pictures.SIZE[0] * pictures.SIZE[1]
    body = pictures.sample(name)
    assert result("encode:png", body, extension=name, limits=Limits(max_pixels=pixels)).width
    with pytest.raises(TooManyPixelsError):
        result("encode:png", body, extension=name, limits=Limits(max_pixels=pixels - 1))


def test_pixels_are_counted_over_all_frames() -> None:
    """Four frames of 64×48 are 12288 pixels."""
    body = pictures.animated("gif")
    assert result("", body, limits=Limits(max_pixels=12_288)).frames == 4
    with pytest.raises(TooManyPixelsError, match="64×48 pixels in 4 frames"):
        result("", body, limits=Limits(max_pixels=12_287))


def test_only_the_frames_that_are_decoded_count() -> None:
    """A still of a long animation costs one frame."""
    body, limits = pictures.animated("gif"), Limits(max_frames=1, max_pixels=3072)
    assert result("encode:jpeg", body, limits=limits).frames == 1
    assert result("open:frames=1", body, limits=limits).frames == 1


def test_too_many_frames_are_refused() -> None:
    """The bound is on frames, however small they are."""
    with pytest.raises(TooManyFramesError, match="more than 3 frames"):
        result("", pictures.animated("png"), limits=Limits(max_frames=3))


def test_a_gif_without_end_is_not_walked_to_its_end() -> None:
    """Frames are counted up to the limit only."""
    body = pictures.sample("gif")
    frame = body[body.index(b",") : -1]
    start_s = time.perf_counter()
    with pytest.raises(TooManyFramesError):
        result("", body[:-1] + frame * 100_000)
    assert time.perf_counter() - start_s < _QUICK_S


def test_decoders_written_in_python_get_fewer_pixels() -> None:
    """They take seconds a megapixel: more than two are refused."""
    with pytest.raises(TooManyPixelsError, match="of its kind at most 2000000"):
        result("encode:png", pictures.bomb("dds", side=1500))


def test_an_expanding_text_chunk_is_bounded() -> None:
    """Sixteen megabytes of compressed nothing are refused while they are unpacked."""
    text = b"Comment\0\0" + zlib.compress(bytes(16 << 20))
    with pytest.raises(CorruptImageError):
        result("encode:jpeg", pictures.png_of(8, 8, pictures.png_chunk(b"zTXt", text)))


def test_an_expanding_colour_profile_is_bounded() -> None:
    """The same holds for ICC profiles."""
    profile = b"bomb\0\0" + zlib.compress(bytes(16 << 20))
    with pytest.raises(CorruptImageError):
        result("encode:jpeg", pictures.png_of(8, 8, pictures.png_chunk(b"iCCP", profile)))


def test_what_cannot_fit_into_memory_is_refused_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codecs that run out of memory in the middle call the image corrupt, or crash."""
    monkeypatch.setattr(opening, "headroom_bytes", lambda: 10_000)
    with pytest.raises(OutOfMemoryError, match="64×48"):
        result("encode:png", pictures.sample("webp"))


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (0, 0)])
def test_no_pixels_are_no_image(size: tuple[int, int]) -> None:
    """A side of nought is damage."""
    with pytest.raises(ImageError):
        result("encode:png", pictures.png_of(*size))
    with pytest.raises(ImageError):
        result("encode:png", b"P5\n%d %d\n255\n" % size)


def test_an_icon_inside_an_icon_is_damage() -> None:
    """What an icon holds has to be a PNG or a bitmap."""
    inner = pictures.sample("ico")
    body = struct.pack("<HHH", 0, 1, 1) + struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(inner), 22) + inner
    with pytest.raises(CorruptImageError):
        result("encode:png", body)
