"""Maps each channel through a curve of one formula, the same for all colours; takes the colours away.

Alpha is left alone. Curves that depend on the picture are in ``levels.py``.
"""

from __future__ import annotations

from PIL import Image

from shared.operations import Brightness, Contrast, Gamma, Grayscale, Invert
from workers.modules.canvas import has_alpha
from workers.modules.curve import mapped, table
from workers.registry import module
from workers.scene import Scene


@module(Brightness)
def brightness(frame: Image.Image, step: Brightness, scene: Scene) -> Image.Image:
    """Add the amount to every channel."""
    return mapped(frame, table(lambda value: value + step.amount))


@module(Contrast)
def contrast(frame: Image.Image, step: Contrast, scene: Scene) -> Image.Image:
    """Multiply the distance from the middle grey by ((100 + amount) / 100)²."""
    factor = ((100 + step.amount) / 100) ** 2
    return mapped(frame, table(lambda value: (value - 127.5) * factor + 127.5))


@module(Gamma)
def gamma(frame: Image.Image, step: Gamma, scene: Scene) -> Image.Image:
    """Raise every channel, from 0 to 1, to the power of 1 / gamma."""
    return mapped(frame, table(lambda value: 255 * (value / 255) ** (1 / step.gamma)))


@module(Invert)
def invert(frame: Image.Image, step: Invert, scene: Scene) -> Image.Image:
    """Turn every channel round."""
    return mapped(frame, table(lambda value: 255 - value)) if step.on else frame


@module(Grayscale)
def grayscale(frame: Image.Image, step: Grayscale, scene: Scene) -> Image.Image:
    """Keep the luma of ITU-R BT.601, which is how Pillow converts to grey."""
    grey = "LA" if has_alpha(frame.mode) else "L"
    return frame.convert(grey) if step.on and frame.mode != grey else frame
