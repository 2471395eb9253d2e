"""Crop and trim: what is cut off, and what is not."""

from __future__ import annotations

import pytest
from PIL import Image

from shared.errors import BadParameterError
from shared.limits import Limits
from shared.operations import Crop, Trim
from shared.parameters import Box, Length
from tests.workers.modules.pictures import RED, apply, gradients
from workers.scene import Scene

INNER = (5, 6, 15, 12)
DEEP_MODES = ("I;16", "I;16B", "I")


def framed(mode: str, border: int | tuple[int, ...], inside: int | tuple[int, ...]) -> Image.Image:
    """A 40×30 frame of one colour with a rectangle of another at INNER."""
    frame = Image.new(mode, (40, 30), border)
    frame.paste(Image.new(mode, (10, 6), inside), INNER)
    return frame


def test_crop_takes_the_very_pixels() -> None:
    """No pixel is mixed or moved."""
    frame = gradients()
    box = Box(Length(10), Length(25, is_percent=True), Length(20), Length(50, is_percent=True))
    assert apply(Crop(box=box), frame).tobytes() == frame.crop((10, 12, 30, 36)).tobytes()


def test_crop_outside_is_the_requests_fault() -> None:
    """Only here is the image's size known: the answer names the parameter and the size."""
    box = Box(Length(64), Length(0), Length(1), Length(1))
    with pytest.raises(BadParameterError, match=r"crop='64,0,1,1'.*64×48"):
        apply(Crop(box=box), gradients())


def test_steps_without_a_value_do_nothing() -> None:
    """A crop without a box and a trim without a tolerance leave the frame."""
    frame = gradients()
    assert apply(Crop(), frame) is frame
    assert apply(Trim(), frame) is frame


@pytest.mark.parametrize(
    ("mode", "border", "inside"),
    [
        ("L", 200, 100),
        ("LA", (200, 255), (100, 255)),
        ("RGB", (10, 20, 30), (10, 20, 60)),
        ("RGBA", (10, 20, 30, 255), (10, 20, 30, 90)),
        ("CMYK", (0, 0, 0, 0), (0, 0, 0, 90)),
        ("YCbCr", (128, 128, 128), (128, 150, 128)),
        ("LAB", (128, 128, 128), (128, 128, 90)),
    ],
)
def test_trim_finds_the_content(mode: str, border: tuple[int, ...], inside: tuple[int, ...]) -> None:
    """A difference in one channel is enough; alpha is a channel."""
    trimmed = apply(Trim(tolerance=10), framed(mode, border, inside))
    assert trimmed.size == (10, 6)
    assert trimmed.mode == mode


@pytest.mark.parametrize("mode", DEEP_MODES)
def test_trim_measures_deep_frames_in_steps_of_eight_bits(mode: str) -> None:
    """A tolerance of 10 is the same share of white in every mode."""
    border, nearly = 1000, 1000 + 9 * 257
    assert apply(Trim(tolerance=10), framed(mode, border, 60_000)).size == (10, 6)
    assert apply(Trim(tolerance=10), framed(mode, border, nearly)).size == (40, 30)
    assert apply(Trim(tolerance=8), framed(mode, border, nearly)).size == (10, 6)


def test_tolerance_is_the_largest_difference_that_is_border() -> None:
    """Ten away is border at a tolerance of ten, eleven away is not."""
    assert apply(Trim(tolerance=10), framed("RGB", (50, 50, 50), (50, 60, 40))).size == (40, 30)
    assert apply(Trim(tolerance=10), framed("RGB", (50, 50, 50), (50, 61, 50))).size == (10, 6)


def test_all_border_is_left_whole() -> None:
    """Nothing would be left of it."""
    frame = Image.new("RGB", (40, 30), RED)
    assert apply(Trim(tolerance=0), frame) is frame


def test_unseen_pixels_are_equal_whatever_their_colour() -> None:
    """A transparent border of many colours is one border; a nearly transparent pixel is measured by its alpha."""
    frame = gradients("RGBA", (40, 30))
    frame.putalpha(0)
    frame.paste((10, 20, 30, 255), INNER)
    frame.putpixel((30, 20), (255, 255, 255, 3))
    assert apply(Trim(tolerance=3), frame).size == (10, 6)
    assert apply(Trim(tolerance=2), frame).size == (26, 15)


def test_unseen_pixels_beside_an_opaque_border_are_content() -> None:
    """They look different from the border even where the colour under them is the same."""
    assert apply(Trim(tolerance=10), framed("RGBA", (9, 9, 9, 255), (9, 9, 9, 0))).size == (10, 6)
    assert apply(Trim(tolerance=10), framed("RGBA", (9, 9, 9, 8), (250, 9, 9, 0))).size == (40, 30)


def test_frames_of_one_animation_are_trimmed_alike() -> None:
    """The first frame decides, so that all frames stay of one size."""
    scene, step = Scene(limits=Limits(), frames=2), Trim(tolerance=0)
    first = apply(step, framed("L", 0, 255), scene)
    second = apply(step, Image.new("L", (40, 30), 7), scene)
    assert first.size == second.size == (10, 6)
