"""Deep pictures: those with more than eight bits a channel, as arrays of floating point numbers.

What can be done with them is in ``deep_geometry.py`` and ``deep_tone.py``; how they are shown in eight bits, in
``tone_mapping.py``. Everything else works on Pillow's images, which hold eight bits of colour at most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.float32]
"""Height, width, channels."""

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
"""What Pillow calls pictures with so many channels."""
_BLOCK_PX = 1 << 16
_WHITE_16 = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Deep:
    """A picture whose channels, from 0 for black to 1 for white, hold more than eight bits.

    With ``is_light`` they are proportional to light, in the colours of Rec. 709, and what is brighter than white
    goes beyond 1; without, they are encoded as in sRGB files. Colours are multiplied by alpha, where there is
    one. Every value is finite.
    """

    pixels: Pixels
    is_light: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def mode(self) -> str:
        """What Pillow calls these channels."""
        return MODES[self.pixels.shape[2]]

    @property
    def has_alpha(self) -> bool:
        """Whether the last channel is alpha."""
        return self.pixels.shape[2] in (2, 4)

    def colours(self) -> Pixels:
        """The colours as they are where they can be seen: not multiplied by alpha."""
        if not self.has_alpha:
            return self.pixels
        alpha = self.pixels[..., -1:]
        return np.divide(self.pixels[..., :-1], alpha, out=np.zeros_like(self.pixels[..., :-1]), where=alpha > 0)

    def blocks(self) -> Iterator[tuple[slice, Deep]]:
        """Cut the picture into blocks of rows, so that what is computed on the way stays small."""
        height, width, _ = self.pixels.shape
        step = max(1, _BLOCK_PX // width)
        for top in range(0, height, step):
            rows = slice(top, top + step)
            yield rows, Deep(pixels=self.pixels[rows], is_light=self.is_light)


def from_straight(straight: Pixels, *, is_light: bool) -> Deep:
    """Make a deep picture of finite channels, the array becoming its own; colours are not multiplied yet."""
    if straight.shape[2] in (2, 4):
        straight[..., :-1] *= straight[..., -1:]
    return Deep(pixels=straight, is_light=is_light)


def mapped(deep: Deep, curve: Callable[[Pixels], Pixels], *, is_light: bool | None = None) -> Deep:
    """Send the colours, not multiplied by alpha, through the curve; alpha stays. Channels may become fewer."""
    made: Pixels | None = None
    for rows, block in deep.blocks():
        colours = curve(block.colours())
        if made is None:
            channels = colours.shape[2] + deep.has_alpha
            made = np.empty((*deep.pixels.shape[:2], channels), np.float32)
        if deep.has_alpha:
            made[rows, :, -1] = block.pixels[..., -1]
            colours = colours * block.pixels[..., -1:]
        made[rows, :, : colours.shape[2]] = colours
    if made is None:
        raise ValueError("a picture has rows")
    return Deep(pixels=made, is_light=deep.is_light if is_light is None else is_light)


def sixteen_bits(deep: Deep) -> npt.NDArray[np.uint16]:
    """Round an encoded picture to sixteen bits a channel, its colours not multiplied by alpha."""
    made = np.empty(deep.pixels.shape, np.uint16)
    for rows, block in deep.blocks():
        colours = block.colours()
        made[rows, :, : colours.shape[2]] = np.rint(np.clip(colours, 0, 1) * _WHITE_16)
        if deep.has_alpha:
            made[rows, :, -1] = np.rint(np.clip(block.pixels[..., -1], 0, 1) * _WHITE_16)
    return made


def finite(pixels: Pixels) -> Pixels:
    """Replace, in place, what is no number by 0, and infinities by the largest numbers that are none."""
    if not np.isfinite(pixels).all():
        largest = np.abs(pixels, where=np.isfinite(pixels), out=np.zeros_like(pixels)).max()
        np.nan_to_num(pixels, copy=False, nan=0.0, posinf=largest, neginf=0.0)
    return pixels
