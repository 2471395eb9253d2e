"""Likeness: the paper's formula, and what it is to say of pictures."""

from __future__ import annotations

import random
from collections.abc import Callable
from statistics import fmean

import pytest
from PIL import Image, ImageFilter

from tests import pictures
from workers.similarity import Likeness

_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_Rows = list[list[float]]


def _rows(picture: Image.Image) -> _Rows:
    width, height = picture.size
    levels = picture.tobytes()
    return [[float(level) for level in levels[y * width : (y + 1) * width]] for y in range(height)]


def _ssim(x: list[float], y: list[float]) -> float:
    """Equation 13 of Wang et al., for one window."""
    mean_x, mean_y = fmean(x), fmean(y)
    spread_x = fmean([(value - mean_x) ** 2 for value in x])
    spread_y = fmean([(value - mean_y) ** 2 for value in y])
    together = fmean([(a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)])
    return ((2 * mean_x * mean_y + _C1) * (2 * together + _C2)) / (
        (mean_x**2 + mean_y**2 + _C1) * (spread_x + spread_y + _C2)
    )


def _error(x: _Rows, y: _Rows) -> float:
    """Root mean square of what the windows of 8×8, four apart, lack."""
    lacks = []
    for top in range(0, len(x) - 7, 4):
        for left in range(0, len(x[0]) - 7, 4):
            windows = ([v for row in p[top : top + 8] for v in row[left : left + 8]] for p in (x, y))
            lacks.append(1 - _ssim(*windows))
    return float(fmean([lack**2 for lack in lacks]) ** 0.5)


def _half(rows: _Rows) -> _Rows:
    return [
        [fmean((*above[x : x + 2], *below[x : x + 2])) for x in range(0, len(above), 2)]
        for above, below in zip(rows[::2], rows[1::2], strict=True)
    ]


def _blurred(picture: Image.Image) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(1))


def _noisy(picture: Image.Image) -> Image.Image:
    dice = random.Random(3)
    data = bytes(min(255, max(0, level + dice.randrange(-20, 21))) for level in picture.tobytes())
    return Image.frombytes("L", picture.size, data)


def _darker(picture: Image.Image) -> Image.Image:
    return picture.point([level * 9 // 10 for level in range(256)])


def _drawing(size: tuple[int, int] = (48, 32)) -> Image.Image:
    picture = pictures.gradients("L", size)
    picture.paste(230, (8, 8, 20, 20))
    return picture


@pytest.mark.parametrize("change", [_blurred, _noisy, _darker])
def test_it_is_the_formula_of_the_paper(change: Callable[[Image.Image], Image.Image]) -> None:
    """Computed window by window, at both sizes, the result is the same."""
    original = _drawing()
    changed = change(original)
    x, y = _rows(original), _rows(changed)
    expected = 1 - (_error(x, y) + 2 * _error(_half(x), _half(y))) / 3
    assert Likeness(original).of(changed) == pytest.approx(expected, abs=2e-4)
    assert expected < 0.99


def test_little_contrast_in_much_light_is_measured_exactly() -> None:
    """Single precision suffices, though squares are large and their differences small."""
    original = _drawing().point([250 + level % 4 for level in range(256)])
    changed = original.point([level ^ 1 for level in range(256)])
    x, y = _rows(original), _rows(changed)
    expected = 1 - (_error(x, y) + 2 * _error(_half(x), _half(y))) / 3
    assert Likeness(original).of(changed) == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (1, 40), (17, 16), (61, 47)])
def test_a_picture_is_like_itself(size: tuple[int, int]) -> None:
    """However small, and whatever its sides are multiples of; and another one is not."""
    picture = pictures.gradients("L", size)
    assert Likeness(picture).of(picture) == pytest.approx(1, abs=1e-5)
    assert Likeness(picture).of(picture.point([level // 3 for level in range(256)])) < 0.9


def test_more_damage_is_less_likeness() -> None:
    """A wider blur is farther away."""
    original = _drawing((96, 64))
    likeness = Likeness(original)
    found = [likeness.of(original.filter(ImageFilter.GaussianBlur(sigma))) for sigma in (0.5, 1, 2, 4)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.9 > found[2]


def test_an_empty_ground_does_not_outvote_what_is_damaged() -> None:
    """With three times as much nothing around it, damage loses at most half its weight: a mean would lose more."""
    small = _drawing((64, 64))
    large = Image.new("L", (128, 128), 255)
    large.paste(small)
    damaged_large = large.copy()
    damaged_large.paste(_noisy(small))
    alone = 1 - Likeness(small).of(_noisy(small))
    surrounded = 1 - Likeness(large).of(damaged_large)
    assert surrounded > alone * 0.45


def test_pictures_of_two_sizes_are_not_compared() -> None:
    """That is a mistake in the code that asks."""
    with pytest.raises(ValueError, match="is compared to"):
        Likeness(Image.new("L", (8, 8))).of(Image.new("L", (8, 9)))
