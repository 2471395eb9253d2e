"""Cuts frames smaller: out of a rectangle that was asked for, or out of a border that was found."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageMath

from shared.operations import Crop, Trim
from workers.geometry import crop_box
from workers.modules.canvas import has_alpha
from workers.registry import module
from workers.scene import Scene

_DEEP_MODES = frozenset(("I;16", "I;16B", "I"))
_DEEP_STEP = 257
"""How large a step of eight bits is in them: 65535 is white."""

_Box = tuple[int, int, int, int]


@module(Crop)
def crop(frame: Image.Image, step: Crop, scene: Scene) -> Image.Image:
    """Cut out the rectangle. Works in every mode. Raises BadParameterError when it lies outside the frame."""
    if step.box is None:
        return frame
    return _cropped(frame, crop_box(step.box, *frame.size))


@module(Trim)
def trim(frame: Image.Image, step: Trim, scene: Scene) -> Image.Image:
    """Cut off the border of the first frame's top left colour; a frame that is all border stays whole.

    Pixels that cannot be seen count as equal, whatever their colour. Works in every mode but ``1`` and ``P``.
    """
    tolerance = step.tolerance
    if tolerance is None:
        return frame
    box = scene.once(step, lambda: _content_box(frame, tolerance))
    return frame if box is None else _cropped(frame, box)


def _cropped(frame: Image.Image, box: _Box) -> Image.Image:
    return frame if box == (0, 0, *frame.size) else frame.crop(box)


def _content_box(frame: Image.Image, tolerance: int) -> _Box | None:
    """The smallest box around all pixels that differ from the top left one; None when no pixel does."""
    if has_alpha(frame.mode):
        alpha = frame.getchannel("A")
        if alpha.getpixel((0, 0)) == 0:
            return _farther_than(alpha, tolerance).getbbox()
        frame = _with_border_colour_where_unseen(frame, alpha)
    border = _corner_everywhere(frame)
    if frame.mode in _DEEP_MODES:
        return _box_of_deep_difference(frame, border, tolerance * _DEEP_STEP)
    return _farther_than(ImageChops.difference(frame, border), tolerance).getbbox(alpha_only=False)


def _farther_than(difference: Image.Image, tolerance: int) -> Image.Image:
    table = [0 if value <= tolerance else 255 for value in range(256)]
    return difference.point(table * len(difference.getbands()))


def _with_border_colour_where_unseen(frame: Image.Image, alpha: Image.Image) -> Image.Image:
    """A copy whose fully transparent pixels have the border's colour, so that only their alpha counts."""
    copy = _corner_everywhere(frame)
    copy.putalpha(0)
    copy.paste(frame, mask=_farther_than(alpha, 0))
    return copy


def _corner_everywhere(frame: Image.Image) -> Image.Image:
    """A frame of the same size and mode, all of it like the top left pixel."""
    return frame.crop((0, 0, 1, 1)).resize(frame.size, Image.Resampling.NEAREST)


def _box_of_deep_difference(frame: Image.Image, border: Image.Image, tolerance: int) -> _Box | None:
    far: Image.Image = ImageMath.lambda_eval(
        lambda images: abs(images["frame"] - images["border"]) > tolerance,
        frame=frame.convert("I"),
        border=border.convert("I"),
    )
    return far.getbbox()
