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
    tone,
    toning,
    turn,
)

__all__ = [
    "background", "blur", "crop", "hue", "levels", "pad", "pixelate", "resize", "shape", "tone", "toning", "turn",
]  # fmt: skip
