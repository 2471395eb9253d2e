"""Answers where a resize that covers its box is to look, whatever its gravity says."""

from __future__ import annotations

from PIL import Image

from shared.operations import Resize
from shared.parameters import Point
from workers.focus import entropy, faces, smart
from workers.focus.glance import glance
from workers.geometry import Region, Size
from workers.scene import Scene

_GLANCE_PX = 128 * 128
_FACES_PX = 640 * 480


def focus_point(
    frame: Image.Image, step: Resize, result: Size, scene: Scene, *, region: Region | None = None
) -> Point:
    """Return the point that the part of the frame which becomes ``result`` is to be centred on.

    What is looked for is looked for in the first frame only: others would make an animation jump. ``region`` is
    where the picture lies on the frame, if it is not all of it.
    """
    gravity = step.gravity
    if isinstance(gravity, Point):
        return gravity
    region = region or Region(0, 0, *frame.size)
    return scene.once(step, lambda: _found(frame, region, gravity, result))


def least_px(step: Resize) -> int:
    """Say how many pixels of a picture have to be decoded for what is looked for in it to be found."""
    if step.fit != "cover" or isinstance(step.gravity, Point):
        return 0
    return _FACES_PX if step.gravity == "face" else _GLANCE_PX


def _found(frame: Image.Image, region: Region, gravity: str, result: Size) -> Point:
    share = _share(region, result)
    if gravity == "face":
        found = faces.find(glance(frame, region, pixels=_FACES_PX), share)
        if found is not None:
            return found
    look = entropy.find if gravity == "entropy" else smart.find
    return look(glance(frame, region, pixels=_GLANCE_PX), share)


def _share(region: Region, result: Size) -> Point:
    """How much of the region's sides the largest part has that has the result's aspect ratio."""
    aspect = (region.right - region.left) / (region.bottom - region.top)
    result_aspect = result[0] / result[1]
    return Point(min(1.0, result_aspect / aspect), min(1.0, aspect / result_aspect))
