"""Pictures made in code, ways to hold two of them against each other, and libvips as a second opinion."""

from __future__ import annotations

import random

import pyvips
from PIL import Image, ImageChops, ImageStat
from PIL.Image import Resampling

from shared.limits import Limits
from shared.operation import Operation
from workers import modules as modules  # fills MODULES
from workers.modules.canvas import PREMULTIPLIED
from workers.registry import MODULES
from workers.scene import Scene

MODES = ("L", "LA", "RGB", "RGBA")
GREY, RED = (128, 128, 128), (255, 0, 0)
Size = tuple[int, int]


def apply(step: Operation, frame: Image.Image, scene: Scene | None = None) -> Image.Image:
    """Do one step to one frame, as the pipeline does."""
    return MODULES[type(step)](frame, step, scene or Scene(limits=Limits()))


def gradients(mode: str = "RGB", size: Size = (64, 48)) -> Image.Image:
    """Every channel a gradient of its own direction, alpha too, so that a flip, a shift or a swap shows."""
    down = Image.linear_gradient("L")
    right = down.transpose(Image.Transpose.ROTATE_90)
    up, left = down.transpose(Image.Transpose.ROTATE_180), right.transpose(Image.Transpose.ROTATE_180)
    bands = {"L": [right], "LA": [right, up], "RGB": [right, down, left], "RGBA": [right, down, left, up]}
    return Image.merge(mode, bands[mode]).resize(size, Resampling.BOX)


def texture(mode: str = "RGB", size: Size = (160, 120), *, seed: int = 1) -> Image.Image:
    """Smooth blobs in every channel, alpha too: something for a filter to work on. The same for the same seed."""
    dice = random.Random(seed)
    coarse = (size[0] // 8, size[1] // 8)
    bands = [Image.frombytes("L", coarse, dice.randbytes(coarse[0] * coarse[1])) for _ in mode]
    return Image.merge(mode, [band.resize(size, Resampling.BICUBIC) for band in bands])


def distance(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of all channels, of 255; colours count as far as they can be seen."""
    assert (one.mode, one.size) == (other.mode, other.size)
    if one.mode in PREMULTIPLIED:
        one, other = one.convert(PREMULTIPLIED[one.mode]), other.convert(PREMULTIPLIED[other.mode])
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)


def to_vips(frame: Image.Image) -> pyvips.Image:
    """The same pixels, for libvips."""
    bands = len(frame.getbands())
    image = pyvips.Image.new_from_memory(frame.tobytes(), *frame.size, bands, "uchar")
    return image.copy(interpretation="b-w" if bands < 3 else "srgb")


def from_vips(image: pyvips.Image, mode: str) -> Image.Image:
    """What libvips made, rounded to eight bits."""
    rounded = (image + 0.5).cast("uchar") if image.format != "uchar" else image
    return Image.frombytes(mode, (image.width, image.height), rounded.write_to_memory())
