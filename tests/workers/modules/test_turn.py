"""Turning and mirroring: direction, edges, corners."""

from __future__ import annotations

import math

import pytest
import pyvips
from PIL import Image
from PIL.Image import Transpose

from shared.colours import Colour
from shared.errors import TooManyPixelsError
from shared.limits import Limits
from shared.operations import Flip, Rotate
from tests.workers.modules.pictures import MODES, apply, distance, from_vips, gradients, texture, to_vips
from workers.scene import Scene

BLACK, WHITE = Colour(0, 0, 0), Colour(255, 255, 255)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("angle", "transpose"),
    [
        (90, Transpose.ROTATE_270),
        (180, Transpose.ROTATE_180),
        (270, Transpose.ROTATE_90),
        (-90, Transpose.ROTATE_90),
    ],
)
def test_right_angles_are_lossless(angle: float, transpose: Transpose, mode: str) -> None:
    """Every pixel goes elsewhere and none changes."""
    frame = gradients(mode)
    assert apply(Rotate(angle=angle), frame).tobytes() == frame.transpose(transpose).tobytes()


def test_turning_is_clockwise() -> None:
    """The top left corner goes to the top right, at a right angle and near it."""
    frame = Image.new("L", (40, 40))
    frame.paste(255, (0, 0, 10, 10))
    assert apply(Rotate(angle=90), frame).getpixel((35, 5)) == 255
    nearly = apply(Rotate(angle=89, bg=BLACK), frame)
    assert nearly.getpixel((35, 5)) == 255
    assert nearly.getpixel((5, 5)) == 0


def test_whole_turns_do_nothing() -> None:
    """However many."""
    frame = gradients()
    assert apply(Rotate(angle=720), frame) is frame


@pytest.mark.parametrize("angle", [30, 45, 200, -17.3])
def test_other_angles_agree_with_libvips(angle: float) -> None:
    """Mean distance below one step of 255, edges included."""
    frame = texture()
    turned = apply(Rotate(angle=angle, bg=BLACK), frame)
    assert distance(turned, from_vips(turned_by_vips(frame, angle, turned.size), "RGB")) < 1


def turned_by_vips(frame: Image.Image, angle: float, size: tuple[int, int]) -> pyvips.Image:
    """Turned about its centre onto a black canvas; libvips counts from the centre of the first pixel."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x, y = frame.width / 2, frame.height / 2
    return to_vips(frame).affine(
        [cos, -sin, sin, cos],
        interpolate=pyvips.Interpolate.new("bicubic"),
        oarea=[0, 0, *size],
        idx=0.5,
        idy=0.5,
        odx=size[0] / 2 - (cos * x - sin * y) - 0.5,
        ody=size[1] / 2 - (sin * x + cos * y) - 0.5,
        background=[0, 0, 0],
    )


@pytest.mark.parametrize(("mode", "mode_after"), [("L", "LA"), ("LA", "LA"), ("RGB", "RGBA"), ("RGBA", "RGBA")])
def test_uncovered_corners_are_transparent(mode: str, mode_after: str) -> None:
    """Without a colour the frame gains alpha, and its middle stays as opaque as it was."""
    frame = Image.new(
        mode,
        (40, 30),
        200 if mode == "L" else (200,) * (len(mode) - mode.endswith("A")) + (255,) * mode.endswith("A"),
    )
    turned = apply(Rotate(angle=30), frame)
    assert turned.mode == mode_after
    alpha = turned.getchannel("A")
    assert [
        alpha.getpixel(at) for at in ((0, 0), (turned.width - 1, 0), (turned.width // 2, turned.height // 2))
    ] == [0, 0, 255]


@pytest.mark.parametrize(
    ("mode", "bg", "mode_after"),
    [
        ("L", "777", "L"),
        ("L", "red", "RGB"),
        ("RGB", "red", "RGB"),
        ("LA", "red", "RGBA"),
        ("RGB", "ff000080", "RGBA"),
    ],
)
def test_corners_take_the_colour(mode: str, bg: str, mode_after: str) -> None:
    """An opaque colour needs no alpha, a grey one no colour."""
    colour = Colour.parse(bg)
    turned = apply(Rotate(angle=30, bg=colour), gradients(mode))
    assert turned.mode == mode_after
    assert turned.convert("RGBA").getpixel((0, 0)) == pytest.approx(tuple(colour), abs=1)


def test_a_flat_picture_has_no_fringes() -> None:
    """White turned on white is white all over; on nothing it is white wherever it can be seen."""
    frame = Image.new("RGB", (40, 30), "white")
    assert apply(Rotate(angle=33, bg=WHITE), frame).getextrema() == ((255, 255),) * 3
    turned = apply(Rotate(angle=33), frame)
    red, _, _, alpha = turned.split()
    assert min(value for value, seen in zip(red.tobytes(), alpha.tobytes(), strict=True) if seen) == 255


def test_hidden_colours_make_no_fringes() -> None:
    """White beside transparent black is nowhere grey."""
    frame = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    frame.paste((255, 255, 255, 255), (10, 10, 30, 30))
    red, _, _, alpha = apply(Rotate(angle=20), frame).split()
    assert min(value for value, seen in zip(red.tobytes(), alpha.tobytes(), strict=True) if seen > 8) >= 250


def test_edges_are_antialiased() -> None:
    """The edge goes from 255 to 0 through values between, and covers as much as the picture did."""
    alpha = apply(Rotate(angle=20), Image.new("RGB", (40, 30))).getchannel("A")
    values = alpha.tobytes()
    assert len(set(values)) > 20
    assert sum(values) / 255 == pytest.approx(40 * 30, rel=0.005)


def test_a_canvas_too_large_is_refused() -> None:
    """Turning can pass a limit that the frame itself is within."""
    scene = Scene(limits=Limits(max_side=100))
    with pytest.raises(TooManyPixelsError):
        apply(Rotate(angle=45), Image.new("L", (100, 100)), scene)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (64, 48)], ids=str)
def test_every_shape_can_be_turned(mode: str, size: tuple[int, int]) -> None:
    """A line too, and the frame stays as it was."""
    frame = gradients(mode, size)
    before = frame.tobytes()
    turned = apply(Rotate(angle=45), frame)
    diagonal = math.ceil(round((size[0] + size[1]) / math.sqrt(2), 6))
    assert turned.size == (diagonal, diagonal)
    assert frame.tobytes() == before


def test_flips_mirror_along_their_axes() -> None:
    """h moves the left to the right, v the top to the bottom, hv both; twice is nothing."""
    frame = gradients()
    last = (63, 47)
    assert apply(Flip(axes="h"), frame).getpixel((63, 0)) == frame.getpixel((0, 0))
    assert apply(Flip(axes="v"), frame).getpixel((0, 47)) == frame.getpixel((0, 0))
    assert apply(Flip(axes="hv"), frame).getpixel(last) == frame.getpixel((0, 0))
    for axes in ("h", "v", "hv"):
        assert apply(Flip(axes=axes), apply(Flip(axes=axes), frame)).tobytes() == frame.tobytes()
    assert apply(Flip(), frame) is frame
