"""Saturation and hue: matrices that mix the colour channels. Grey frames have no colours to mix and stay."""

from __future__ import annotations

import math

from PIL import Image

from shared.operations import Hue, Saturation
from workers.modules.channel_matrix import Row, mixed
from workers.registry import module
from workers.scene import Scene

_BT601: Row = (0.299, 0.587, 0.114)


@module(Saturation)
def saturation(frame: Image.Image, step: Saturation, scene: Scene) -> Image.Image:
    """Move every pixel on the line from its own grey (luma of BT.601) through its colour."""
    strength = 1 + step.amount / 100
    rows = [[(1 - strength) * luma for luma in _BT601] for _ in range(3)]
    for channel, row in enumerate(rows):
        row[channel] += strength
    return _mixed(frame, *((row[0], row[1], row[2]) for row in rows))


@module(Hue)
def hue(frame: Image.Image, step: Hue, scene: Scene) -> Image.Image:
    """Turn the hues as ``hue-rotate`` does.

    Source: Filter Effects Module Level 1, section 9.6 (feColorMatrix, hueRotate).
    """
    cos, sin = math.cos(math.radians(step.angle)), math.sin(math.radians(step.angle))
    return _mixed(
        frame,
        (
            0.213 + cos * 0.787 - sin * 0.213,
            0.715 - cos * 0.715 - sin * 0.715,
            0.072 - cos * 0.072 + sin * 0.928,
        ),
        (
            0.213 - cos * 0.213 + sin * 0.143,
            0.715 + cos * 0.285 + sin * 0.140,
            0.072 - cos * 0.072 - sin * 0.283,
        ),
        (
            0.213 - cos * 0.213 - sin * 0.787,
            0.715 - cos * 0.715 + sin * 0.715,
            0.072 + cos * 0.928 + sin * 0.072,
        ),
    )


def _mixed(frame: Image.Image, red: Row, green: Row, blue: Row) -> Image.Image:
    return mixed(frame, red, green, blue) if frame.mode in ("RGB", "RGBA") else frame
