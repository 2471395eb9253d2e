"""Which red, green, blue and white a file's numbers mean, and how they become those of Rec. 709.

Whites that differ are adapted (Bradford): a file's white is shown as white.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workers.deep import Pixels

_Matrix = npt.NDArray[np.float64]
_Point = tuple[float, float]


class Primaries(NamedTuple):
    """Chromaticities (CIE 1931 x and y) of the three primaries and of white."""

    red: _Point
    green: _Point
    blue: _Point
    white: _Point


REC709 = Primaries((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), (0.3127, 0.3290))
"""ITU-R BT.709, and so sRGB's."""
XYZ = Primaries((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), (1 / 3, 1 / 3))
"""The CIE's own: of a picture in X, Y and Z."""
LUMINANCE = (0.2126, 0.7152, 0.0722)
"""How much each of Rec. 709's primaries adds to luminance."""

_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_CLOSE = 2e-3
"""Files round their chromaticities; what differs by less is the same."""


def to_rec709(pixels: Pixels, primaries: Primaries) -> None:
    """Convert linear red, green and blue in place; primaries that make no sense are taken for Rec. 709's."""
    if (
        max(
            abs(a - b) for ours, its in zip(REC709, primaries, strict=True) for a, b in zip(ours, its, strict=True)
        )
        < _CLOSE
    ):
        return
    matrix = _matrix(primaries)
    if matrix is not None:
        for row in pixels:
            row[:, :3] = row[:, :3] @ matrix


def _matrix(primaries: Primaries) -> npt.NDArray[np.float32] | None:
    """The matrix that a row of pixels is multiplied by; None where there is none."""
    try:
        source, target = _to_xyz(primaries), _to_xyz(REC709)
        cone, wanted = _BRADFORD @ source.sum(axis=1), _BRADFORD @ target.sum(axis=1)
        adapted = np.linalg.inv(_BRADFORD) @ np.diag(wanted / cone) @ _BRADFORD
        matrix = np.linalg.inv(target) @ adapted @ source
    except (np.linalg.LinAlgError, ZeroDivisionError):
        return None
    return matrix.T.astype(np.float32) if np.isfinite(matrix).all() else None


def _to_xyz(primaries: Primaries) -> _Matrix:
    """Red, green and blue to X, Y and Z, so scaled that all three make white of luminance one."""
    columns = np.array([[x, y, 1 - x - y] for x, y in primaries[:3]]).T
    x, y = primaries.white
    return columns * np.linalg.solve(columns, np.array([x / y, 1.0, (1 - x - y) / y]))
