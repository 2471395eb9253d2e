"""Balloons over a sea of clouds, stored lying on its side as cameras do: upright only by its EXIF orientation."""

import math
from collections.abc import Sequence
from io import BytesIO
from random import Random
from typing import NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter
from PIL.ExifTags import Base

from workers.demo_pictures.canvas import (
    OVERSAMPLING,
    Point,
    dice,
    filled,
    fractal,
    grained,
    paint,
    shade,
    skyline,
    steepened,
)
from workers.demo_pictures.colours import Colour, mix, ramp, rgb, solid

SIZE = WIDTH, HEIGHT = 1080, 1440
TURN_CLOCKWISE_TO_VIEW = 6

SKY = (
    (0.00, rgb("2f6f9f")),
    (0.28, rgb("69a9c4")),
    (0.52, rgb("b9d6d2")),
    (0.66, rgb("f5dfc0")),
    (0.76, rgb("f9c9a4")),
    (1.00, rgb("e8a7a0")),
)
DAWN, WISP, HAZE, HILL = rgb("fff3d0"), rgb("fff4e6"), rgb("c8d8d4"), rgb("5f7fa0")
CLOUD_TOP, CLOUD_LIT, CLOUD_WARM = rgb("fff2df"), rgb("ffe0c4"), rgb("e9b7ae")
CLOUD_DIM, CLOUD_DEEP = rgb("d3b7bd"), rgb("a98ea6")
ROPE, BASKET, WEAVE, BRIM, SHINE = rgb("3a2624"), rgb("7a4e32"), rgb("603a26"), rgb("462c22"), rgb("fff6de")

HILLS = (
    (0.80, 0.50, (0.05, 0.09, 0.06, 0.13, 0.08, 0.05, 0.07, 0.04)),
    (0.84, 0.75, (0.04, 0.03, 0.06, 0.04, 0.07, 0.10, 0.07, 0.09)),
)


class Balloon(NamedTuple):
    """One balloon: where its box begins, how wide its envelope is, how much air lies before it."""

    corner: tuple[int, int]
    width: int
    haze: float
    stripes: Sequence[Colour]


BALLOONS = (
    Balloon((150, 560), 120, 0.35, (rgb("7b5ea7"), rgb("f2d9a0"))),
    Balloon((800, 640), 190, 0.18, (rgb("2a8fa0"), rgb("fbeed3"), rgb("f2a65a"))),
    Balloon((258, 150), 560, 0.0, (rgb("e8503f"), rgb("f6b04a"), rgb("fbeed3"), rgb("1f7a8c"))),
)
GORES = 16
# Parts of the envelope's width, counted from the crown downwards.
MOUTH, BASKET_TOP, BASKET_FOOT = 1.18, 1.34, 1.48


def draw() -> bytes:
    """The picture as a JPEG file."""
    chance = dice("portrait")
    picture = paint(SIZE, _sky)
    _add_wisps(picture, chance)
    for foot, nearness, heights in HILLS:
        _add_hill(picture, foot, nearness, skyline(heights, crags=0.014, chance=chance, points=200))
    for balloon in BALLOONS:
        drawn = _drawn(balloon)
        picture.paste(drawn, balloon.corner, drawn)
    _add_clouds(picture, 1010, 0.75, chance)
    _add_clouds(picture, 1120, 1.0, chance)
    exif = Image.Exif()
    exif[Base.Orientation] = TURN_CLOCKWISE_TO_VIEW
    lying = grained(picture, strength=5, chance=chance).transpose(Image.Transpose.ROTATE_90)
    file = BytesIO()
    lying.save(file, "JPEG", quality=88, optimize=True, exif=exif)
    return file.getvalue()


def _sky(x: float, y: float) -> Colour:
    distance = math.hypot(x - 0.16, 1.2 * (y - 0.66))
    return mix(ramp(SKY, y), DAWN, 0.8 * math.exp(-((distance / 0.3) ** 1.4)))


def _add_wisps(picture: Image.Image, chance: Random) -> None:
    size = (WIDTH, 700)
    mask = steepened(fractal(size, cell=(520, 70), chance=chance), 125, 215, top=0.67)
    mask = ImageChops.multiply(mask, shade(size, lambda _, y: math.sin(math.pi * y)))
    picture.paste(solid(WISP), (0, 120), mask)


def _add_hill(picture: Image.Image, foot: float, nearness: float, line: list[Point]) -> None:
    ridge = [(x * WIDTH, (foot - height) * HEIGHT) for x, height in line]

    def air(x: float, y: float) -> Colour:
        return mix(mix(_sky(x, 0.7), HILL, nearness), _sky(x, 0.76), (y - 0.7) / 0.14)

    picture.paste(paint(SIZE, air), (0, 0), filled(SIZE, [[*ridge, (WIDTH, HEIGHT), (0, HEIGHT)]]))


def _breadth(part: float) -> float:
    """How broad the envelope is at ``part`` of the way from its crown, 0, to its mouth, 1."""
    widest = 0.42
    if part < widest:
        return math.sqrt(1 - ((widest - part) / widest) ** 2)
    below = (part - widest) / (1 - widest)
    return 1 - 0.8 * math.pow(below, 1.75) * (1 + 0.12 * math.sin(math.pi * below))


def _drawn(balloon: Balloon) -> Image.Image:
    scale = balloon.width * OVERSAMPLING
    picture = Image.new("RGBA", (round(1.04 * scale), round(1.62 * scale)))
    pen = ImageDraw.Draw(picture)
    _draw_envelope(pen, balloon, picture.width / 2, scale)
    _draw_basket(pen, picture.width / 2, scale)
    lit = ImageChops.multiply(picture.convert("RGB"), _light(picture.size, scale))
    lit.paste(solid(SHINE), (0, 0), _shine(picture.size, scale))
    lit = Image.blend(lit, Image.new("RGB", lit.size, solid(HAZE)), balloon.haze)
    lit.putalpha(picture.getchannel("A"))
    return lit.reduce(OVERSAMPLING)


def _draw_envelope(pen: ImageDraw.ImageDraw, balloon: Balloon, middle: float, scale: int) -> None:
    def at(gore: float, part: float) -> Point:
        """A point of the cloth: gores go round the half we see, from the left edge, 0, to the right."""
        across = math.sin(math.pi * (gore / GORES - 0.5))
        return (middle + scale / 2 * _breadth(part) * across, part * MOUTH * scale)

    parts = [i / 60 for i in range(61)]
    stripes = [solid(balloon.stripes[gore % len(balloon.stripes)]) for gore in range(GORES + 1)]
    for gore in range(GORES):
        left, right = ([at(edge, part) for part in parts] for edge in (gore, gore + 1))
        pen.polygon([*left, *reversed(right)], fill=stripes[gore])
    for gore in range(GORES):
        edges = (gore, gore + 0.5, gore + 1)
        upper = [at(edge, part) for edge, part in zip(edges, (0.40, 0.33, 0.40), strict=True)]
        lower = [at(edge, part) for edge, part in zip(edges, (0.50, 0.43, 0.50), strict=True)]
        pen.polygon([*upper, *reversed(lower)], fill=stripes[gore + 1])


def _draw_basket(pen: ImageDraw.ImageDraw, middle: float, scale: int) -> None:
    mouth, top, foot = MOUTH * scale, BASKET_TOP * scale, BASKET_FOOT * scale
    cloth, half, thread = scale / 2 * _breadth(1), 0.0675 * scale, max(1, round(scale / 250))
    for across in (-1.0, -0.4, 0.4, 1.0):
        rope = (middle + 0.95 * across * cloth, mouth, middle + across * half, top)
        pen.line(rope, fill=solid(ROPE), width=thread)
    pen.rounded_rectangle((middle - half, top, middle + half, foot), 0.015 * scale, fill=solid(BASKET))
    for row in range(1, 5):
        y = top + (foot - top) * row / 5
        pen.line((middle - half, y, middle + half, y), fill=solid(WEAVE), width=thread)
    brim = (middle - 1.08 * half, top - 0.01 * scale, middle + 1.08 * half, top + 0.015 * scale)
    pen.rounded_rectangle(brim, 0.01 * scale, fill=solid(BRIM))


def _light(size: tuple[int, int], scale: int) -> Image.Image:
    """What light the cloth gives back: it is round, and the sun stands low on the left."""

    def light(x: float, y: float) -> Colour:
        part = min(1.0, y * size[1] / (MOUTH * scale))
        across = min(1.0, max(-1.0, 2.08 * (x - 0.5) / max(0.05, _breadth(part))))
        level = (0.58 + 0.42 * math.cos(1.25 * (across + 0.45))) * (0.82 + 0.18 * math.cos(2.2 * (part - 0.45)))
        return (250 * level, 240 * level, 230 * level + 15)

    return paint(size, light, step_px=8)


def _shine(size: tuple[int, int], scale: int) -> Image.Image:
    def shine(x: float, y: float) -> float:
        part = y * size[1] / (MOUTH * scale)
        return 0.42 * math.exp(-(((x - 0.34) / 0.11) ** 2) - ((part - 0.27) / 0.22) ** 2)

    return shade(size, shine, step_px=8)


def _add_clouds(picture: Image.Image, top: int, density: float, chance: Random) -> None:
    """A bank of cloud from ``top`` downwards: discs heaped up, blurred, and frayed by noise."""
    above = 120
    size = (WIDTH, HEIGHT - top + above)
    heap = Image.new("L", size)
    pen = ImageDraw.Draw(heap)
    pen.rectangle((0, 220, *size), fill=255)
    for _ in range(150):
        x, radius = chance.uniform(-60, WIDTH + 60), chance.uniform(16, 78)
        y = above + 26 * math.sin(x / 130 + top) + chance.uniform(0, 90) + 0.4 * radius
        pen.ellipse((x - 1.5 * radius, y - 0.8 * radius, x + 1.5 * radius, y + 0.8 * radius), fill=255)
    frayed = Image.blend(
        heap.filter(ImageFilter.GaussianBlur(7)), fractal(size, cell=(90, 50), chance=chance), 0.38
    )
    billows = steepened(fractal(size, cell=(230, 70), chance=chance, octaves=6), 90, 175)
    lit = paint(size, lambda _, y: mix(mix(CLOUD_TOP, CLOUD_LIT, 2 * y), CLOUD_WARM, 1.3 * y - 0.2))
    dim = paint(size, lambda _, y: mix(CLOUD_DIM, CLOUD_DEEP, y))
    picture.paste(Image.composite(lit, dim, billows), (0, top - above), steepened(frayed, 84, 150, top=density))
