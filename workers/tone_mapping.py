"""How light is shown: brought from any range into that of a screen, encoded as sRGB, and back again.

The operator is Reinhard's, extended by a white: E. Reinhard, M. Stark, P. Shirley and J. Ferwerda, "Photographic
Tone Reproduction for Digital Images", ACM Transactions on Graphics 21 (3), 2002, equation 4. It scales a pixel by
its luminance L to ``L * (1 + L / white²) / (1 + L)``, which keeps the hue where no channel passes white. White is
the luminance that all but one in a thousand pixels stay below, and never less than 1: where nothing is brighter
than 1 the operator does nothing, and a picture that was made of sRGB becomes the same sRGB. Where half of its
pixels are brighter than 1, its numbers mean some other unit, and it is darkened first until its median is 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from workers.deep import Deep, Pixels, mapped
from workers.primaries import LUMINANCE

_WHITE_PERCENTILE = 99.9
_SAMPLE_PX = 1 << 19
_TABLE_TOP = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """How the light of one picture is brought into the range of a screen."""

    exposure: float
    white: float

    @classmethod
    def of(cls, deep: Deep) -> Operator:
        """Look at a picture of light, or at an even sample of its pixels."""
        height, width = deep.pixels.shape[:2]
        step = max(1, int((height * width / _SAMPLE_PX) ** 0.5))
        seen = _luminance(Deep(pixels=deep.pixels[::step, ::step], is_light=True).colours()).astype(np.float64)
        exposure = 1 / max(1.0, float(np.median(seen)))
        white = float(np.percentile(seen, _WHITE_PERCENTILE)) * exposure
        return cls(exposure=exposure, white=max(1.0, white))

    def __call__(self, colours: Pixels) -> Pixels:
        """Return light from 0 to 1."""
        if self.white == 1.0 and self.exposure == 1.0:
            return np.clip(colours, 0, 1)
        # Negative light, as of colours outside the file's primaries, is none.
        light = np.maximum(colours, 0) * np.float32(self.exposure)
        luminance = _luminance(light)[..., np.newaxis]
        light *= (1 + luminance * np.float32(self.white**-2)) / (1 + luminance)
        return np.minimum(light, 1, out=light)


def shown(deep: Deep) -> Deep:
    """Return the picture encoded as sRGB, tone mapped if it is light."""
    if not deep.is_light:
        return deep
    operator = Operator.of(deep)
    return mapped(deep, lambda colours: to_srgb(operator(colours)), is_light=False)


def in_light(deep: Deep) -> Deep:
    """Return the picture as light: the inverse of encoding."""
    return deep if deep.is_light else mapped(deep, to_light, is_light=True)


def eight_bits(deep: Deep) -> Image.Image:
    """Return what is shown, rounded to eight bits a channel: a frame of mode L, LA, RGB or RGBA."""
    operator = Operator.of(deep) if deep.is_light else None
    made = Image.new(deep.mode, deep.size)
    for rows, block in deep.blocks():
        values = np.empty(block.pixels.shape, np.uint8)
        colours = block.colours()
        channels = colours.shape[2]
        if operator is not None:
            values[..., :channels] = _TABLE[(operator(colours) * _TABLE_TOP + 0.5).astype(np.uint16)]
        else:
            values[..., :channels] = np.clip(colours, 0, 1) * 255 + 0.5
        if block.has_alpha:
            values[..., -1] = np.clip(block.pixels[..., -1], 0, 1) * 255 + 0.5
        made.paste(Image.fromarray(values[..., 0] if deep.mode == "L" else values), (0, rows.start))
    return made


def to_srgb(light: Pixels) -> Pixels:
    """Encode light from 0 on, as IEC 61966-2-1 does up to 1 and as its curve goes on beyond."""
    curve = np.float32(1.055) * np.power(np.maximum(light, 0), np.float32(1 / 2.4)) - np.float32(0.055)
    return np.where(light <= 0.0031308, light * np.float32(12.92), curve).astype(np.float32, copy=False)


def to_light(encoded: Pixels) -> Pixels:
    """Do the inverse of ``to_srgb``."""
    curve = np.power((np.maximum(encoded, 0) + np.float32(0.055)) / np.float32(1.055), np.float32(2.4))
    return np.where(encoded <= 0.04045, encoded / np.float32(12.92), curve).astype(np.float32, copy=False)


def _luminance(colours: Pixels) -> Pixels:
    if colours.shape[2] == 1:
        return colours[..., 0]
    luminance: Pixels = colours @ np.array(LUMINANCE, np.float32)
    return luminance


def _table() -> npt.NDArray[np.uint8]:
    """Eight bits of sRGB for light in 65536 steps: too fine to be seen, even in the shadows."""
    light = np.arange(_TABLE_TOP + 1, dtype=np.float32) / np.float32(_TABLE_TOP)
    table: npt.NDArray[np.uint8] = np.rint(to_srgb(light) * 255).astype(np.uint8)
    return table


_TABLE = _table()
