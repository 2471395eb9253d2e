"""A Penrose tiling in coloured glass: edges everywhere, and a pattern that never repeats.

Made by deflation: every half of a rhomb is cut into smaller halves by the golden ratio, again and again.
Points are complex numbers around the centre of the picture.
"""

import cmath
import math
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageDraw

from workers.demo_pictures.canvas import OVERSAMPLING, dice
from workers.demo_pictures.colours import Colour, mix, ramp, rgb, solid

SIZE = WIDTH, HEIGHT = 1600, 1200
REACH, CUTS = 1050, 6
GOLDEN = (1 + math.sqrt(5)) / 2
CENTRE = complex(WIDTH / 2, HEIGHT / 2)
# How much of a tile is glass; the rest is lead.
GLASS = 0.93

LEAD, LIGHT, SHADOW, GLEAM = rgb("181622"), rgb("fffaeb"), rgb("100e28"), rgb("fffffa")
RINGS = (
    (0.00, rgb("fff1c9")),
    (0.10, rgb("ffd07a")),
    (0.22, rgb("f7945d")),
    (0.36, rgb("d9566b")),
    (0.52, rgb("8c4a8f")),
    (0.70, rgb("3b5a9a")),
    (0.86, rgb("1f8a99")),
    (1.00, rgb("0f4f63")),
)


class Half(NamedTuple):
    """Half a rhomb: the triangle on one side of the diagonal from ``left`` to ``right``."""

    is_thin: bool
    apex: complex
    left: complex
    right: complex


def draw() -> bytes:
    """The picture as a WebP file."""
    picture = Image.new("RGB", (WIDTH * OVERSAMPLING, HEIGHT * OVERSAMPLING), solid(LEAD))
    pen = ImageDraw.Draw(picture)
    # Both halves of a rhomb lead to the same one.
    rhombs = {_key(half): half for half in _tiling()}
    for key, half in rhombs.items():
        _draw_rhomb(pen, half, dimness=dice(key).uniform(0, 0.12))
    file = BytesIO()
    picture.reduce(OVERSAMPLING).save(file, "WEBP", quality=82, method=3)
    return file.getvalue()


def _middle(half: Half) -> complex:
    return (half.left + half.right) / 2


def _key(half: Half) -> str:
    middle = _middle(half)
    return f"{middle.real:.0f} {middle.imag:.0f}"


def _tiling() -> list[Half]:
    spokes = [cmath.rect(REACH, (2 * i - 1) * math.pi / 10) for i in range(11)]
    halves = [
        Half(True, 0j, *((spokes[i + 1], spokes[i]) if i % 2 else (spokes[i], spokes[i + 1]))) for i in range(10)
    ]
    for _ in range(CUTS):
        halves = [finer for half in halves for finer in _cut(half)]
    return [half for half in halves if _is_visible(half)]


def _cut(half: Half) -> list[Half]:
    is_thin, apex, left, right = half
    if is_thin:
        point = apex + (left - apex) / GOLDEN
        return [Half(True, right, point, left), Half(False, point, right, apex)]
    near, far = left + (apex - left) / GOLDEN, left + (right - left) / GOLDEN
    return [Half(False, far, right, apex), Half(False, near, far, left), Half(True, far, near, apex)]


def _is_visible(half: Half) -> bool:
    middle = _middle(half)
    return abs(middle.real) < 0.56 * WIDTH and abs(middle.imag) < 0.57 * HEIGHT


def _draw_rhomb(pen: ImageDraw.ImageDraw, half: Half, *, dimness: float) -> None:
    middle, opposite = _middle(half), half.left + half.right - half.apex
    corners = [
        (middle + (corner - middle) * GLASS + CENTRE) * OVERSAMPLING
        for corner in (half.apex, half.left, opposite, half.right)
    ]
    colour = mix(_colour(half), SHADOW, (0.3 if half.is_thin else 0.04) + dimness)
    pen.polygon([(corner.real, corner.imag) for corner in corners], fill=solid(colour))
    # Light from above catches the two upper edges.
    top = min(range(4), key=lambda i: corners[i].imag)
    upper = (corners[top - 1], corners[top], corners[(top + 1) % 4])
    pen.line([(point.real, point.imag) for point in upper], fill=solid(mix(colour, GLEAM, 0.45)), width=3)


def _colour(half: Half) -> Colour:
    middle = _middle(half)
    distance = abs(middle) / 960
    ripple = 0.06 * math.sin(5 * cmath.phase(middle) + 9 * distance)
    slope = cmath.phase(half.left - half.right)
    brightness = 0.26 * (0.5 + 0.5 * math.cos(2 * (slope - 0.9)))
    return mix(ramp(RINGS, max(0.0, distance + ripple)), LIGHT, brightness)
