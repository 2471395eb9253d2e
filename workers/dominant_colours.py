"""Dominant colours: the few that most of a picture is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image
from PIL.Image import Quantize

from shared.colours import Colour

MOST = 6
_BOXES = 24
"""Median cut halves where most pixels are, not where colours differ most: it gets more boxes than are wanted."""
_LEAST_ALPHA = 26
"""Of a pixel with less than a tenth of opacity hardly anything is to be seen, and its colour is rounded off."""
_ALIKE = 75.0
"""Colours nearer to each other are one to whoever looks at a whole picture: 25 levels of grey."""
_LEAST_SHARE = 0.02


class Dominant(NamedTuple):
    """A colour, and its share of all pixels that are seen."""

    colour: Colour
    share: float


@dataclass(slots=True)
class _Cluster:
    """Pixels of about one colour: how many, and their mean red, green and blue."""

    pixels: int
    mean: tuple[float, float, float]

    def distance(self, other: _Cluster) -> float:
        """How different they look: weights by T. Riemersma, "Colour metric" (compuphase.com/cmetric.htm)."""
        red = (self.mean[0] + other.mean[0]) / 2 / 256
        squares = [(one - two) ** 2 for one, two in zip(self.mean, other.mean, strict=True)]
        return math.sqrt((2 + red) * squares[0] + 4 * squares[1] + (3 - red) * squares[2])

    def absorb(self, other: _Cluster) -> None:
        """Take over the other's pixels."""
        pixels = self.pixels + other.pixels
        red, green, blue = (
            (one * self.pixels + two * other.pixels) / pixels
            for one, two in zip(self.mean, other.mean, strict=True)
        )
        self.pixels, self.mean = pixels, (red, green, blue)


def dominant_colours(image: Image.Image) -> tuple[Dominant, ...]:
    """Return at most ``MOST`` colours of an RGBA image, those with most pixels first.

    Transparent pixels do not count, and colours that look alike are one.
    """
    clusters: list[_Cluster] = []
    for box in sorted(_boxes(image), key=lambda box: -box.pixels):
        nearest = min(clusters, key=box.distance, default=None)
        if nearest is not None and nearest.distance(box) < _ALIKE:
            nearest.absorb(box)
        else:
            clusters.append(box)
    clusters.sort(key=lambda cluster: -cluster.pixels)
    seen = sum(cluster.pixels for cluster in clusters)
    return tuple(
        Dominant(Colour(*map(round, cluster.mean)), cluster.pixels / seen)
        for cluster in clusters[:MOST]
        if cluster.pixels >= seen * _LEAST_SHARE
    )


def _boxes(image: Image.Image) -> list[_Cluster]:
    """Cut the colours that are seen into boxes of about as many pixels each."""
    pixels = image.tobytes()
    seen = b"".join(pixels[at : at + 3] for at in range(0, len(pixels), 4) if pixels[at + 3] >= _LEAST_ALPHA)
    if not seen:
        return []
    strip = Image.frombytes("RGB", (len(seen) // 3, 1), seen)
    cut = strip.quantize(_BOXES, Quantize.MEDIANCUT)
    palette = cut.getpalette() or []
    colours = zip(palette[::3], palette[1::3], palette[2::3], strict=True)
    # There are counts for all indices that a byte can hold, and colours for those in use.
    return [_Cluster(count, colour) for count, colour in zip(cut.histogram(), colours, strict=False) if count]
