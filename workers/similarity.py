"""How much two pictures look alike: structural similarity (SSIM; Wang, Bovik, Sheikh, Simoncelli, 2004) of luma.

Windows of 8×8 pixels, four apart, are compared at full and at half size, and pooled by their root mean square
rather than their mean, so that empty areas do not outvote a damaged one. Chosen by how well ranks agree with
SSIMULACRA 2 over three photographs and a drawing as JPEG, WebP and AVIF at nine qualities each (Spearman):

    mean SSIM, 8×8 windows    0.923     root mean square, full size            0.972
    mean SSIM, Gaussian       0.911     root mean square, full and half        0.983
    MS-SSIM                   0.915     the same, half size counting twice     0.986
    PSNR                      0.976

Means lose on the drawing with its empty ground; on photographs alone they reach 0.975 to 0.988, this one 0.991.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

WINDOW_PX = 8
_CELL_PX = 4
"""Windows are made of cells, two by two, and overlap by one."""
_HALF_SIZE_COUNTS = 2
_MEAN_CONSTANT, _SPREAD_CONSTANT = (0.01 * 255) ** 2, (0.03 * 255) ** 2

_Plane = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class _Scale:
    """One size of the picture that others are compared to."""

    plane: _Plane
    means: _Plane
    spreads: _Plane

    @classmethod
    def of(cls, plane: _Plane) -> _Scale:
        means = _window_means(plane)
        return cls(plane, means, _window_means(plane * plane) - means * means)

    def similarities(self, other: _Plane) -> _Plane:
        """SSIM of every window."""
        means = _window_means(other)
        spreads = _window_means(other * other) - means * means
        together = _window_means(self.plane * other) - self.means * means
        light = (2 * self.means * means + _MEAN_CONSTANT) / (self.means**2 + means**2 + _MEAN_CONSTANT)
        structure = (2 * together + _SPREAD_CONSTANT) / (self.spreads + spreads + _SPREAD_CONSTANT)
        similarities: _Plane = light * structure
        return similarities


class Likeness:
    """Compares others to one picture of mode ``L``, whose own share of the work is done once."""

    __slots__ = ("_full", "_half", "_size")

    def __init__(self, original: Image.Image) -> None:
        plane = _plane(original)
        self._size = original.size
        self._full, self._half = _Scale.of(plane), _Scale.of(_halved(plane))

    def of(self, other: Image.Image) -> float:
        """Say how alike a picture of the same size and mode is: 1 is equal, below 0.95 everybody sees it."""
        if other.size != self._size:
            raise ValueError(f"{other.size} is compared to {self._size}")
        plane = _plane(other)
        full = _pooled(self._full.similarities(plane))
        half = _pooled(self._half.similarities(_halved(plane)))
        return 1 - (full + _HALF_SIZE_COUNTS * half) / (1 + _HALF_SIZE_COUNTS)


def _pooled(similarities: _Plane) -> float:
    return float(np.sqrt(np.mean(np.square(1 - similarities, dtype=np.float64))))


def _plane(picture: Image.Image) -> _Plane:
    """The levels, the last ones repeated until there are whole cells, and one window at half size."""
    plane = np.asarray(picture, dtype=np.float32)
    missing = [max(2 * WINDOW_PX - side, -side % (2 * _CELL_PX)) for side in plane.shape]
    return np.pad(plane, [(0, missing[0]), (0, missing[1])], mode="edge") if any(missing) else plane


def _halved(plane: _Plane) -> _Plane:
    rows = plane[0::2] + plane[1::2]
    halved: _Plane = (rows[:, 0::2] + rows[:, 1::2]) / 4
    return halved


def _window_means(plane: _Plane) -> _Plane:
    rows = plane[0::4] + plane[1::4] + plane[2::4] + plane[3::4]
    cells = rows[:, 0::4] + rows[:, 1::4] + rows[:, 2::4] + rows[:, 3::4]
    pairs = cells[1:] + cells[:-1]
    means: _Plane = (pairs[:, 1:] + pairs[:, :-1]) / WINDOW_PX**2
    return means
