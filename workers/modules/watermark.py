"""Lays another image upon frames: once, or as a pattern that covers them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

from shared.operations import Watermark
from workers.geometry import Size, place
from workers.modules.composite import with_layer, without_unused_colours
from workers.modules.resample import scaled
from workers.overlays import decoded_overlay
from workers.registry import module
from workers.scene import Scene


@module(Watermark)
def watermark(frame: Image.Image, step: Watermark, scene: Scene) -> Image.Image:
    """Lay the image that the step names on the frame; it is decoded and scaled once for all frames.

    The frame gets no alpha by it, and colours only if the watermark has some. Raises BadParameterError where there
    is no such image, or it cannot be decoded.
    """
    name = step.image
    if name is None or not step.opacity:
        return frame
    mark = scene.once(step, lambda: _mark(name, step, scene, frame.size))
    return with_layer(frame, mark.picture, at=mark.points)


def _mark(name: str, step: Watermark, scene: Scene, frame: Size) -> _Mark:
    return _Mark.made(decoded_overlay(name, scene.overlays, limits=scene.limits), step, frame)


@dataclass(frozen=True, slots=True)
class _Mark:
    """What is laid on every frame, and where its top left corner comes to lie."""

    picture: Image.Image
    points: Iterable[tuple[int, int]]

    @classmethod
    def made(cls, overlay: Image.Image, step: Watermark, frame: Size) -> _Mark:
        # Copies keep the margin from each other, and none from the edges.
        margins = (0, 0) if step.repeat else _margins(step.margin, frame)
        room = (frame[0] - 2 * margins[0], frame[1] - 2 * margins[1])
        picture = scaled(overlay, _size(overlay.size, step.scale * frame[0], room))
        picture = _faded(without_unused_colours(picture), step.opacity)
        left, top = place(picture.size, room, step.position)
        if not step.repeat:
            return cls(picture, ((margins[0] + left, margins[1] + top),))
        rows = _starts(top, period=picture.height + step.margin, length=frame[1])
        return cls(_row(picture, left, step.margin, frame[0]), tuple((0, row) for row in rows))


def _margins(margin: int, frame: Size) -> tuple[int, int]:
    """The margin on either axis, as far as the frame has room for it and one pixel between."""
    return min(margin, (frame[0] - 1) // 2), min(margin, (frame[1] - 1) // 2)


def _size(overlay: Size, width_px: float, room: Size) -> Size:
    """That width, or its own for 0, and never more than there is room for; the aspect ratio stays."""
    asked = width_px / overlay[0] if width_px else 1.0
    factor = min(asked, room[0] / overlay[0], room[1] / overlay[1])
    return max(1, round(overlay[0] * factor)), max(1, round(overlay[1] * factor))


def _faded(picture: Image.Image, opacity: float) -> Image.Image:
    if opacity < 1:
        picture.putalpha(picture.getchannel("A").point([round(alpha * opacity) for alpha in range(256)]))
    return picture


def _starts(start: int, *, period: int, length: int) -> range:
    """Where copies begin that lie ``period`` apart, one of them at ``start``, and cover the length."""
    return range(start % period - period, length, period)


def _row(picture: Image.Image, left: int, gap: int, width: int) -> Image.Image:
    """Copies side by side, as wide as the frame, which is covered row by row: no layer needs to be as large."""
    row = Image.new(picture.mode, (width, picture.height))
    for start in _starts(left, period=picture.width + gap, length=width):
        row.paste(picture, (start, 0))
    return row
