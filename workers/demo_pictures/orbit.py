"""Planets around their sun, for ever: an animation whose last frame leads to its first."""

import math
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageDraw

from workers.demo_pictures.canvas import OVERSAMPLING, Point, dice, paint
from workers.demo_pictures.colours import Colour, mix, rgb, solid

SIZE = WIDTH, HEIGHT = 640, 440
FRAMES, FRAME_MS = 36, 60
SUN = (WIDTH / 2, HEIGHT / 2)
# The orbits are circles seen from the side, and the whole of them lies askew.
FLATNESS, SLANT = 0.5, math.radians(-14)

SPACE, SPACE_LIT, SUNSHINE = rgb("0c0f26"), rgb("2b2350"), rgb("ffb45a")
STAR_FAINT, STAR_BRIGHT, PATH = rgb("4a4a78"), rgb("fff4e0"), rgb("4a4478")
SUN_RIM, SUN_CORE = rgb("f08a3a"), rgb("fff0b8")
NIGHT, DAY, TAIL, RING, MOON = rgb("14122c"), rgb("fffff0"), rgb("2a2450"), rgb("ffebc8"), rgb("cfd3e0")


class Planet(NamedTuple):
    """One body; it makes ``turns`` whole turns in one round of the animation, so that the round closes."""

    orbit: float
    radius: float
    turns: int
    start: float
    colour: Colour
    has_moon: bool = False
    has_ring: bool = False


class Body(NamedTuple):
    """A planet or a moon as it stands in one frame; what has more ``nearness`` hides what has less."""

    nearness: float
    at: Point
    radius: float
    colour: Colour
    has_ring: bool


PLANETS = (
    Planet(92, 8, 3, 0.10, rgb("e8869a")),
    Planet(142, 12, 2, 0.62, rgb("f2d38a")),
    Planet(202, 15, 1, 0.35, rgb("5fb4e8"), has_moon=True),
    Planet(270, 22, 1, 0.88, rgb("e89a6a"), has_ring=True),
)


def draw() -> bytes:
    """The picture as an animated GIF file."""
    space = _space()
    frames = [_frame(space, i / FRAMES) for i in range(FRAMES)]
    palette = _palette()
    first, *rest = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    file = BytesIO()
    first.save(file, "GIF", save_all=True, append_images=rest, duration=FRAME_MS, loop=0, optimize=True)
    return file.getvalue()


def _palette() -> Image.Image:
    """The 256 colours that matter, chosen by hand: left to itself the wide dark sky would take them all."""
    colours = [_sky(0.75 * (i / 71) ** 1.5) for i in range(72)]
    for planet in PLANETS:
        colours += [_surface(planet.colour, i / 15) for i in range(16)]
        colours += [_tail(planet.colour, i / 21) for i in range(22)]
    colours += [_surface(MOON, i / 5) for i in range(6)]
    colours += [mix(SUN_RIM, SUN_CORE, i / 13) for i in range(14)]
    colours += [mix(STAR_FAINT, STAR_BRIGHT, i / 9) for i in range(10)]
    colours += [PATH, *(_ring(planet.colour) for planet in PLANETS if planet.has_ring)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([band for colour in colours for band in solid(colour)])
    return palette


def _sky(distance: float) -> Colour:
    glow = 0.55 * math.exp(-((distance / 0.1) ** 1.3))
    return mix(mix(SPACE_LIT, SPACE, 1.7 * distance), SUNSHINE, glow)


def _surface(colour: Colour, daylight: float) -> Colour:
    return mix(mix(colour, NIGHT, 0.62), mix(colour, DAY, 0.35), daylight)


def _tail(colour: Colour, part: float) -> Colour:
    return mix(colour, TAIL, 0.35 + 0.6 * part)


def _ring(colour: Colour) -> Colour:
    return mix(colour, RING, 0.55)


def _place(planet: Planet, phase: float, *, behind: float = 0.0) -> Point:
    """Where ``planet`` is when a share ``phase`` of the round is over, or was, ``behind`` radians before."""
    angle = (planet.start + planet.turns * phase) * math.tau - behind
    x, y = planet.orbit * math.cos(angle), planet.orbit * FLATNESS * math.sin(angle)
    cos, sin = math.cos(SLANT), math.sin(SLANT)
    return (SUN[0] + x * cos - y * sin, SUN[1] + x * sin + y * cos)


def _scaled(*numbers: float) -> list[float]:
    return [OVERSAMPLING * number for number in numbers]


def _disc(pen: ImageDraw.ImageDraw, at: Point, radius: float, colour: Colour) -> None:
    x, y = at
    pen.ellipse(_scaled(x - radius, y - radius, x + radius, y + radius), fill=solid(colour))


def _space() -> Image.Image:
    """What stands still: the dark, the stars, the paths of the planets."""
    chance = dice("orbit")

    def dark(x: float, y: float) -> Colour:
        return _sky(math.hypot((x - 0.5) * WIDTH / HEIGHT, y - 0.5))

    picture = paint((WIDTH * OVERSAMPLING, HEIGHT * OVERSAMPLING), dark, step_px=16)
    pen = ImageDraw.Draw(picture)
    for _ in range(150):
        at, brightness = (chance.uniform(0, WIDTH), chance.uniform(0, HEIGHT)), chance.random() ** 3
        _disc(pen, at, 0.5 + brightness, mix(STAR_FAINT, STAR_BRIGHT, brightness))
    for planet in PLANETS:
        path = [_scaled(*_place(planet, 0, behind=math.radians(degrees))) for degrees in range(361)]
        pen.line([(x, y) for x, y in path], fill=solid(PATH), width=2)
    return picture


def _frame(space: Image.Image, phase: float) -> Image.Image:
    picture = space.copy()
    pen = ImageDraw.Draw(picture)
    for planet in PLANETS:
        _draw_tail(pen, planet, phase)
    bodies = sorted(body for planet in PLANETS for body in _bodies(planet, phase))
    for body in bodies:
        if body.nearness < 0:
            _draw_body(pen, body)
    for step in range(14):
        _disc(pen, SUN, 42 - step, mix(SUN_RIM, SUN_CORE, step / 13))
    for body in bodies:
        if body.nearness >= 0:
            _draw_body(pen, body)
    return picture.reduce(OVERSAMPLING)


def _bodies(planet: Planet, phase: float) -> list[Body]:
    nearness = math.sin((planet.start + planet.turns * phase) * math.tau)
    x, y = _place(planet, phase)
    bodies = [Body(nearness, (x, y), planet.radius, planet.colour, planet.has_ring)]
    if planet.has_moon:
        month = 3 * phase * math.tau
        at = (x + 30 * math.cos(month), y + 13 * math.sin(month))
        bodies.append(Body(nearness + 0.1 * math.sin(month), at, 4.4, MOON, has_ring=False))
    return bodies


def _draw_tail(pen: ImageDraw.ImageDraw, planet: Planet, phase: float) -> None:
    for part in (step / 70 for step in range(70, 0, -1)):
        radius = 0.55 * planet.radius * (1 - part) + 0.4
        at = _place(planet, phase, behind=0.75 * part)
        _disc(pen, at, radius, _tail(planet.colour, part))


def _draw_body(pen: ImageDraw.ImageDraw, body: Body) -> None:
    """The day side looks to the sun; a ring passes behind the planet and in front of it."""
    (x, y), radius = body.at, body.radius
    ring = solid(_ring(body.colour))
    ring_box = _scaled(x - 1.9 * radius, y - 0.62 * radius, x + 1.9 * radius, y + 0.62 * radius)
    if body.has_ring:
        pen.arc(ring_box, 180, 360, fill=ring, width=round(3.2 * OVERSAMPLING))
    distance = math.dist(body.at, SUN)
    for part in (step / 15 for step in range(16)):
        shift = 0.4 * radius * part / distance
        at = (x + (SUN[0] - x) * shift, y + (SUN[1] - y) * shift)
        _disc(pen, at, radius * (1 - 0.55 * part), _surface(body.colour, part))
    if body.has_ring:
        pen.arc(ring_box, 0, 180, fill=ring, width=round(3.2 * OVERSAMPLING))
