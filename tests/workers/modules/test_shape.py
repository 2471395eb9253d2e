"""Round corners and cut out shapes: against coverage worked out by integration, and what becomes of alpha."""

from __future__ import annotations

import math

import pytest
from PIL import Image, ImageChops

from shared.colours import WHITE
from shared.limits import Limits
from shared.operation import Operation
from shared.operations import MASKS, Background, Mask, Round
from shared.parameters import Length
from shared.parameters.length import MAX_RADIUS
from tests.workers.modules.pictures import MODES, Size, apply, gradients
from workers.scene import Scene

STEPS = (Round(radius=Length(9)), Mask(shape="star"))


def alpha_of(step: Operation, size: Size) -> Image.Image:
    """What is left of an opaque frame."""
    return apply(step, Image.new("L", size, 255)).getchannel("A")


def corner_coverage(radius: float, x: int, y: int) -> float:
    """How much of a pixel at the top left lies within ``border-radius``: columns of a circle added up."""
    columns, covered = 256, 0.0
    for index in range(columns):
        across = x + (index + 0.5) / columns
        down = 0.0 if across >= radius else radius - math.sqrt(radius**2 - (radius - across) ** 2)
        covered += min(1.0, max(0.0, y + 1 - down))
    return covered / columns


@pytest.mark.parametrize("radius", [1, 2, 5, 12, 20])
def test_corners_are_those_of_border_radius(radius: int) -> None:
    """Each pixel's alpha within four of 255 of the area of the pixel inside the rounded rectangle."""
    alpha = alpha_of(Round(radius=Length(radius)), (64, 48))
    for y in range(radius):
        for x in range(radius):
            assert alpha.getpixel((x, y)) == pytest.approx(255 * corner_coverage(radius, x, y), abs=4)
    inner = (radius, 0, 64 - radius, 48)
    assert alpha.crop(inner).getextrema() == alpha.crop((0, radius, 64, 48 - radius)).getextrema() == (255, 255)


@pytest.mark.parametrize("size", [(64, 48), (7, 31), (2, 2), (1, 1)], ids=str)
def test_all_corners_are_alike(size: Size) -> None:
    """Mirrored, the frame looks the same."""
    alpha = alpha_of(Round(radius=MAX_RADIUS), size)
    for turn in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM):
        assert alpha.transpose(turn).tobytes() == alpha.tobytes()


@pytest.mark.parametrize("side", [1, 2, 5, 48, 101])
def test_a_square_as_round_as_can_be_is_a_circle(side: int) -> None:
    """As the mask of that name makes it, also where corners share a pixel; within three of 255."""
    rounded = alpha_of(Round(radius=MAX_RADIUS), (side, side))
    circle = alpha_of(Mask(shape="circle"), (side, side))
    assert max(ImageChops.difference(rounded, circle).tobytes()) <= 3


def test_a_radius_has_its_end_at_half_the_shorter_side() -> None:
    """Percents are of that side too; more of them round no further."""
    size = (60, 40)
    roundest = alpha_of(Round(radius=MAX_RADIUS), size).tobytes()
    assert alpha_of(Round(radius=Length(20)), size).tobytes() == roundest
    assert alpha_of(Round(radius=Length(65_535)), size).tobytes() == roundest
    quarter = alpha_of(Round(radius=Length(25, is_percent=True)), size).tobytes()
    assert quarter == alpha_of(Round(radius=Length(10)), size).tobytes()


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.text)
@pytest.mark.parametrize("mode", MODES)
def test_colours_inside_stay_and_alpha_is_multiplied(step: Operation, mode: str) -> None:
    """A frame without alpha gets the shape's; one with alpha lets through no more than both do."""
    frame = gradients(mode, (41, 37))
    shape = alpha_of(step, frame.size)
    result = apply(step, frame)
    own = frame.getchannel("A") if mode.endswith("A") else Image.new("L", frame.size, 255)
    assert result.getchannel("A").tobytes() == ImageChops.multiply(own, shape).tobytes()
    for name in set(frame.getbands()) - {"A"}:
        kept = Image.composite(frame.getchannel(name), Image.new("L", frame.size), shape.point([0] + [255] * 255))
        assert result.getchannel(name).tobytes() == kept.tobytes()


@pytest.mark.parametrize("shape", MASKS)
def test_what_is_cut_off_has_no_colour(shape: str) -> None:
    """Neither a trace of the picture nor bytes for it."""
    result = apply(Mask(shape=shape), Image.new("RGB", (50, 30), (250, 120, 60)))
    seen = result.getchannel("A").point([0] + [255] * 255)
    picture = Image.composite(Image.new("RGB", (50, 30), (250, 120, 60)), Image.new("RGB", (50, 30)), seen)
    assert 0 in seen.tobytes()
    assert result.convert("RGB").tobytes() == picture.tobytes()


def test_a_background_takes_its_place() -> None:
    """Laid on white, the corner of a black frame is white and its middle black."""
    frame = apply(Background(bg=WHITE), apply(Round(radius=Length(9)), Image.new("L", (40, 40))))
    assert (frame.mode, frame.getpixel((0, 0)), frame.getpixel((20, 20))) == ("L", 255, 0)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.text)
def test_all_frames_of_an_animation_get_one_shape(step: Operation) -> None:
    """It is found with the first; the second comes out as it would alone."""
    scene = Scene(limits=Limits(), frames=2)
    first, second = gradients("RGB"), gradients("RGB").transpose(Image.Transpose.ROTATE_180)
    apply(step, first, scene)
    assert apply(step, second, scene).tobytes() == apply(step, second).tobytes()


@pytest.mark.parametrize(
    "step", [Round(), Mask(), Round(radius=Length(1, is_percent=True))], ids=lambda step: step.text
)
def test_nothing_cut_off_is_the_same_frame(step: Operation) -> None:
    """Not even the mode changes, also where a percentage is less than half a pixel."""
    frame = gradients("RGB", (30, 20))
    assert apply(step, frame) is frame
