"""ThumbHash: a picture as some twenty-five bytes, from which a page paints it blurred until it has come.

The algorithm is Evan Wallace's (github.com/evanw/thumbhash): like BlurHash it keeps a few cosine waves, but tells
brightness from hue, keeps more of the former, and holds transparency and the picture's shape too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PIL import Image

from workers.cosine_waves import waves, weights

_LIGHT_WAVES, _LIGHT_WAVES_BESIDE_ALPHA = 7, 5
"""How many waves of brightness are kept along the longer side; along the shorter one in proportion."""
_HUE_WAVES = 3
_ALPHA_WAVES = 5
_NOISE = 1e-9
"""A wave that is weaker comes from rounding: the picture has none."""

_Size = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Channel:
    """What is kept of one channel: its mean, its strongest wave, and all waves as shares of that, 0.5 for none."""

    mean: float
    strongest: float
    shares: tuple[float, ...]


def thumbhash(image: Image.Image) -> bytes:
    """Return the hash of an RGBA image in sRGB. More than 32 pixels a side only cost time."""
    size, is_landscape = image.size, image.width > image.height
    light, yellow, red, alpha = _opponent_colours(image)
    has_alpha = min(alpha) < 1
    across, down = _light_waves(size, has_alpha=has_alpha)
    channels = [
        _channel(light, size, max(_HUE_WAVES, across), max(_HUE_WAVES, down)),
        _channel(yellow, size, _HUE_WAVES, _HUE_WAVES),
        _channel(red, size, _HUE_WAVES, _HUE_WAVES),
    ]
    head = _head(*channels, has_alpha=has_alpha, is_landscape=is_landscape, waves=min(across, down))
    if has_alpha:
        veil = _channel(alpha, size, _ALPHA_WAVES, _ALPHA_WAVES)
        channels.append(veil)
        head += bytes((_rounded(15 * veil.mean) | _rounded(15 * veil.strongest) << 4,))
    return head + _half_bytes(_rounded(15 * share) for channel in channels for share in channel.shares)


def _opponent_colours(image: Image.Image) -> tuple[list[float], ...]:
    """Turn pixels into brightness, yellow against blue, red against green, and alpha.

    What shines through is the average of what can be seen.
    """
    red, green, blue, alpha = ([level / 255 for level in band.tobytes()] for band in image.split())
    seen = sum(alpha)
    colours = []
    for channel in (red, green, blue):
        mean = sum(level * a for level, a in zip(channel, alpha, strict=True)) / seen if seen else 0.0
        colours.append([mean + (level - mean) * a for level, a in zip(channel, alpha, strict=True)])
    pixels = list(zip(*colours, strict=True))
    light = [(r + g + b) / 3 for r, g, b in pixels]
    return light, [(r + g) / 2 - b for r, g, b in pixels], [r - g for r, g, _ in pixels], alpha


def _light_waves(size: _Size, *, has_alpha: bool) -> _Size:
    most = _LIGHT_WAVES_BESIDE_ALPHA if has_alpha else _LIGHT_WAVES
    width, height = size
    return max(1, _rounded(most * width / max(size))), max(1, _rounded(most * height / max(size)))


def _channel(values: Sequence[float], size: _Size, across: int, down: int) -> _Channel:
    """Keep the waves whose shares of ``across`` and ``down`` make less than one together."""
    found = weights(values, waves(size[0], across, shift=0.5), waves(size[1], down, shift=0.5))
    mean, *kept = (found[y][x] for y in range(down) for x in range(across) if x * down < across * (down - y))
    strongest = max(map(abs, kept))
    shares = tuple(0.5 + 0.5 * weight / strongest if strongest > _NOISE else 0.0 for weight in kept)
    return _Channel(mean=mean, strongest=strongest, shares=shares)


def _head(
    light: _Channel, yellow: _Channel, red: _Channel, *, has_alpha: bool, is_landscape: bool, waves: int
) -> bytes:
    """Pack means, strengths and shape. ``waves`` are those of brightness along the shorter side."""
    colours = (
        _rounded(63 * light.mean)
        | _rounded(31.5 + 31.5 * yellow.mean) << 6
        | _rounded(31.5 + 31.5 * red.mean) << 12
        | _rounded(31 * light.strongest) << 18
        | has_alpha << 23
    )
    shape = waves | _rounded(63 * yellow.strongest) << 3 | _rounded(63 * red.strongest) << 9 | is_landscape << 15
    return colours.to_bytes(3, "little") + shape.to_bytes(2, "little")


def _half_bytes(values: Iterable[int]) -> bytes:
    """Pack two values into each byte, the first into the lower half."""
    halves = list(values)
    halves += [0] * (len(halves) % 2)
    return bytes(low | high << 4 for low, high in zip(halves[::2], halves[1::2], strict=True))


def _rounded(value: float) -> int:
    """Round halves up, where Python's ``round`` goes to the even neighbour."""
    return math.floor(value + 0.5)
