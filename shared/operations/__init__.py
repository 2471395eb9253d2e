"""Every operation: what it is called, which parameters it takes, in which ranges, and what they mean.

The order of ``STEPS`` is the order in which a plain query applies them. The functions that do the work are in
``workers/modules/``; nothing here touches a pixel.
"""

from __future__ import annotations

from shared.operation import Operation
from shared.operations.detail import Blur, Pixelate, Unsharp
from shared.operations.geometry import FILTERS, FITS, Crop, Flip, Pad, Resize, Rotate, Trim
from shared.operations.opening import Open
from shared.operations.output import AUTO, KEEPS, Encode
from shared.operations.overlay import FONTS, Text, Watermark
from shared.operations.shape import FLATTEN_ON, MASKS, Background, Mask, Round
from shared.operations.tone import (
    Autocontrast,
    Brightness,
    Contrast,
    Duotone,
    Equalize,
    Gamma,
    Grayscale,
    Hue,
    Invert,
    Posterize,
    Saturation,
    Sepia,
    Tint,
)

__all__ = [
    "ALL_OPERATIONS", "AUTO", "FILTERS", "FITS", "FLATTEN_ON", "FONTS", "KEEPS", "MASKS",
    "STEPS", "Autocontrast", "Background", "Blur", "Brightness", "Contrast", "Crop", "Duotone", "Encode",
    "Equalize", "Flip", "Gamma", "Grayscale", "Hue", "Invert", "Mask", "Open", "Pad", "Pixelate", "Posterize",
    "Resize", "Rotate", "Round", "Saturation", "Sepia", "Text", "Tint", "Trim", "Unsharp", "Watermark",
]  # fmt: skip

STEPS: tuple[type[Operation], ...] = (
    Trim, Crop, Resize, Pad, Rotate, Flip,
    Autocontrast, Equalize, Brightness, Contrast, Saturation, Hue, Gamma, Grayscale, Sepia, Tint, Duotone, Invert,
    Posterize, Blur, Unsharp, Pixelate,
    Round, Mask, Watermark, Text, Background,
)  # fmt: skip
ALL_OPERATIONS: tuple[type[Operation], ...] = (Open, *STEPS, Encode)
