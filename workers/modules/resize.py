"""Changes the size: how the box of a ``Resize`` is filled. The resampling itself is in ``resample.py``."""

from __future__ import annotations

from PIL import Image

from shared.operations import Resize
from shared.parameters import CENTER, Point
from workers.focus import focus_point
from workers.geometry import cover_region, place, result_size, target_size
from workers.modules.canvas import lay
from workers.modules.resample import scaled
from workers.registry import module
from workers.scene import Scene


@module(Resize)
def resize(frame: Image.Image, step: Resize, scene: Scene) -> Image.Image:
    """Scale the frame into, over or onto the box.

    Every fit but ``pad`` also works on frames whose colours are not converted yet: ``CMYK``, ``YCbCr``, ``LAB``,
    ``I;16``, ``I`` and ``F``.
    """
    target, result = target_size(step, *frame.size), result_size(step, *frame.size)
    scene.check_size(*result)
    if target == result:
        return scaled(frame, target, filter_name=step.filter)
    if step.fit == "cover":
        # Straight from the part that will be seen: the target may be far larger than the limits allow.
        region = cover_region(frame.size, result, focus_point(frame, step, result, scene))
        return scaled(frame, result, filter_name=step.filter, region=region)
    picture = scaled(frame, target, filter_name=step.filter)
    # Padding cuts nothing off: there is nothing to look for.
    gravity = step.gravity if isinstance(step.gravity, Point) else CENTER
    return lay(picture, on=step.bg, size=result, at=place(target, result, gravity))
