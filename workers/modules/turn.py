"""Turns and mirrors frames."""

from __future__ import annotations

from PIL import Image
from PIL.Image import Resampling, Transform, Transpose

from shared.operations import Flip, Rotate
from workers.geometry import Size, rotated_size, turned_back
from workers.modules.canvas import PREMULTIPLIED, blank, in_mode, mode_beside
from workers.registry import module
from workers.scene import Scene

# Pillow turns counter-clockwise, we turn clockwise.
_RIGHT_ANGLES = {90: Transpose.ROTATE_270, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_90}
_FLIPS = {"h": Transpose.FLIP_LEFT_RIGHT, "v": Transpose.FLIP_TOP_BOTTOM, "hv": Transpose.ROTATE_180}


@module(Flip)
def flip(frame: Image.Image, step: Flip, scene: Scene) -> Image.Image:
    """Mirror the frame: no pixel changes its value."""
    return frame.transpose(_FLIPS[step.axes]) if step.axes else frame


@module(Rotate)
def rotate(frame: Image.Image, step: Rotate, scene: Scene) -> Image.Image:
    """Turn the frame clockwise; at right angles no pixel changes its value.

    At other angles the canvas grows to hold all of it. The corners take the step's colour, which gives the frame
    alpha unless it is opaque; the frame's own alpha stays. The edges are antialiased.
    """
    angle = step.angle % 360
    if angle == 0:
        return frame
    if angle in _RIGHT_ANGLES:
        return frame.transpose(_RIGHT_ANGLES[int(angle)])
    size = rotated_size(*frame.size, angle)
    scene.check_size(*size)
    mode = mode_beside(frame.mode, step.bg)
    mixing = PREMULTIPLIED.get(mode, mode)
    picture = in_mode(in_mode(frame, mode), mixing)
    corners = in_mode(blank(mode, size, step.bg), mixing)
    inside = Image.new("L", frame.size, 255)
    return in_mode(
        Image.composite(
            _turned(_with_repeated_edge(picture), size, angle, Resampling.BICUBIC),
            corners,
            _turned(_with_black_edge(inside), size, angle, Resampling.BILINEAR),
        ),
        mode,
    )


def _turned(frame: Image.Image, size: Size, angle: float, resampling: Resampling) -> Image.Image:
    return frame.transform(size, Transform.AFFINE, turned_back(frame.size, size, angle), resampling)


def _with_repeated_edge(frame: Image.Image) -> Image.Image:
    """One more pixel on every side, like its neighbour: colours for those that the edge crosses."""
    width, height = frame.size
    wider = Image.new(frame.mode, (width + 2, height + 2))
    wider.paste(frame, (1, 1))
    wider.paste(frame.crop((0, 0, 1, height)), (0, 1))
    wider.paste(frame.crop((width - 1, 0, width, height)), (width + 1, 1))
    wider.paste(wider.crop((0, 1, width + 2, 2)), (0, 0))
    wider.paste(wider.crop((0, height, width + 2, height + 1)), (0, height + 1))
    return wider


def _with_black_edge(mask: Image.Image) -> Image.Image:
    """One more black pixel on every side: interpolated, the mask tells how much of a pixel lies inside."""
    wider = Image.new("L", (mask.width + 2, mask.height + 2))
    wider.paste(mask, (1, 1))
    return wider
