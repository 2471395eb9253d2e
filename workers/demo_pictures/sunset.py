"""A large photograph that never was: the sun going down behind mountains, over a lake."""

import math
from io import BytesIO
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from workers.demo_pictures.canvas import (
    Point,
    dice,
    filled,
    fractal,
    grained,
    noise,
    paint,
    shade,
    skyline,
    steepened,
)
from workers.demo_pictures.colours import Colour, mix, ramp, rgb, solid

SIZE = WIDTH, HEIGHT = 2400, 1600
# Parts of the width and of the height.
SUN_X, SUN_Y = 0.615, 0.5
SHORE_Y = 0.7

SKY = (
    (0.00, rgb("1b2350")),
    (0.16, rgb("3a3a78")),
    (0.30, rgb("7a5490")),
    (0.42, rgb("c8718a")),
    (0.52, rgb("f29a78")),
    (0.60, rgb("fcc283")),
    (0.70, rgb("fddc9f")),
)
DUSK, GLOW, CORE, DISC = rgb("4a3c7c"), rgb("ffd38a"), rgb("fff3cf"), rgb("fffae2")
CLOUD_SHADE, CLOUD_ROSE, CLOUD_GOLD = rgb("5a4580"), rgb("ff9a80"), rgb("ffe0a0")
AIR, SLATE, NIGHT, EMBER, HAZE = rgb("8a6a9a"), rgb("6b5590"), rgb("141a33"), rgb("ffb070"), rgb("d9a0a0")
WATER_FAR, WATER_NEAR, WATER_LIT, GLITTER = rgb("f0e4e4"), rgb("8a7c9c"), rgb("ffdcaa"), rgb("ffe2a0")
BANK_TOP, BANK_FOOT, MIST = rgb("1c2040"), rgb("0a0d1c"), rgb("e0b0b0")

# From far to near: how much of the air's colour is gone, the skyline above the shore, its crags.
RANGES = (
    (0.00, (0.10, 0.13, 0.20, 0.17, 0.235, 0.19, 0.13, 0.115, 0.13, 0.16, 0.19, 0.155, 0.12), 0.016),
    (0.26, (0.15, 0.175, 0.135, 0.15, 0.12, 0.09, 0.075, 0.06, 0.075, 0.105, 0.115, 0.15, 0.165), 0.013),
    (0.50, (0.12, 0.10, 0.085, 0.065, 0.055, 0.04, 0.035, 0.03, 0.04, 0.045, 0.07, 0.085, 0.105), 0.010),
    (0.74, (0.055, 0.06, 0.045, 0.035, 0.018, 0.008, 0.0, 0.0, 0.006, 0.02, 0.035, 0.045, 0.06), 0.004),
)
WOODED_FROM = 0.6


def draw() -> bytes:
    """The picture as a JPEG file."""
    chance = dice("sunset")
    picture = paint(SIZE, _sky)
    _add_clouds(picture, chance)
    _add_sun(picture)
    for nearness, heights, crags in RANGES:
        _add_range(picture, nearness, skyline(heights, crags=crags, chance=chance), chance)
    picture.paste(_lake(picture, chance), (0, round(SHORE_Y * HEIGHT)))
    _add_mist(picture, chance)
    _add_bank(picture, chance)
    file = BytesIO()
    picture = ImageChops.multiply(picture, paint(SIZE, _lens))
    grained(picture, strength=5, chance=chance).save(file, "JPEG", quality=88, optimize=True)
    return file.getvalue()


def _sky(x: float, y: float) -> Colour:
    distance = math.hypot((x - SUN_X) * WIDTH / HEIGHT, y - SUN_Y)
    colour = mix(ramp(SKY, y), DUSK, 0.38 * (1.3 * abs(x - SUN_X)) ** 1.5)
    colour = mix(colour, GLOW, 0.75 * math.exp(-((distance / 0.28) ** 1.2)))
    return mix(colour, CORE, 0.9 * math.exp(-((distance / 0.085) ** 1.5)))


def _add_clouds(picture: Image.Image, chance: Random) -> None:
    height = 900
    size = (WIDTH, height)
    streaks = fractal(size, cell=(900, 90), chance=chance, octaves=6)
    mask = steepened(streaks, 128, 200, top=0.92)
    mask = ImageChops.multiply(mask, shade(size, lambda _, y: math.sin(math.pi * y) ** 0.8))

    def lit(x: float, y: float) -> Colour:
        distance = math.hypot((x - SUN_X) * WIDTH, y * height - SUN_Y * HEIGHT) / HEIGHT
        return mix(CLOUD_SHADE, mix(CLOUD_ROSE, CLOUD_GOLD, math.exp(-((distance / 0.35) ** 2))), 1.15 * y)

    picture.paste(paint(size, lit), (0, 0), mask)


def _add_sun(picture: Image.Image) -> None:
    x, y, radius = SUN_X * WIDTH, SUN_Y * HEIGHT, 0.034 * HEIGHT
    disc = Image.new("L", SIZE)
    ImageDraw.Draw(disc).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    picture.paste(solid(DISC), (0, 0), disc.filter(ImageFilter.GaussianBlur(3)))


def _add_range(picture: Image.Image, nearness: float, line: list[Point], chance: Random) -> None:
    ridge = [(x * WIDTH, (SHORE_Y - height) * HEIGHT) for x, height in line]
    shapes = [[*ridge, (WIDTH, HEIGHT), (0, HEIGHT)]]
    if nearness > WOODED_FROM:
        for _ in range(900):
            x, y = chance.choice(ridge)
            shapes.append(_spruce((x, y + 6), chance.uniform(16, 36), chance))
    top = min(y for _, y in ridge) / HEIGHT

    def air(x: float, y: float) -> Colour:
        # The farther, the more of the sky's own colour; and mist gathers at the foot.
        colour = mix(mix(_sky(x, 0.56), AIR, 0.45), SLATE, 0.45 * nearness**0.5)
        colour = mix(colour, NIGHT, nearness**1.15)
        colour = mix(colour, EMBER, 0.28 * (1 - nearness) * math.exp(-(((x - SUN_X) / 0.22) ** 2)))
        depth = min(1.0, max(0.0, (y - top) / (SHORE_Y + 0.01 - top)))
        return mix(colour, mix(_sky(x, 0.6), HAZE, 0.35), (0.62 - 0.42 * nearness) * depth**1.3)

    picture.paste(paint(SIZE, air, step_px=32), (0, 0), filled(SIZE, shapes))


def _spruce(foot: Point, height: float, chance: Random) -> list[Point]:
    """The outline of a tree: boughs of uneven length, that droop, and grow longer towards the ground."""
    x, ground = foot
    lean, slimness = chance.uniform(-0.02, 0.02) * height, chance.uniform(0.12, 0.17)
    boughs = max(8, int(height / 9))

    def side(sign: int) -> list[Point]:
        points = []
        for part in (i / boughs for i in range(1, boughs)):
            trunk, y = x + lean * (1 - part), ground - height * (1 - part)
            reach = height * slimness * (0.06 + part**0.8) * chance.uniform(0.55, 1.2)
            droop = height / boughs * chance.uniform(0.5, 1.1) + 0.18 * reach
            points += [(trunk + sign * reach * 0.25, y), (trunk + sign * reach, y + droop)]
        return points

    return [(x + lean, ground - 1.02 * height), *side(1), (x, ground), *reversed(side(-1))]


def _lake(picture: Image.Image, chance: Random) -> Image.Image:
    """What lies above the shore, upside down, broken by ripples that grow towards the viewer."""
    shore = round(SHORE_Y * HEIGHT)
    depth = HEIGHT - shore
    size = (WIDTH, depth)
    mirror = picture.crop((0, shore - depth, WIDTH, shore)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    fine = noise(size, cell=(60, 3.5), chance=chance)
    broad = noise(size, cell=(240, 16), chance=chance)
    waves = Image.composite(broad, fine, shade(size, lambda _, y: y**0.7))
    up, down = (_rippled(mirror, phase, chance) for phase in (0.0, math.pi))
    water = Image.composite(up, down, steepened(waves, 96, 160)).filter(ImageFilter.GaussianBlur(0.8))

    def tint(x: float, y: float) -> Colour:
        path_of_light = 0.9 * math.exp(-(((x - SUN_X) / 0.07) ** 2))
        return mix(mix(WATER_FAR, WATER_NEAR, y), WATER_LIT, path_of_light)

    def glitter(x: float, y: float) -> float:
        return (0.5 + 0.5 * y) * math.exp(-(((x - SUN_X) / (0.022 + 0.05 * y)) ** 2))

    water = ImageChops.multiply(water, paint(size, tint))
    sparks = ImageChops.multiply(steepened(waves, 128, 190), shade(size, glitter))
    water.paste(solid(GLITTER), (0, 0), sparks)
    return water


def _rippled(mirror: Image.Image, phase: float, chance: Random) -> Image.Image:
    rippled = Image.new("RGB", mirror.size)
    for y in range(mirror.height):
        part = y / mirror.height
        swell = 0.6 * math.sin(phase + 260 * math.log1p(2.2 * part)) + chance.uniform(-0.5, 0.5)
        source = min(mirror.height - 1, max(0, round(y + (1 + 40 * part) * swell)))
        rippled.paste(mirror.crop((0, source, mirror.width, source + 1)), (0, y))
    return rippled


def _add_mist(picture: Image.Image, chance: Random) -> None:
    size = (WIDTH, 220)
    mask = steepened(fractal(size, cell=(700, 60), chance=chance, octaves=4), 60, 220, top=0.59)
    mask = ImageChops.multiply(mask, shade(size, lambda _, y: math.sin(math.pi * y) ** 1.6))
    mist = paint(size, lambda x, _: mix(_sky(x, 0.6), MIST, 0.4))
    picture.paste(mist, (0, round(SHORE_Y * HEIGHT) - 120), mask)


def _rise(x: float) -> float:
    """How high the near bank stands at ``x``: at both sides of the view, and not in between."""
    left, right = max(0.0, 1 - x / 0.34), max(0.0, (x - 0.8) / 0.2)
    return max(math.pow(left, 0.8), 0.8 * math.pow(right, 0.9))


def _add_bank(picture: Image.Image, chance: Random) -> None:
    ground = [(x / 300, 1.01 - 0.11 * _rise(x / 300)) for x in range(301)]
    bank = [(x * WIDTH, y * HEIGHT + chance.uniform(-3, 3)) for x, y in ground]
    shapes = [[*bank, (WIDTH, HEIGHT), (0, HEIGHT)]]
    for _ in range(130):
        x, height = chance.uniform(-0.01, 1.01), chance.uniform(260, 620)
        rise = _rise(x)
        if rise > 0.12:
            foot = (x * WIDTH, (1.01 - 0.11 * rise) * HEIGHT + 12)
            shapes.append(_spruce(foot, height * rise**0.7, chance))
    dark = paint(SIZE, lambda _, y: mix(BANK_TOP, BANK_FOOT, 2 * y - 1), step_px=64)
    picture.paste(dark, (0, 0), filled(SIZE, shapes))


def _lens(x: float, y: float) -> Colour:
    """The light that a lens loses towards its corners."""
    level = 255 - 90 * min(1.0, math.hypot(1.1 * (x - 0.5), y - 0.5) / 0.75) ** 2.4
    return (level, level, level)
