"""How far colours lie apart, as the eye has it: ΔE of CIE 1976, the distance in L*a*b*.

From sRGB by IEC 61966-2-1 and CIE 15, with the white of D65 and nothing of our own code. About 2.3 is what one can
just see; black and white are 100 apart.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

_Floats = npt.NDArray[np.float64]

_TO_XYZ = np.array(
    ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
)
_WHITE = _TO_XYZ.sum(axis=1)
_LINEAR_BELOW = (6 / 29) ** 3


def lab(picture: Image.Image) -> _Floats:
    """The L*a*b* of an opaque sRGB picture."""
    values = np.asarray(picture.convert("RGB")).astype(np.float64) / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    ratio = light @ _TO_XYZ.T / _WHITE
    root = np.where(ratio > _LINEAR_BELOW, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), -1)


def differences(one: Image.Image, other: Image.Image) -> _Floats:
    """ΔE of each pixel. Pictures with alpha are seen on white and on black, and the larger difference counts."""
    assert one.size == other.size
    if not (one.mode.endswith("A") or other.mode.endswith("A")):
        return _apart(one, other)
    backgrounds = ("white", "black")
    return np.maximum(*(_apart(_laid_on(one, colour), _laid_on(other, colour)) for colour in backgrounds))


def mean_delta_e(one: Image.Image, other: Image.Image) -> float:
    """The mean of ``differences``."""
    return float(differences(one, other).mean())


def _apart(one: Image.Image, other: Image.Image) -> _Floats:
    apart: _Floats = np.linalg.norm(lab(one) - lab(other), axis=-1)
    return apart


def _laid_on(picture: Image.Image, colour: str) -> Image.Image:
    canvas = Image.new("RGBA", picture.size, colour)
    return Image.alpha_composite(canvas, picture.convert("RGBA"))
