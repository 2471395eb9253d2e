"""A flower of translucent petals on nothing at all: for backgrounds, flattening and formats with alpha."""

import math
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from workers.demo_pictures.canvas import OVERSAMPLING, Point, filled, paint, shade
from workers.demo_pictures.colours import Colour, mix, rgb, solid

SIDE = 1024
CENTRE = SIDE / 2
WHITE = rgb("ffffff")
SEED_INNER, SEED_OUTER, SEED_SHADOW, DISC = rgb("8a3a10"), rgb("ffe27a"), rgb("3c140a"), rgb("6e281e")
SEEDS = 230
# Each seed turns on by this much: no two ever stand in one line, as in a sunflower.
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))


class Whorl(NamedTuple):
    """One ring of petals that are alike; ``petals`` is a multiple of four."""

    petals: int
    length: int
    width: int
    root: Colour
    tip: Colour
    opacity: float
    turn_degrees: float


WHORLS = (
    Whorl(12, 500, 250, rgb("3b1a8a"), rgb("f0559f"), 0.74, 0),
    Whorl(12, 400, 205, rgb("8a1f8a"), rgb("ff7f8f"), 0.74, 15),
    Whorl(12, 300, 150, rgb("d0356f"), rgb("ffab78"), 0.74, 0),
    Whorl(8, 200, 120, rgb("f06a4a"), rgb("ffe08a"), 0.82, 22.5),
)


def draw() -> bytes:
    """The picture as a PNG file with an alpha channel."""
    picture = Image.new("RGBA", (SIDE, SIDE))
    for whorl in WHORLS:
        _add_whorl(picture, whorl)
    picture.alpha_composite(_seeds())
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _add_whorl(picture: Image.Image, whorl: Whorl) -> None:
    petal, side = _petal(whorl), 2 * whorl.length + 16
    upright = Image.new("RGBA", (side, side))
    upright.paste(petal, ((side - petal.width) // 2, side // 2 - petal.height))
    angles = [-whorl.turn_degrees - 360 * i / whorl.petals for i in range(whorl.petals // 4)]
    first_quarter = [upright.rotate(angle, Image.Resampling.BICUBIC) for angle in angles]
    # Quarter turns cost next to nothing, unlike the others.
    second, third, fourth = (
        [petal.transpose(turn) for petal in first_quarter]
        for turn in (Image.Transpose.ROTATE_270, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_90)
    )
    corner = (SIDE - side) // 2
    for turned in (*first_quarter, *second, *third, *fourth):
        picture.alpha_composite(turned, (corner, corner))


def _petal(whorl: Whorl) -> Image.Image:
    size = (round(1.2 * whorl.width), round(1.1 * whorl.length))
    shape = filled(size, [_outline(whorl, size[0] / 2, size[1])])

    def thickness(x: float, y: float) -> float:
        # Light falls through the middle; the edge, the tip and the rib hold it back.
        edge, rib = 2 * abs(x - 0.5), math.exp(-((22 * (x - 0.5)) ** 2))
        return min(1.0, whorl.opacity * (0.62 + 0.3 * edge**2 + 0.16 * (1 - y) ** 2 + 0.14 * rib * y))

    def colour(x: float, y: float) -> Colour:
        return mix(mix(whorl.root, whorl.tip, (1 - y) ** 0.9), WHITE, 0.25 * (2 * abs(x - 0.5)) ** 2)

    inside = shape.filter(ImageFilter.GaussianBlur(whorl.length / 60))
    inside = inside.point([max(0, 2 * level - 255) for level in range(256)])
    rim = ImageChops.subtract(shape, inside).point([round(0.55 * whorl.opacity * v) for v in range(256)])
    petal = paint(size, colour, step_px=8)
    petal.putalpha(ImageChops.lighter(ImageChops.multiply(shape, shade(size, thickness, step_px=4)), rim))
    return petal


def _outline(whorl: Whorl, middle: float, foot: float) -> list[Point]:
    parts = [i / 80 for i in range(80)]
    widths = [whorl.width / 2 * math.sin(math.pi * part**1.45) ** 1.15 for part in parts]
    tip = (middle, foot - whorl.length)
    right = [(middle + w, foot - part * whorl.length) for part, w in zip(parts, widths, strict=True)]
    return [*right, tip, *((2 * middle - x, y) for x, y in reversed(right))]


def _seeds() -> Image.Image:
    picture = Image.new("RGBA", (SIDE * OVERSAMPLING, SIDE * OVERSAMPLING))
    pen = ImageDraw.Draw(picture)

    def dot(x: float, y: float, radius: float, colour: Colour) -> None:
        box = (x - radius, y - radius, x + radius, y + radius)
        pen.ellipse([OVERSAMPLING * edge for edge in box], fill=solid(colour))

    dot(CENTRE, CENTRE, 60, DISC)
    for seed in range(SEEDS, 0, -1):
        out = seed / SEEDS
        distance, angle = 4.2 * math.sqrt(seed), seed * GOLDEN_ANGLE
        x, y = CENTRE + distance * math.cos(angle), CENTRE + distance * math.sin(angle)
        radius, colour = 4.4 * (0.55 + 0.45 * out), mix(SEED_INNER, SEED_OUTER, out**0.8)
        dot(x, y, radius, mix(colour, SEED_SHADOW, 0.35))
        dot(x - 0.1 * radius, y - 0.15 * radius, 0.75 * radius, colour)
    return picture.reduce(OVERSAMPLING)
