"""The faces of a picture, as many of them in view as fit.

They are found by OpenCV (Apache-2.0; the extra ``tintype[faces]``) with its cascade for faces that look into the
camera. It is loaded with the first picture whose faces are asked for, and stays: 200 MiB of address space, 40 of
memory and 60 ms. A fault in its native code ends the process, as one in any decoder would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from shared.errors import BadParameterError, OutOfMemoryError
from shared.parameters import Point
from workers.geometry import Region
from workers.limits import headroom_bytes

# Of OpenCV's frontal cascades one of the two that are surest of what they find; on photographs of people and of
# none it found all faces and nothing else, 80 to 120 ms on 640×480. A second one, for profiles, doubles the time.
_CASCADE = "haarcascade_frontalface_alt.xml"
_SCALE_STEP = 1.2
_LEAST_VOTES = 4
_LEAST_SIDE = 0.04
"""The smallest face, as a share of the picture's longer side."""
_TRAINED_SIDE_PX = 20

_NEEDED_BYTES = 224 << 20
"""Half-loaded libraries cannot be told from broken ones: better not begin."""


def find(
    picture: Image.Image, share: Point, *, detect: Callable[[Image.Image], Sequence[Region]] | None = None
) -> Point | None:
    """Say where the centre of the window with the most faces is; None if there are none.

    The largest face comes first; others follow as long as all are in view. ``share`` is how much of the picture's
    sides the window has, ``detect`` finds faces in its pixels.
    """
    faces = sorted((detect or detected)(picture), key=_area, reverse=True)
    if not faces:
        return None
    width, height = picture.size
    view = faces[0]
    for face in faces[1:]:
        both = _around(view, face)
        if both.right - both.left <= share.x * width and both.bottom - both.top <= share.y * height:
            view = both
    return Point((view.left + view.right) / 2 / width, (view.top + view.bottom) / 2 / height)


def detected(picture: Image.Image) -> list[Region]:
    """Find the faces, in the picture's pixels.

    Raises BadParameterError where OpenCV is not installed, OutOfMemoryError where there is no room for it.
    """
    pixels = np.asarray(picture.convert("L"))
    if min(pixels.shape) < _TRAINED_SIDE_PX:
        return []
    least = max(_TRAINED_SIDE_PX, round(_LEAST_SIDE * max(pixels.shape)))
    found = _classifier().detectMultiScale(
        pixels, scaleFactor=_SCALE_STEP, minNeighbors=_LEAST_VOTES, minSize=(least, least)
    )
    return [Region(*map(float, (x, y, x + width, y + height))) for x, y, width, height in found]


@cache
def _classifier() -> Any:  # noqa: ANN401 - OpenCV's own
    if headroom_bytes() < _NEEDED_BYTES:
        raise OutOfMemoryError(f"loading OpenCV takes about {_NEEDED_BYTES >> 20} MiB of address space")
    try:
        import cv2
        from cv2 import data
    except ModuleNotFoundError as error:
        allowed = "finding faces needs the extra faces where the server is installed"
        raise BadParameterError.of("g", "face", allowed) from error
    cv2.setNumThreads(1)  # the pool has a worker for each core
    return cv2.CascadeClassifier(data.haarcascades + _CASCADE)


def _area(region: Region) -> float:
    return (region.right - region.left) * (region.bottom - region.top)


def _around(one: Region, other: Region) -> Region:
    return Region(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )
