"""What every picture is made with: smooth fields, noise, skylines, soft-edged shapes. Knows no picture.

A field is asked for at coarse steps and interpolated in floating point, so that wide gradients show no bands.
The same seed gives the same picture.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageDraw

from workers.demo_pictures.colours import Colour

Size = tuple[int, int]
Point = tuple[float, float]

# Shapes are drawn this much larger and reduced: Pillow draws without smoothing edges.
OVERSAMPLING = 2


def dice(seed: str) -> Random:
    """A source of chance that always rolls the same."""
    return Random(seed)  # noqa: S311 - for pictures, not for secrets


def paint(size: Size, colour_at: Callable[[float, float], Colour], *, step_px: int = 24) -> Image.Image:
    """A picture of a smooth field of colour over x and y, which both go from 0 to 1."""
    grid, columns = _grid(size, step_px)
    colours = [colour_at(x, y) for x, y in grid]
    bands = [_enlarged(array("f", [c[i] for c in colours]), columns, size, step_px) for i in range(3)]
    return Image.merge("RGB", bands)


def shade(size: Size, level_at: Callable[[float, float], float], *, step_px: int = 24) -> Image.Image:
    """A mask of a smooth field of levels from 0 to 1."""
    grid, columns = _grid(size, step_px)
    return _enlarged(array("f", [255 * level_at(x, y) for x, y in grid]), columns, size, step_px)


def _grid(size: Size, step_px: int) -> tuple[list[Point], int]:
    xs, ys = (
        [min(1.0, (step + 0.5) * step_px / side) for step in range(-(-side // step_px) + 1)] for side in size
    )
    return [(x, y) for y in ys for x in xs], len(xs)


def _enlarged(samples: "array[float]", columns: int, size: Size, step_px: int) -> Image.Image:
    field = Image.frombytes("F", (columns, len(samples) // columns), samples.tobytes())
    box = (0, 0, size[0] / step_px, size[1] / step_px)
    return field.resize(size, Image.Resampling.BICUBIC, box=box).convert("L")


def filled(size: Size, polygons: Iterable[Sequence[Point]]) -> Image.Image:
    """A mask of ``size`` in which the ``polygons`` are white, with smooth edges."""
    mask = Image.new("L", (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING))
    draw = ImageDraw.Draw(mask)
    for polygon in polygons:
        draw.polygon([(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in polygon], fill=255)
    return mask.reduce(OVERSAMPLING)


def noise(size: Size, *, cell: Point, chance: Random) -> Image.Image:
    """Random grey levels, one for each ``cell`` of so many pixels, blended into one another."""
    columns, rows = int(size[0] / cell[0]) + 3, int(size[1] / cell[1]) + 3
    coarse = Image.frombytes("L", (columns, rows), chance.randbytes(columns * rows))
    return coarse.resize(size, Image.Resampling.BICUBIC, box=(0.5, 0.5, columns - 0.5, rows - 0.5))


def fractal(size: Size, *, cell: Point, chance: Random, octaves: int = 5, fade: float = 0.55) -> Image.Image:
    """Noise upon ever finer, ever fainter noise: what clouds are made of."""
    total, weight, share = noise(size, cell=cell, chance=chance), 1.0, 1.0
    for octave in range(1, octaves):
        share *= fade
        weight += share
        finer = (max(1.0, cell[0] / 2**octave), max(1.0, cell[1] / 2**octave))
        total = Image.blend(total, noise(size, cell=finer, chance=chance), share / weight)
    return total


def steepened(mask: Image.Image, low: int, high: int, *, top: float = 1.0) -> Image.Image:
    """``mask`` with its levels from ``low`` to ``high`` stretched, smoothly, from black to ``top``."""
    shares = [min(1.0, max(0.0, (level - low) / (high - low))) for level in range(256)]
    return mask.point([round(255 * top * share * share * (3 - 2 * share)) for share in shares])


def skyline(heights: Sequence[float], *, crags: float, chance: Random, points: int = 500) -> list[Point]:
    """A ridge through ``heights``, as points with x from 0 to 1; between them ever finer ``crags`` are put."""
    line = list(heights)
    while len(line) < points:
        middles = [(a + b) / 2 + chance.uniform(-crags, crags) for a, b in pairwise(line)]
        line = [height for pair in zip(line, [*middles, 0.0], strict=True) for height in pair][:-1]
        crags *= 0.52
    return [(i / (len(line) - 1), height) for i, height in enumerate(line)]


def grained(picture: Image.Image, *, strength: float, chance: Random) -> Image.Image:
    """``picture`` with the grain of film: the same speckle on all three channels."""
    speckle = Image.frombytes("L", picture.size, chance.randbytes(picture.width * picture.height))
    speckle = speckle.point([round(128 + strength * (level / 127.5 - 1)) for level in range(256)])
    return ImageChops.add(picture, Image.merge("RGB", [speckle] * 3), offset=-128)
