"""BlurHash: a picture as a few characters, from which a page paints a blur until the picture has come.

The algorithm is Wolt's (github.com/woltapp/blurhash, ``Algorithm.md``): a few cosine waves each way, in linear
light, coarsely rounded and written as digits to the base of 83.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from itertools import chain

from PIL import Image

from workers.cosine_waves import waves, weights

COMPONENTS = (4, 3)
"""Waves across and down, the constant ones included."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_Light = tuple[float, float, float]


def blurhash(image: Image.Image, *, components: tuple[int, int] = COMPONENTS) -> str:
    """Return the hash of an RGB image in sRGB. More than 32 pixels a side only cost time."""
    across, down = components
    average, *others = _parts(image, across, down)
    level = 0
    if others:
        strongest = max(abs(value) for part in others for value in part)
        level = max(0, min(82, math.floor(strongest * 166 - 0.5)))
    digits = [
        _digits(across - 1 + (down - 1) * 9, count=1),
        _digits(level, count=1),
        _digits(_average_code(average), count=4),
        *(_digits(_part_code(part, most=(level + 1) / 166), count=2) for part in others),
    ]
    return "".join(digits)


def _parts(image: Image.Image, across: int, down: int) -> Iterator[_Light]:
    """Yield how much of each pair of waves is in red, green and blue light; the first is the average."""
    width, height = image.size
    light = _srgb_to_light()
    red, green, blue = (
        chain.from_iterable(
            weights([light[level] for level in band.tobytes()], waves(width, across), waves(height, down))
        )
        for band in image.split()
    )
    for number, part in enumerate(zip(red, green, blue, strict=True)):
        yield part if number == 0 else (2 * part[0], 2 * part[1], 2 * part[2])


def _average_code(average: _Light) -> int:
    red, green, blue = map(_light_to_srgb, average)
    return red << 16 | green << 8 | blue


def _part_code(part: _Light, *, most: float) -> int:
    red, green, blue = (_nineteenth(value / most) for value in part)
    return (red * 19 + green) * 19 + blue


def _nineteenth(share: float) -> int:
    """Round a share from -1 to 1 to one of nineteen steps, which lie closer together around nought."""
    return max(0, min(18, math.floor(math.copysign(math.sqrt(abs(share)), share) * 9 + 9.5)))


def _digits(value: int, *, count: int) -> str:
    return "".join(_DIGITS[value // 83**place % 83] for place in reversed(range(count)))


@cache
def _srgb_to_light() -> list[float]:
    values = (level / 255 for level in range(256))
    return [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values]


def _light_to_srgb(light: float) -> int:
    light = max(0.0, min(1.0, light))
    return int(255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055) + 0.5)
