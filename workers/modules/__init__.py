"""The functions behind the operations, one file per family; importing this package registers all of them."""

from workers.modules import background, blur, crop, hue, pad, resize, tone, turn

__all__ = ["background", "blur", "crop", "hue", "pad", "resize", "tone", "turn"]
