"""Adds a border."""

from __future__ import annotations

from PIL import Image

from shared.operations import Pad
from workers.modules.canvas import lay
from workers.registry import module
from workers.scene import Scene


@module(Pad)
def pad(frame: Image.Image, step: Pad, scene: Scene) -> Image.Image:
    """Put the frame on a canvas that is larger by the border's widths.

    A border that is not opaque gives the frame alpha; one that is not grey makes a grey frame RGB.
    """
    top, right, bottom, left = step.sides
    size = (left + frame.width + right, top + frame.height + bottom)
    if size == frame.size:
        return frame
    scene.check_size(*size)
    return lay(frame, on=step.bg, size=size, at=(left, top))
