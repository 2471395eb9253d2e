"""Curves: every value of a channel against the formula, worked out here once more."""

from __future__ import annotations

import pytest
from PIL import Image

from shared.operation import Operation
from shared.operations import Brightness, Contrast, Gamma, Grayscale, Invert
from tests.workers.modules.pictures import apply, gradients

RAMP = Image.frombytes("L", (256, 1), bytes(range(256)))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Brightness(amount=40), {0: 40, 100: 140, 215: 255, 255: 255}),
        (Brightness(amount=-255), {0: 0, 255: 0}),
        (Brightness(amount=0.5), {0: 1, 100: 101, 255: 255}),
        # (1.5)² = 2.25 times the distance from 127.5
        (Contrast(amount=50), {127: 126, 128: 129, 100: 66, 160: 201, 0: 0, 255: 255}),
        # (0.5)² = 0.25 times
        (Contrast(amount=-50), {0: 96, 127: 127, 128: 128, 255: 159}),
        (Contrast(amount=-100), {0: 128, 255: 128}),
        # 255 · √(64 / 255) = 127.7
        (Gamma(gamma=2), {0: 0, 64: 128, 255: 255}),
        # 255 · (128 / 255)² = 64.3
        (Gamma(gamma=0.5), {0: 0, 128: 64, 255: 255}),
        (Invert(on=True), {0: 255, 100: 155, 255: 0}),
    ],
    ids=lambda value: value.text if isinstance(value, Operation) else None,
)
def test_curve_gives_the_value_of_its_formula(step: Operation, expected: dict[int, int]) -> None:
    """Rounded to the nearest, halves up, kept within 0 to 255."""
    result = apply(step, RAMP)
    assert {value: result.getpixel((value, 0)) for value in expected} == expected


@pytest.mark.parametrize("step", [Brightness(amount=40), Contrast(amount=50), Gamma(gamma=2), Invert(on=True)])
@pytest.mark.parametrize("mode", ["LA", "RGB", "RGBA"])
def test_every_colour_goes_through_the_same_curve_and_alpha_through_none(step: Operation, mode: str) -> None:
    """Each band is what the band alone would become."""
    frame = gradients(mode)
    result = apply(step, frame)
    for name in frame.getbands():
        band = frame.getchannel(name)
        expected = band if name == "A" else apply(step, band)
        assert result.getchannel(name).tobytes() == expected.tobytes()


def test_grayscale_is_the_luma_of_bt601() -> None:
    """0.299 red, 0.587 green, 0.114 blue; alpha stays."""
    colours = {(255, 0, 0): 76, (0, 255, 0): 150, (0, 0, 255): 29, (255, 255, 255): 255, (10, 20, 30): 18}
    for colour, luma in colours.items():
        assert apply(Grayscale(on=True), Image.new("RGB", (1, 1), colour)).getpixel((0, 0)) == luma
    assert apply(Grayscale(on=True), Image.new("RGBA", (1, 1), (0, 255, 0, 7))).getpixel((0, 0)) == (150, 7)


def test_switched_off_they_leave_the_frame() -> None:
    """Off is not on."""
    frame = gradients()
    assert apply(Invert(on=False), frame) is frame
    assert apply(Grayscale(on=False), frame) is frame
