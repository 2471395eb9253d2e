"""Whole jobs: animations, defaults, limits, errors. All formats to all are in ``test_format_matrix.py``."""

from __future__ import annotations

import dataclasses
import io
import itertools

import pytest
from PIL import Image

from shared.errors import BadParameterError, ServiceError, TooLargeError, TooManyPixelsError
from shared.limits import Limits
from shared.messages import Source
from shared.operations import Encode
from tests import pictures
from tests.workers.jobs import job, result
from workers import encoding_gif
from workers.job import run
from workers.picture import Picture


@pytest.mark.parametrize(("source", "target"), list(itertools.product(pictures.ANIMATED, repeat=2)))
def test_animations_keep_frames_and_durations(source: str, target: str) -> None:
    """Four frames, of 100 to 400 ms, stay what they are in every animated format."""
    made = result(f"encode:{target}", pictures.animated(source))
    assert (made.format, made.frames) == (target, 4)
    image = pictures.opened(made.body)
    for index, (wanted, duration_ms) in enumerate(
        zip(pictures.animation_frames(), (100, 200, 300, 400), strict=True)
    ):
        image.seek(index)
        image.load()
        assert round(image.info["duration"]) == duration_ms
        assert pictures.distance(wanted, image.convert("RGB")) < 6


@pytest.mark.parametrize("target", sorted(set(pictures.FORMATS) - set(pictures.ANIMATED)))
def test_an_animation_becomes_a_still_by_its_first_frame(target: str) -> None:
    """Formats that cannot move show how it begins."""
    made = result(f"encode:{target}", pictures.animated("png"))
    assert made.frames == 1
    assert (made.width, made.height) == pictures.SIZE


@pytest.mark.parametrize("name", pictures.FORMATS)
def test_without_a_format_the_result_has_the_source_s(name: str) -> None:
    """Every format that is read can be written."""
    assert result("flip:h", pictures.sample(name), extension=name).format == name


@pytest.mark.parametrize(
    ("mode", "expected"), [("RGB", "jpeg"), ("RGBA", "png"), ("L", "jpeg"), ("LA", "png"), ("P", "jpeg")]
)
def test_auto_is_png_where_something_shines_through_and_else_jpeg(mode: str, expected: str) -> None:
    """What negotiation left open is decided by the picture."""
    body = pictures.encoded(pictures.gradients(mode), "png")
    assert result("encode:auto", body).format == expected


def test_auto_is_not_misled_by_an_alpha_that_hides_nothing() -> None:
    """An opaque picture with an alpha channel is a JPEG."""
    opaque = pictures.gradients("RGBA")
    opaque.putalpha(255)
    assert result("encode:auto", pictures.encoded(opaque, "png")).format == "jpeg"


@pytest.mark.parametrize("name", pictures.ANIMATED)
def test_auto_keeps_an_animation_in_its_own_format(name: str) -> None:
    """No still stands in for what moves."""
    made = result("encode:auto", pictures.animated(name))
    assert (made.format, made.frames) == (name, 4)


def test_a_multi_picture_photograph_becomes_a_plain_one() -> None:
    """MPO, JPEG's multi-picture kind, is written as JPEG."""
    first, second = pictures.gradients(), pictures.gradients().transpose(Image.Transpose.ROTATE_180)
    file = io.BytesIO()
    first.save(file, "MPO", save_all=True, append_images=[second])
    assert result("", file.getvalue()).format == "jpeg"
    turned = pictures.opened(result("open:frame=1;encode:png", file.getvalue()).body)
    assert pictures.distance(turned, second) < 4


@pytest.mark.parametrize("name", ["jpeg", "png", "avif", "tiff", "jp2", "tga", "dds", "pnm"])
def test_grey_stays_grey(name: str) -> None:
    """One channel is not made three where the format has room for one."""
    made = result(f"encode:{name}", pictures.encoded(pictures.gradients("L"), "png"))
    assert pictures.opened(made.body).mode == "L"


def test_black_and_white_becomes_a_bitmap_among_the_pnm() -> None:
    """PBM for two values, PGM for greys, PPM for colours."""
    kinds = {
        mode: result("encode:pnm", pictures.encoded(pictures.gradients(mode), "png")).body[:2]
        for mode in ("1", "L", "RGB")
    }
    assert kinds == {"1": b"P4", "L": b"P5", "RGB": b"P6"}


def test_equal_frames_are_joined() -> None:
    """A frame that shows nothing new prolongs the one before."""
    one, two = pictures.animation_frames(2)
    written = Picture(frames=(one, one, two), durations_ms=(100, 150, 200))
    made = result("encode:webp:lossless=1", encoding_gif.animation(written, Encode()))
    assert (made.frames, pictures.opened(made.body).info["duration"]) == (2, 250)


def test_stages_are_timed() -> None:
    """Each stage's milliseconds are told, and each has taken some."""
    timings = result("resize:width=10;encode:png", pictures.sample("jpeg")).timings_ms
    assert set(timings) == {"decode", "transform", "encode"}
    assert all(timing > 0 for timing in timings.values())


def test_a_result_longer_than_allowed_is_refused() -> None:
    """The side limit holds for results, also where nothing resizes them."""
    with pytest.raises(TooManyPixelsError, match="64×48"):
        result("encode:png", pictures.sample("jpeg"), limits=Limits(max_side=63))


def test_a_source_of_too_many_bytes_is_refused() -> None:
    """The message names both figures."""
    body = pictures.sample("bmp")
    with pytest.raises(TooLargeError, match=f"{len(body)} bytes, at most 1000"):
        result("encode:png", body, limits=Limits(max_bytes=1000))


def test_a_module_s_own_error_passes_through() -> None:
    """A crop outside of the picture stays the request's fault."""
    with pytest.raises(BadParameterError, match="crop"):
        result("crop:box=100,100,10,10", pictures.sample("png"))


def test_the_bytes_of_a_result_depend_on_the_job_alone() -> None:
    """The same job twice gives the same bytes: entity tags rely on it."""
    for name in pictures.FORMATS:
        one, two = (result(f"resize:width=40;encode:{name}", pictures.sample("png")).body for _ in range(2))
        assert one == two, name


def test_a_job_without_a_source_is_our_own_mistake() -> None:
    """It is no one's image that is at fault."""
    with pytest.raises(ServiceError) as caught:
        run(dataclasses.replace(job(), source=Source()))
    assert type(caught.value) is ServiceError
