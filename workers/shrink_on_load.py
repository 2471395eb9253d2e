"""Lets the JPEG decoder do part of a reduction: it can decode at a half, a quarter or an eighth for less work.

What the decoder makes is treated as what it is, a smaller rendition of the whole picture: sizes and regions are
computed from the full size, so that the result differs from the long way's in its pixels only, never its geometry.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from PIL import Image

from shared.formats import JPEG
from shared.operation import Operation
from shared.operations import Resize
from shared.parameters import Length
from workers.focus import focus_point, least_px
from workers.geometry import Region, Size, cover_region, result_size, target_size
from workers.modules.resample import scaled
from workers.opening import Opened
from workers.orientation import upright_margin, upright_size
from workers.scene import Scene

# How much must be left to the filter. Likeness to the long way's result (SSIM of luma, three photographs decoded
# at a half, a quarter and an eighth): at least 0.990 with 1.5 left, 0.993 with 1.8, 0.994 with 2, 0.996 with 3.
_LEAST_LEFT = 1.8
_SCALES = (8, 4, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk:
    """How a picture was decoded smaller, and the step that is still to be finished with it."""

    step: Resize
    full: Size
    """The picture's size, upright."""
    scale: int
    orientation: int

    def finish(self, frame: Image.Image, scene: Scene) -> tuple[Image.Image, Operation | None]:
        """Do the step on the upright frame; return what is left to be done of it, if anything."""
        target, result = target_size(self.step, *self.full), result_size(self.step, *self.full)
        scene.check_size(*result)
        whole = self._on(frame, Region(0, 0, *self.full))
        if target != result and self.step.fit == "cover":
            gravity = focus_point(frame, self.step, result, scene, region=whole)
            seen = self._on(frame, cover_region(self.full, result, gravity))
            return scaled(frame, result, filter_name=self.step.filter, region=seen), None
        resized = scaled(frame, target, filter_name=self.step.filter, region=whole)
        if target == result:
            return resized, None
        width, height = (Length(side) for side in result)
        return resized, dataclasses.replace(self.step, width=width, height=height, dpr=1.0)

    def _on(self, frame: Image.Image, region: Region) -> Region:
        """Find a region of the full picture on the frame. Its last blocks may reach beyond the picture's edge."""
        width, height = (side / self.scale for side in upright_size(self.full, self.orientation))
        raw_width, raw_height = upright_size(frame.size, self.orientation)
        left, top = upright_margin((raw_width - width, raw_height - height), self.orientation)
        return Region(
            left + region.left / self.scale,
            top + region.top / self.scale,
            min(left + region.right / self.scale, frame.width),
            min(top + region.bottom / self.scale, frame.height),
        )


def shrink(opened: Opened, step: Operation | None) -> Shrunk | None:
    """Tell the decoder to decode smaller, if ``step``, the first of the plan, leaves room for it."""
    if opened.format is not JPEG or not isinstance(step, Resize) or step.filter == "nearest":
        return None
    orientation = opened.orientation
    full = upright_size(opened.image.size, orientation)
    target = target_size(step, *full)
    shrinks_by = min(full[0] / target[0], full[1] / target[1])
    width, height = opened.image.size
    for_focus = math.sqrt(width * height / max(1, least_px(step)))
    scale = next((scale for scale in _SCALES if shrinks_by >= scale * _LEAST_LEFT and for_focus >= scale), 1)
    if scale == 1 or min(width, height) < scale:
        return None
    opened.image.draft(None, (width // scale, height // scale))
    return Shrunk(step=step, full=full, scale=scale, orientation=orientation)
