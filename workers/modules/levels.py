"""Redistributes the levels of the channels: fewer of them, evenly used ones, or all from the first to the last.

One curve serves all channels, so that greys stay grey. What depends on the picture is decided on the first frame
of an animation and applied to all: curves of their own would make frames flicker. Pixels that cannot be seen do
not count. For 2 megapixels they take 2 to 10 ms.
"""

from __future__ import annotations

from functools import reduce
from itertools import accumulate

from PIL import Image, ImageChops

from shared.operations import Autocontrast, Equalize, Posterize
from workers.modules.canvas import has_alpha
from workers.modules.curve import IDENTITY, mapped, table
from workers.registry import module
from workers.scene import Scene


@module(Posterize)
def posterize(frame: Image.Image, step: Posterize, scene: Scene) -> Image.Image:
    """Move each channel to the nearest of ``levels`` values that lie evenly from 0 to 255, both included."""
    last = step.levels - 1
    return mapped(frame, table(lambda value: (2 * value * last + 255) // 510 * 255 / last))


@module(Equalize)
def equalize(frame: Image.Image, step: Equalize, scene: Scene) -> Image.Image:
    """Send all channels through the curve that makes every luma (BT.601) as frequent as any other.

    ImageMagick does it so unless told otherwise. A curve of its own for each channel, as of Pillow's
    ``ImageOps.equalize`` and libvips' ``hist_equal``, would take the tint out of a sunset and put one into a fog.
    """
    if not step.on:
        return frame
    return mapped(frame, scene.once(step, lambda: _equalizing(frame)))


@module(Autocontrast)
def autocontrast(frame: Image.Image, step: Autocontrast, scene: Scene) -> Image.Image:
    """Stretch all channels by one straight line, so that the darkest value becomes 0 and the lightest 255.

    A pixel is as dark as its lowest channel and as light as its highest: no more than ``cutoff`` percent of the
    pixels are clipped at either end, and without a cutoff none is.
    """
    cutoff = step.cutoff
    if cutoff is None:
        return frame
    return mapped(frame, scene.once(step, lambda: _stretching(frame, cutoff)))


def _equalizing(frame: Image.Image) -> list[int]:
    """The curve of cumulative frequencies, from 0 at the darkest luma that occurs to 255 at the lightest."""
    at_most = list(accumulate(_histogram(frame.convert("L"), frame)))
    darkest = next(filter(None, at_most), 0)
    others = at_most[-1] - darkest
    return table(lambda value: 255 * (at_most[value] - darkest) / others) if others else IDENTITY


def _stretching(frame: Image.Image, cutoff_percent: float) -> list[int]:
    colours = [frame.getchannel(name) for name in frame.getbands() if name != "A"]
    darkness = _histogram(reduce(ImageChops.darker, colours), frame)
    lightness = _histogram(reduce(ImageChops.lighter, colours), frame)
    ignored = sum(darkness) * cutoff_percent / 100
    low = _first_beyond(ignored, darkness)
    high = 255 - _first_beyond(ignored, lightness[::-1])
    return table(lambda value: 255 * (value - low) / (high - low)) if low < high else IDENTITY


def _first_beyond(ignored: float, histogram: list[int]) -> int:
    """The first value up to which more than so many pixels are found; 0 where there are none at all."""
    counts = enumerate(accumulate(histogram))
    return next((value for value, count in counts if count > ignored), 0)


def _histogram(band: Image.Image, frame: Image.Image) -> list[int]:
    """How often each value occurs where the frame can be seen."""
    return band.histogram(frame.getchannel("A") if has_alpha(frame.mode) else None)
