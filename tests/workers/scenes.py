"""A picture that encoders find about as hard as a photograph: smooth areas, edges, and grain."""

from __future__ import annotations

import random

from PIL import Image
from PIL.Image import Resampling

from tests import pictures


def scene(size: tuple[int, int] = (160, 120), mode: str = "RGB") -> Image.Image:
    """Make the picture, the same every time; with alpha it is transparent in one corner."""
    dice = random.Random(11)
    blobs = Image.frombytes("RGB", (12, 9), dice.randbytes(12 * 9 * 3)).resize(size, Resampling.BICUBIC)
    grain = Image.frombytes("RGB", size, dice.randbytes(size[0] * size[1] * 3))
    made = Image.blend(Image.blend(pictures.gradients("RGB", size), blobs, 0.5), grain, 0.08)
    width, height = size
    made.paste((20, 30, 90), (width // 4, height // 4, width // 2, height * 3 // 4))
    if mode == "RGBA":
        alpha = Image.new("L", size, 255)
        alpha.paste(0, (width // 2, height // 2, width, height))
        made.putalpha(alpha)
    return made.convert(mode)


def moving_scene(count: int = 4, size: tuple[int, int] = (80, 60)) -> list[Image.Image]:
    """Frames in which a square moves over the picture."""
    frames = []
    for index in range(count):
        frame = scene(size)
        frame.paste((240, 200, 20), (12 * index, 10, 12 * index + 16, 26))
        frames.append(frame)
    return frames
