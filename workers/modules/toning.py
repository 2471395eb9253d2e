"""Gives frames colours of their own: one, two, or those of an old photograph. Frames become RGB or RGBA.

``tint`` and ``duotone`` depend on the luma alone (BT.601, rounded to 0 to 255): a table of 256 colours is all they
need. All take 5 to 10 ms for 2 megapixels, but ``sepia`` of a grey frame 20.
"""

from __future__ import annotations

import math

from PIL import Image

from shared.colours import Colour
from shared.operations import Duotone, Sepia, Tint
from workers.modules.canvas import has_alpha, in_mode
from workers.modules.channel_matrix import mixed
from workers.registry import module
from workers.scene import Scene

_Rgb = tuple[int, int, int]

_BT601 = (0.299, 0.587, 0.114)


@module(Tint)
def tint(frame: Image.Image, step: Tint, scene: Scene) -> Image.Image:
    """Keep the luma of each pixel, take hue and chroma of the colour: in YCbCr, Y of the one, CbCr of the other.

    Where there is no such colour in sRGB, near black and white, the chroma is as much of it as there can be. That
    is the blend mode ``color`` of Compositing and Blending Level 1 (SetLum, ClipColor), with the luma of BT.601.
    """
    colour = step.color
    if colour is None:
        return frame
    return _by_luma(frame, [_with_luma(colour, luma) for luma in range(256)])


@module(Duotone)
def duotone(frame: Image.Image, step: Duotone, scene: Scene) -> Image.Image:
    """Replace each pixel by what lies between the two colours, on a straight line in sRGB, where its luma says."""
    if step.colors is None:
        return frame
    dark, light = step.colors
    return _by_luma(
        frame,
        [
            _rounded(*(low + (high - low) * luma / 255 for low, high in zip(dark[:3], light[:3], strict=True)))
            for luma in range(256)
        ],
    )


@module(Sepia)
def sepia(frame: Image.Image, step: Sepia, scene: Scene) -> Image.Image:
    """Mix the channels as the CSS filter ``sepia()`` does; the rest of ``amount`` to 100 percent is the identity.

    Source: Filter Effects Module Level 1, the feColorMatrix that ``sepia()`` is a shorthand of.
    """
    if not step.amount:
        return frame
    rest = 1 - step.amount / 100
    return mixed(
        in_mode(frame, "RGBA" if has_alpha(frame.mode) else "RGB"),
        (0.393 + 0.607 * rest, 0.769 - 0.769 * rest, 0.189 - 0.189 * rest),
        (0.349 - 0.349 * rest, 0.686 + 0.314 * rest, 0.168 - 0.168 * rest),
        (0.272 - 0.272 * rest, 0.534 - 0.534 * rest, 0.131 + 0.869 * rest),
    )


def _with_luma(colour: Colour, luma: int) -> _Rgb:
    """Shift the colour to that luma; what would then be out of 0 to 255 draws all of it nearer to grey."""
    own = sum(weight * value for weight, value in zip(_BT601, colour[:3], strict=True))
    chroma = [value - own for value in colour[:3]]
    share = min(_room(luma, part) for part in chroma)
    return _rounded(*(luma + share * part for part in chroma))


def _room(luma: int, part: float) -> float:
    """How much of ``part``, all at most, can be added to the luma."""
    limit = 255 - luma if part > 0 else luma
    return 1.0 if abs(part) <= limit else limit / abs(part)


def _rounded(red: float, green: float, blue: float) -> _Rgb:
    return math.floor(red + 0.5), math.floor(green + 0.5), math.floor(blue + 0.5)


def _by_luma(frame: Image.Image, colours: list[_Rgb]) -> Image.Image:
    """Give each pixel the colour that stands for its luma; alpha stays."""
    luma = frame.convert("L")
    bands = [luma.point(list(values)) for values in zip(*colours, strict=True)]
    if has_alpha(frame.mode):
        return Image.merge("RGBA", [*bands, frame.getchannel("A")])
    return Image.merge("RGB", bands)
