"""Blurring and sharpening: against libvips, and against differences worked out here."""

from __future__ import annotations

import pytest
from PIL import Image, ImageFilter

from shared.operations import Blur, Unsharp
from tests.workers.modules.pictures import MODES, apply, distance, from_vips, gradients, texture, to_vips


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sigma", [0.5, 1, 3, 10])
def test_blur_agrees_with_libvips(mode: str, sigma: float) -> None:
    """Mean distance below one and a half steps of 255; the widest differ most, at the edges."""
    frame = texture(mode)
    source = to_vips(frame)
    if mode.endswith("A"):
        source = source.premultiply(max_alpha=255)
    expected = source.gaussblur(sigma, min_ampl=0.001, precision="float")
    if mode.endswith("A"):
        expected = expected.unpremultiply(max_alpha=255)
    assert distance(apply(Blur(sigma=sigma), frame), from_vips(expected, mode)) < 1.5


def test_a_blur_wider_than_the_frame_is_even() -> None:
    """With a deviation of ten widths next to nothing of the picture is left, and it is no darker."""
    frame = texture("L", (24, 16))
    values = apply(Blur(sigma=240), frame).tobytes()
    assert max(values) - min(values) <= 6
    assert apply(Blur(sigma=250), Image.new("L", (1, 1), 77)).getpixel((0, 0)) == 77


def test_no_blur_is_the_same_frame() -> None:
    """A deviation of nothing does nothing."""
    frame = gradients()
    assert apply(Blur(sigma=0), frame) is frame
    assert apply(Unsharp(sigma=0), frame) is frame


def test_hidden_colours_do_not_bleed() -> None:
    """White beside transparent black fades out and stays white."""
    frame = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    frame.paste((255, 255, 255, 255), (0, 0, 20, 40))
    red, _, _, alpha = apply(Blur(sigma=3), frame).split()
    assert 0 < min(alpha.crop((18, 0, 22, 40)).tobytes()) < 255
    assert min(value for value, seen in zip(red.tobytes(), alpha.tobytes(), strict=True) if seen > 8) >= 250


@pytest.mark.parametrize("threshold", [0, 10, 40])
def test_unsharp_adds_the_difference_to_the_blurred(threshold: int) -> None:
    """In both directions, once, and only where it exceeds the threshold."""
    frame = texture("L", (48, 32))
    blurred = frame.filter(ImageFilter.GaussianBlur(2)).tobytes()
    expected = bytes(
        value if abs(value - around) <= threshold else min(255, max(0, 2 * value - around))
        for value, around in zip(frame.tobytes(), blurred, strict=True)
    )
    assert apply(Unsharp(sigma=2, threshold=threshold), frame).tobytes() == expected


@pytest.mark.parametrize("amount", [0, 30, 250, 500])
def test_unsharp_adds_that_part_of_the_difference(amount: int) -> None:
    """In percent, rounded towards nothing, kept within 0 to 255."""
    frame = texture("L", (48, 32))
    blurred = frame.filter(ImageFilter.GaussianBlur(2)).tobytes()
    expected = bytes(
        min(255, max(0, value + int((value - around) * amount / 100)))
        for value, around in zip(frame.tobytes(), blurred, strict=True)
    )
    assert apply(Unsharp(sigma=2, amount=amount), frame).tobytes() == expected


def test_unsharp_adds_all_of_the_difference_unless_told_otherwise() -> None:
    """100 percent is what it did before there was an amount."""
    frame = texture("RGB")
    expected = frame.filter(ImageFilter.UnsharpMask(1.5, percent=100, threshold=4))
    assert apply(Unsharp(sigma=1.5, threshold=4), frame).tobytes() == expected.tobytes()


@pytest.mark.parametrize(("mode", "with_alpha"), [("L", "LA"), ("RGB", "RGBA")])
@pytest.mark.parametrize("threshold", [0, 12])
@pytest.mark.parametrize("amount", [55, 100, 480])
def test_unsharp_of_an_opaque_frame_needs_no_alpha(
    mode: str, with_alpha: str, threshold: int, amount: int
) -> None:
    """With alpha 255 everywhere the colours become what they become without alpha."""
    frame, step = texture(mode), Unsharp(sigma=2, amount=amount, threshold=threshold)
    assert apply(step, frame.convert(with_alpha)).convert(mode).tobytes() == apply(step, frame).tobytes()


def test_unsharp_leaves_alpha_and_does_not_see_hidden_colours() -> None:
    """A flat picture with a transparent hole of another colour has no difference to add."""
    frame = Image.new("RGBA", (40, 40), (200, 100, 50, 255))
    frame.paste((0, 255, 0, 0), (10, 10, 30, 30))
    result = apply(Unsharp(sigma=4), frame)
    assert result.getchannel("A").tobytes() == frame.getchannel("A").tobytes()
    for at in ((9, 20), (5, 5), (20, 31)):
        assert result.getpixel(at) == pytest.approx((200, 100, 50, 255), abs=2)


def test_unsharp_does_not_magnify_the_rounding_of_faint_neighbours() -> None:
    """A thin line in the open stays its colour, though little of its surroundings can be seen."""
    frame = Image.new("RGBA", (60, 60), (0, 0, 0, 0))
    frame.paste((90, 130, 170, 255), (30, 0, 31, 60))
    result = apply(Unsharp(sigma=12), frame)
    assert result.getpixel((30, 30)) == pytest.approx((90, 130, 170, 255), abs=2)
