"""Antialiased masks: against areas known from geometry, and against sampling each pixel."""

from __future__ import annotations

import math
import tracemalloc

import pytest
from PIL import Image, ImageChops, ImageStat

from shared.operations import MASKS
from tests.workers.modules.pictures import Size
from workers.modules.coverage import coverage
from workers.modules.outlines import outline

_STAR_AREA = 10 * math.sin(math.pi / 5) / 2 * (3 - math.sqrt(5)) / 2
_STAR_BOX = 2 * math.sin(2 * math.pi / 5) * (1 + math.cos(math.pi / 5))
# The area inside the heart is 180 π, its box 32 wide and 28.97 high.
AREAS = {
    "ellipse": math.pi / 4,
    "triangle": 1 / 2,
    "diamond": 1 / 2,
    "hexagon": 3 / 4,
    "star": _STAR_AREA / _STAR_BOX,
    "heart": 180 * math.pi / (32 * 28.9693),
}


def area_px(mask: Image.Image) -> float:
    """How many pixels are covered, parts added up."""
    return float(ImageStat.Stat(mask).sum[0]) / 255


def inside(shape: list[tuple[float, float]], x: float, y: float) -> bool:
    """Whether a ray from the point crosses the outline an odd number of times."""
    crossed = False
    for (x1, y1), (x2, y2) in zip(shape, shape[1:] + shape[:1], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            crossed = not crossed
    return crossed


@pytest.mark.parametrize("size", [(200, 200), (301, 97), (64, 333)], ids=str)
@pytest.mark.parametrize("shape", AREAS)
def test_a_shape_covers_its_area(shape: str, size: Size) -> None:
    """The part of its box that geometry says, to within a thousandth."""
    mask = coverage(outline(shape, size), size)
    assert area_px(mask) / (size[0] * size[1]) == pytest.approx(AREAS[shape], abs=0.001)
    assert mask.getbbox() == (0, 0, *size)


@pytest.mark.parametrize("size", [(200, 200), (301, 97), (64, 333)], ids=str)
def test_a_circle_stays_one_and_lies_in_the_middle(size: Size) -> None:
    """Its diameter is the shorter side, its area what geometry says."""
    mask, diameter = coverage(outline("circle", size), size), min(size)
    assert area_px(mask) == pytest.approx(math.pi / 4 * diameter**2, rel=0.001)
    beside, above = (size[0] - diameter) / 2, (size[1] - diameter) / 2
    box = (math.floor(beside), math.floor(above), math.ceil(size[0] - beside), math.ceil(size[1] - above))
    assert mask.getbbox() == box


@pytest.mark.parametrize("shape", ["triangle", "star"])
def test_each_pixel_is_as_grey_as_it_is_covered(shape: str) -> None:
    """Within eight of 255 of what 24×24 points in each pixel say."""
    size, points = (13, 11), 24
    corners = outline(shape, size)
    mask = coverage(corners, size)
    offsets = [(index + 0.5) / points for index in range(points)]
    for x in range(size[0]):
        for y in range(size[1]):
            hits = sum(inside(corners, x + right, y + down) for right in offsets for down in offsets)
            assert mask.getpixel((x, y)) == pytest.approx(255 * hits / points**2, abs=8)


@pytest.mark.parametrize("shape", sorted(set(MASKS) - {"triangle", "star", "heart"}))
@pytest.mark.parametrize("size", [(1500, 701), (40, 31)], ids=str)
def test_shapes_are_the_same_upside_down(shape: str, size: Size) -> None:
    """To within a rounding; the larger size is made in bands, whose seams would show."""
    mask = coverage(outline(shape, size), size)
    difference = ImageChops.difference(mask, mask.transpose(Image.Transpose.FLIP_TOP_BOTTOM))
    assert max(difference.tobytes()) <= 1


@pytest.mark.parametrize("shape", MASKS)
def test_shapes_are_the_same_mirrored(shape: str) -> None:
    """Left is as right, to within a rounding."""
    mask = coverage(outline(shape, (87, 64)), (87, 64))
    difference = ImageChops.difference(mask, mask.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert max(difference.tobytes()) <= 1


def test_the_direction_of_the_outline_does_not_matter() -> None:
    """Clockwise or not, inside is inside."""
    corners = outline("star", (50, 40))
    assert coverage(corners[::-1], (50, 40)).tobytes() == coverage(corners, (50, 40)).tobytes()


def test_large_masks_take_little_memory_besides() -> None:
    """Of eight megapixels only a band is held in numbers: 24 MB, where all of them would be 64."""
    size = (4096, 2048)
    corners = outline("heart", size)
    tracemalloc.start()
    try:
        coverage(corners, size)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 24_000_000
