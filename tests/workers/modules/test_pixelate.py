"""Squares of one colour: against means worked out here, pixel by pixel."""

from __future__ import annotations

import pytest
from PIL import Image

from shared.operations import Pixelate
from tests.workers.modules.pictures import MODES, Size, apply, gradients, texture


def pixel(frame: Image.Image, x: int, y: int) -> tuple[int, ...]:
    """All values of a pixel, also where there is but one."""
    value = frame.getpixel((x, y))
    return value if isinstance(value, tuple) else (int(value or 0),)


def premultiplied(values: tuple[int, ...]) -> tuple[float, ...]:
    """What of the colours can be seen, and the alpha."""
    if len(values) in (1, 3):
        return values
    *colours, alpha = values
    return (*(value * alpha / 255 for value in colours), alpha)


def mean_of_square(frame: Image.Image, left: int, top: int, size: int) -> list[float]:
    """The mean of what the square covers: of a frame with alpha, in colours multiplied by it."""
    covered = [
        pixel(frame, x, y)
        for y in range(top, min(top + size, frame.height))
        for x in range(left, min(left + size, frame.width))
    ]
    return [sum(values) / len(covered) for values in zip(*map(premultiplied, covered), strict=True)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [2, 7, 32, 1000])
def test_each_square_is_the_mean_of_what_it_covers(mode: str, size: int) -> None:
    """Also the cut off ones at the right and bottom edges; within two steps of 255."""
    frame = texture(mode, (64, 48)).crop((0, 0, 61, 45))
    result = apply(Pixelate(size=size), frame)
    for top in range(0, 45, size):
        for left in range(0, 61, size):
            square = result.crop((left, top, min(left + size, 61), min(top + size, 45)))
            assert len(set(square.convert("RGBA").getcolors() or ())) == 1
            expected = mean_of_square(frame, left, top, size)
            assert premultiplied(pixel(square, 0, 0)) == pytest.approx(expected, abs=2)


def test_hidden_colours_do_not_count() -> None:
    """White beside transparent black is half transparent white."""
    frame = Image.new("RGBA", (2, 1), (255, 255, 255, 255))
    frame.putpixel((1, 0), (0, 0, 0, 0))
    assert apply(Pixelate(size=2), frame).getpixel((1, 0)) == (255, 255, 255, 128)


@pytest.mark.parametrize("size", [(1000, 1000), (700, 1100)], ids=str)
def test_large_squares_keep_an_even_colour(size: Size) -> None:
    """The mean of a million equal pixels is that pixel."""
    frame = Image.new("RGB", size, (255, 128, 1))
    assert apply(Pixelate(size=1000), frame).tobytes() == frame.tobytes()


def test_squares_of_one_pixel_are_the_same_frame() -> None:
    """Nothing to do, nothing done."""
    frame = gradients()
    assert apply(Pixelate(size=1), frame) is frame
