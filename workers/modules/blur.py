"""Blurs with a Gaussian, and sharpens with what a blur takes away.

Pillow's Gaussian is three box filters of the very variance: its time does not depend on the deviation, so that a
deviation larger than the frame needs no bound of its own (47 ms for 2 megapixels at 0.5, 5 and 250 alike).
"""

from __future__ import annotations

from PIL import Image, ImageChops, ImageFilter

from shared.operations import Blur, Unsharp
from workers.modules.canvas import PREMULTIPLIED, has_alpha
from workers.registry import module
from workers.scene import Scene


@module(Blur)
def blur(frame: Image.Image, step: Blur, scene: Scene) -> Image.Image:
    """Blur colours and alpha; beyond its edge the frame goes on as it ends."""
    if not step.sigma:
        return frame
    if not has_alpha(frame.mode):
        return frame.filter(ImageFilter.GaussianBlur(step.sigma))
    return _premultiplied_blur(frame, step.sigma).convert(frame.mode)


@module(Unsharp)
def unsharp(frame: Image.Image, step: Unsharp, scene: Scene) -> Image.Image:
    """Add ``amount`` percent of the difference to the blurred frame, where it exceeds the threshold; alpha stays.

    A neighbour counts as far as it can be seen, so that the colours under transparent pixels make no fringes.
    """
    if not step.sigma:
        return frame
    if not has_alpha(frame.mode):
        return frame.filter(ImageFilter.UnsharpMask(step.sigma, percent=step.amount, threshold=step.threshold))
    *colours, alpha = frame.split()
    *around, weight = _premultiplied_blur(frame, step.sigma).split()
    sharpened = [
        # Weighed on both sides of the difference: dividing a faint sum by its weight would magnify its rounding.
        _add_difference(colour, ImageChops.multiply(colour, weight), blurred, step)
        for colour, blurred in zip(colours, around, strict=True)
    ]
    return Image.merge(frame.mode, [*sharpened, alpha])


def _premultiplied_blur(frame: Image.Image, sigma_px: float) -> Image.Image:
    return frame.convert(PREMULTIPLIED[frame.mode]).filter(ImageFilter.GaussianBlur(sigma_px))


def _add_difference(band: Image.Image, own: Image.Image, around: Image.Image, step: Unsharp) -> Image.Image:
    """Add ``amount`` percent of ``own - around``, where it exceeds the threshold in either direction."""
    table = [min(255, value * step.amount // 100) if value > step.threshold else 0 for value in range(256)]
    brighter = ImageChops.subtract(own, around).point(table)
    darker = ImageChops.subtract(around, own).point(table)
    return ImageChops.subtract(ImageChops.add(band, brighter), darker)
