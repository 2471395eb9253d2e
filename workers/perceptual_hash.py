"""A perceptual hash: 64 bits that stay nearly the same when a picture is scaled, coded anew, or lit otherwise.

The algorithm is the DCT hash of C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions"
(2010, section 3.2.1): of the brightness in 32 × 32 pixels the lowest 8 × 8 waves are kept, less the constant ones,
and each becomes one bit: whether it is above the median of all. Two pictures are as different as their hashes have
bits that differ. Zauner blurs before he picks pixels; here the filter that shrinks has already averaged them.
"""

from __future__ import annotations

from itertools import chain
from statistics import median

from PIL import Image
from PIL.Image import Resampling

from workers.cosine_waves import waves, weights

_SIDE_PX = 32
_WAVES = 8
_NOISE = 0.02
"""Of 255 levels. A weaker wave comes from rounding: the picture, a symmetric one for instance, has none."""


def perceptual_hash(image: Image.Image) -> str:
    """Return the hash of an opaque image in sRGB, as sixteen hexadecimal digits.

    Waves come row by row, from low to high; the first one is the most significant bit.
    """
    square = image.convert("L").resize((_SIDE_PX, _SIDE_PX), Resampling.BILINEAR)
    known = waves(_SIDE_PX, _WAVES + 1, shift=0.5)[1:]
    strengths = [
        strength if abs(strength) > _NOISE else 0.0
        for strength in chain.from_iterable(weights(square.tobytes(), known, known))
    ]
    middle = median(strengths)
    bits = "".join("1" if strength > middle else "0" for strength in strengths)
    return f"{int(bits, 2):0{_WAVES * _WAVES // 4}x}"
