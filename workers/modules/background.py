"""Lays frames on a colour."""

from __future__ import annotations

from PIL import Image

from shared.operations import Background
from workers.modules.canvas import blank, has_alpha, in_mode, mode_beside
from workers.registry import module
from workers.scene import Scene


@module(Background)
def background(frame: Image.Image, step: Background, scene: Scene) -> Image.Image:
    """Put the colour behind the frame; if it is opaque, no alpha is left. A frame without alpha stays as it is."""
    if not has_alpha(frame.mode) or step.bg.is_transparent:
        return frame
    mode = mode_beside(frame.mode, step.bg)
    if not step.bg.is_opaque:
        return Image.alpha_composite(blank(mode, frame.size, step.bg), in_mode(frame, mode))
    opaque = mode.removesuffix("A")
    canvas = blank(opaque, frame.size, step.bg)
    canvas.paste(in_mode(frame, opaque), mask=frame.getchannel("A"))
    return canvas
