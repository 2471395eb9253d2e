"""The outlines of the shapes that ``mask`` and ``round`` cut out: closed lines of straight pieces, in pixels.

How much of each pixel lies inside one is found in ``coverage.py``.
"""

from __future__ import annotations

import math

from workers.geometry import Size

Point = tuple[float, float]
Outline = list[Point]

_PIECES = 1024
"""How many straight pieces stand for a closed curve: with 8192 pixels across it is 0.02 pixels off at most."""


def outline(shape: str, size: Size) -> Outline:
    """One of ``MASKS`` that fills a picture: a circle lies in its middle, all others are stretched."""
    width, height = size
    if shape == "circle":
        side = min(size)
        return _placed(_ellipse(), side, side, at=((width - side) / 2, (height - side) / 2))
    return _placed(_SHAPES[shape](), width, height, at=(0, 0))


def cut_off_corner(radius_px: float) -> Outline:
    """What rounding cuts off at the top left: between the corner and a quarter of a circle."""
    quarter = _PIECES // 4
    angles = (math.pi / 2 * index / quarter for index in range(quarter + 1))
    return [(0, 0), *((radius_px * (1 - math.sin(angle)), radius_px * (1 - math.cos(angle))) for angle in angles)]


def _placed(points: Outline, width: float, height: float, *, at: Point) -> Outline:
    """The points, stretched and moved so that their bounding box is that rectangle."""
    left, top = (min(values) for values in zip(*points, strict=True))
    right, bottom = (max(values) for values in zip(*points, strict=True))
    by_x, by_y = width / (right - left), height / (bottom - top)
    return [(at[0] + (x - left) * by_x, at[1] + (y - top) * by_y) for x, y in points]


def _ellipse() -> Outline:
    return [(math.cos(angle), math.sin(angle)) for angle in _turn()]


def _triangle() -> Outline:
    return [(1, 0), (2, 2), (0, 2)]


def _diamond() -> Outline:
    return [(1, 0), (2, 1), (1, 2), (0, 1)]


def _hexagon() -> Outline:
    """Corners at the left and right; regular where height is √3/2 of the width."""
    return [(1, 0), (3, 0), (4, 1), (3, 2), (1, 2), (0, 1)]


def _star() -> Outline:
    """Five points, whose sides are those of a pentagram: the radius of the inner corners is (3 - √5) / 2."""
    radii = (1, (3 - math.sqrt(5)) / 2)
    return [
        (radii[index % 2] * math.sin(math.pi / 5 * index), -radii[index % 2] * math.cos(math.pi / 5 * index))
        for index in range(10)
    ]


def _heart() -> Outline:
    """Two bows that meet at the top and in the tip.

    Source: E. W. Weisstein, "Heart Curve", MathWorld, the sixth curve there.
    """
    return [
        (
            16 * math.sin(angle) ** 3,
            -13 * math.cos(angle) + 5 * math.cos(2 * angle) + 2 * math.cos(3 * angle) + math.cos(4 * angle),
        )
        for angle in _turn()
    ]


def _turn() -> list[float]:
    return [2 * math.pi * index / _PIECES for index in range(_PIECES)]


_SHAPES = {
    "ellipse": _ellipse,
    "triangle": _triangle,
    "diamond": _diamond,
    "hexagon": _hexagon,
    "star": _star,
    "heart": _heart,
}
