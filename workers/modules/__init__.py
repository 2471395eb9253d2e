"""The functions behind the operations, one file per family; importing this package registers all of them."""

from workers.modules import (
    background,
    blur,
    crop,
    hue,
    levels,
    pad,
    pixelate,
    resize,
    shape,
    text,
    tone,
    toning,
    turn,
    watermark,
)

__all__ = [
    "background", "blur", "crop", "hue", "levels", "pad", "pixelate", "resize", "shape", "text", "tone", "toning",
    "turn", "watermark",
]  # fmt: skip
