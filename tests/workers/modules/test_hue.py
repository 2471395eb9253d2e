"""Saturation and hue: colours worked out by hand."""

from __future__ import annotations

import pytest
from PIL import Image

from shared.operation import Operation
from shared.operations import Grayscale, Hue, Saturation
from tests.workers.modules.pictures import apply, distance, gradients

Rgb = tuple[int, int, int]


def one(colour: Rgb, step: Operation) -> tuple[int, ...]:
    """What becomes of one colour."""
    pixel = apply(step, Image.new("RGB", (1, 1), colour)).getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return pixel


@pytest.mark.parametrize(
    ("colour", "amount", "expected"),
    [
        # Luma 0.299·200 + 0.587·100 + 0.114·50 = 124.2
        ((200, 100, 50), -100, (124, 124, 124)),
        ((200, 100, 50), -50, (162, 112, 87)),
        ((200, 100, 50), 50, (238, 88, 13)),
        ((140, 120, 110), 100, (155, 115, 95)),
        ((200, 100, 50), 100, (255, 76, 0)),
        ((77, 77, 77), 100, (77, 77, 77)),
    ],
)
def test_saturation_moves_along_the_line_from_grey(colour: Rgb, amount: float, expected: Rgb) -> None:
    """−100 is the luma, 100 is twice the distance from it, kept within 0 to 255."""
    assert one(colour, Saturation(amount=amount)) == expected


def test_no_saturation_is_grayscale() -> None:
    """The same luma, to within a rounding."""
    frame = gradients()
    grey = apply(Grayscale(on=True), frame).convert("RGB")
    assert distance(apply(Saturation(amount=-100), frame), grey) < 0.2


@pytest.mark.parametrize(
    ("colour", "angle", "expected"),
    [
        # At 180° each row of the matrix is twice the luminance weights minus the identity.
        ((100, 100, 200), 180, (114, 114, 14)),
        ((200, 100, 100), 180, (43, 143, 143)),
        # At 90°, red: .213−.213, .213+.143, .213−.787 of 200, and so on with green and blue 100.
        ((200, 100, 100), 90, (100, 136, 43)),
        ((100, 100, 200), 270, (14, 136, 100)),
        ((123, 123, 123), 77, (123, 123, 123)),
        ((12, 34, 56), 360, (12, 34, 56)),
    ],
)
def test_hue_turns_as_the_filter_effects_matrix_does(colour: Rgb, angle: float, expected: Rgb) -> None:
    """Rows of the matrix written out for right angles; greys stay."""
    assert one(colour, Hue(angle=angle)) == expected


def test_hue_keeps_the_luminance() -> None:
    """0.213 red + 0.715 green + 0.072 blue is the same at every angle, while nothing is clipped."""
    colour = (120, 140, 130)
    before = 0.213 * colour[0] + 0.715 * colour[1] + 0.072 * colour[2]
    for angle in range(0, 360, 15):
        red, green, blue = one(colour, Hue(angle=angle))
        assert 0.213 * red + 0.715 * green + 0.072 * blue == pytest.approx(before, abs=0.6)


@pytest.mark.parametrize("step", [Hue(angle=90), Saturation(amount=70)])
def test_alpha_stays_and_grey_frames_are_left(step: Operation) -> None:
    """RGBA changes as RGB does; L and LA have no colours."""
    frame = gradients("RGBA")
    result = apply(step, frame)
    assert result.getchannel("A").tobytes() == frame.getchannel("A").tobytes()
    assert result.convert("RGB").tobytes() == apply(step, frame.convert("RGB")).tobytes()
    for mode in ("L", "LA"):
        grey = gradients(mode)
        assert apply(step, grey) is grey
