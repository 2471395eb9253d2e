"""Which steps keep a picture's depth, and whether a job as a whole does.

Everything else is done in eight bits: the operations' functions work on Pillow's images. A job keeps depth when
the source is deep, the result can hold it, and each step is one of those below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shared.formats import Format
from shared.operation import Operation
from shared.operations import (
    Background,
    Blur,
    Brightness,
    Contrast,
    Crop,
    Flip,
    Gamma,
    Grayscale,
    Invert,
    Pad,
    Resize,
    Rotate,
    Saturation,
    Trim,
)
from shared.parameters import Point
from shared.plan import Plan
from workers import deep_geometry, deep_tone, icc
from workers.deep import Deep
from workers.frames import Selection
from workers.metadata import kept_exif
from workers.opening import Opened
from workers.picture import DeepPicture
from workers.scene import Scene

_DEEP_MODULES: dict[type[Operation], Callable[[Deep, Any, Scene], Deep]] = {
    Background: deep_geometry.background,
    Crop: deep_geometry.crop,
    Flip: deep_geometry.flip,
    Pad: deep_geometry.pad,
    Resize: deep_geometry.resize,
    Rotate: deep_geometry.rotate,
    Trim: deep_geometry.trim,
    Blur: deep_tone.blur,
    Brightness: deep_tone.brightness,
    Contrast: deep_tone.contrast,
    Gamma: deep_tone.gamma,
    Grayscale: deep_tone.grayscale,
    Invert: deep_tone.invert,
    Saturation: deep_tone.saturation,
}


def keeps_depth(source: Opened, plan: Plan, target: Format | None, selection: Selection) -> bool:
    """Whether the job's result has more than eight bits a channel.

    Of documents it is the first page that can. Colours of a profile that the result does not keep have to be
    converted, which is done in eight bits: right colours come before fine ones.
    """
    return (
        source.deep_mode is not None
        and target is not None
        and target.bits > 8
        and (selection.first, selection.count) == (0, 1)
        and plan.tail.max_bytes is None
        and all(map(_is_deep, plan.steps))
        and (not _has_own_colours(source, source.deep_mode) or _keeps_profile(plan, target))
    )


def apply(deep: Deep, steps: Sequence[Operation], *, orientation: int, scene: Scene) -> Deep:
    """Take a picture through the steps, turning it upright first."""
    deep = deep_geometry.upright(deep, orientation)
    for step in steps:
        deep = _DEEP_MODULES[type(step)](deep, step, scene)
    scene.check_size(*deep.size)
    return deep


def deep_picture(deep: Deep, *, source: Opened, plan: Plan, target: Format) -> DeepPicture:
    """Say with the result what is to be kept of its source."""
    profile = source.profile if _keeps_profile(plan, target) and not _is_light(source) else None
    space = icc.space(profile) if profile is not None else None
    is_grey = deep.pixels.shape[2] < 3
    if space == "RGB" and is_grey:
        deep = deep_geometry.in_colour(deep)
    elif space != ("GRAY" if is_grey else "RGB"):
        profile = None
    exif = kept_exif(source, keep=plan.tail.keep, size=deep.size) if target.exif else b""
    return DeepPicture(deep=deep, exif=exif, profile=profile)


def _is_deep(step: Operation) -> bool:
    """Whether a step can be done; what is looked for in a picture is looked for in eight bits."""
    return type(step) in _DEEP_MODULES and isinstance(getattr(step, "gravity", Point(0.5, 0.5)), Point)


def _is_light(source: Opened) -> bool:
    return (source.deep_mode or "").endswith("F")


def _has_own_colours(source: Opened, mode: str) -> bool:
    profile = None if _is_light(source) else source.profile
    return profile is not None and icc.to_srgb(profile, mode.partition(";")[0]) is not None


def _keeps_profile(plan: Plan, target: Format) -> bool:
    return plan.tail.keep in ("icc", "all") and target.icc
