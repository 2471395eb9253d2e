"""The steps that change colours, for deep pictures: they do what their counterparts in ``workers/modules/`` do.

All of them are defined on encoded values, as sRGB has them. Light is encoded for them and decoded again, by the
curve of sRGB that goes on beyond 1, so that the part of a picture that eight bits hold comes out the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from shared.operations import Blur, Brightness, Contrast, Gamma, Grayscale, Invert, Saturation
from workers.deep import Deep, Pixels, mapped
from workers.scene import Scene
from workers.tone_mapping import to_light, to_srgb

_BT601 = np.array((0.299, 0.587, 0.114), np.float32)
_BLUR_PASSES = 3
_BLOCK_ROWS = 64


def brightness(deep: Deep, step: Brightness, scene: Scene) -> Deep:
    """Add the amount to every channel."""
    return _encoded(deep, lambda values: values + np.float32(step.amount / 255))


def contrast(deep: Deep, step: Contrast, scene: Scene) -> Deep:
    """Multiply the distance from the middle grey."""
    factor = np.float32(((100 + step.amount) / 100) ** 2)
    return _encoded(deep, lambda values: (values - np.float32(0.5)) * factor + np.float32(0.5))


def gamma(deep: Deep, step: Gamma, scene: Scene) -> Deep:
    """Raise every channel to the power of 1 / gamma."""
    return _encoded(deep, lambda values: np.power(np.maximum(values, 0), np.float32(1 / step.gamma)))


def invert(deep: Deep, step: Invert, scene: Scene) -> Deep:
    """Turn every channel round; what is brighter than white becomes black."""
    return _encoded(deep, lambda values: 1 - values) if step.on else deep


def grayscale(deep: Deep, step: Grayscale, scene: Scene) -> Deep:
    """Keep the luma."""
    if not step.on or deep.pixels.shape[2] < 3:
        return deep
    return _encoded(deep, lambda values: (values @ _BT601)[..., np.newaxis])


def saturation(deep: Deep, step: Saturation, scene: Scene) -> Deep:
    """Move every pixel on the line from its own grey through its colour."""
    if deep.pixels.shape[2] < 3:
        return deep
    strength = np.float32(1 + step.amount / 100)
    return _encoded(deep, lambda values: values * strength + (values @ _BT601)[..., np.newaxis] * (1 - strength))


def blur(deep: Deep, step: Blur, scene: Scene) -> Deep:
    """Blur colours and alpha as Pillow does, light as light."""
    if not step.sigma:
        return deep
    made = np.empty(deep.pixels.shape, np.float32)
    radius = _box_radius(step.sigma)
    for channel in range(deep.pixels.shape[2]):
        across = _boxes(deep.pixels[..., channel], radius)
        made[..., channel] = _boxes(across.T, radius).T
    return Deep(pixels=made, is_light=deep.is_light)


def _encoded(deep: Deep, curve: Callable[[Pixels], Pixels]) -> Deep:
    if deep.is_light:
        return mapped(deep, lambda light: to_light(np.maximum(curve(to_srgb(light)), 0)))
    return mapped(deep, lambda values: np.clip(curve(values), 0, 1))


def _box_radius(sigma_px: float) -> float:
    """The radius of boxes that blur as much in three passes.

    Source: P. Gwosdek, S. Grewenig, A. Bruhn and J. Weickert, "Theoretical Foundations of Gaussian Convolution by
    Extended Box Filtering", 2011, equation 14.
    """
    variance = sigma_px**2 / _BLUR_PASSES
    whole = math.floor((math.sqrt(12 * variance + 1) - 1) / 2)
    part = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance) / (6 * (variance - (whole + 1) ** 2))
    return whole + part


def _boxes(plane: npt.NDArray[np.float32], radius: float) -> npt.NDArray[np.float32]:
    """Average along the rows, three times. Beyond its ends a row goes on as it ends."""
    whole = int(radius)
    weight, edge = 1 / (2 * radius + 1), (radius - whole) / (2 * radius + 1)
    made = np.empty(plane.shape, np.float32)
    for top in range(0, plane.shape[0], _BLOCK_ROWS):
        rows = plane[top : top + _BLOCK_ROWS].astype(np.float64)
        for _ in range(_BLUR_PASSES):
            wide = np.pad(rows, ((0, 0), (whole + 1, whole + 1)), "edge")
            sums = np.pad(np.cumsum(wide, axis=1), ((0, 0), (1, 0)))
            inner = sums[:, 2 * whole + 2 : -1] - sums[:, 1 : -2 * whole - 2]
            rows = weight * inner + edge * (wide[:, : -2 * whole - 2] + wide[:, 2 * whole + 2 :])
        made[top : top + _BLOCK_ROWS] = rows
    return made
