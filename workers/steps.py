"""Takes frames through a plan's steps, turning them upright first and into sRGB at the best moment.

Converting colours costs by the pixel, so that leading steps which only move pixels about run before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import takewhile

from PIL import Image

from shared.errors import ServiceError
from shared.operation import Operation
from shared.operations import Crop, Resize, Trim
from workers import colour, icc
from workers.opening import Opened
from workers.orientation import upright
from workers.registry import MODULES
from workers.scene import Scene
from workers.shrink_on_load import Shrunk


class Steps:
    """The steps of one plan for the frames of one image, to be applied to each in turn.

    With ``keeps_profile`` pixels stay in the colours of the image's own ICC profile, where that is possible.
    """

    def __init__(
        self,
        steps: Sequence[Operation],
        *,
        source: Opened,
        scene: Scene,
        shrunk: Shrunk | None,
        keeps_profile: bool,
    ) -> None:
        self._steps = steps
        self._source = source
        self._scene = scene
        self._shrunk = shrunk
        self._keeps_profile = keeps_profile

    def apply(self, image: Image.Image) -> Image.Image:
        """Return what becomes of a decoded frame: a frame of mode L, LA, RGB or RGBA."""
        image = upright(colour.expanded(image), self._orientation)
        steps = list(self._steps)
        if self._shrunk is not None:
            image, unfinished = self._shrunk.finish(image, self._scene)
            steps[:1] = [unfinished] if unfinished is not None else []
        leading = list(takewhile(_only_moves_pixels, steps))
        image = self._through(leading, image)
        image = self._coloured(image)
        image = self._through(steps[len(leading) :], image)
        self._scene.check_size(*image.size)
        if self.kept_profile is not None and self._described == "RGB" and image.mode in ("L", "LA"):
            return image.convert(image.mode.replace("L", "RGB"))
        return image

    @cached_property
    def kept_profile(self) -> bytes | None:
        """The profile whose colours the frames still have; known once the first frame is decoded."""
        if not self._keeps_profile or self._described is None:
            return None
        is_grey = self._source.image.mode in ("1", "L", "LA", "I;16", "I", "F")
        fits = self._described == "RGB" or (self._described == "GRAY" and is_grey)
        return self._source.profile if fits and self._source.image.mode not in ("CMYK", "LAB") else None

    @cached_property
    def _described(self) -> str | None:
        profile = self._source.profile
        return icc.space(profile) if profile is not None else None

    @cached_property
    def _orientation(self) -> int:
        # Asked for with the first frame, when the whole of it has been read.
        return self._shrunk.orientation if self._shrunk is not None else self._source.orientation

    def _coloured(self, image: Image.Image) -> Image.Image:
        profile = None if self.kept_profile is not None else self._source.profile
        return colour.to_srgb(image, profile=profile)

    def _through(self, steps: Sequence[Operation], image: Image.Image) -> Image.Image:
        for step in steps:
            module = MODULES.get(type(step))
            if module is None:
                raise ServiceError(f"no module does {step.text}")
            image = module(image, step, self._scene)
        return image


def _only_moves_pixels(step: Operation) -> bool:
    """Whether a step knows no colours of its own: padding has one."""
    return isinstance(step, Trim | Crop) or (isinstance(step, Resize) and step.fit != "pad")
