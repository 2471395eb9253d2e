"""Writes upon frames. Lines and letters are made in ``workers/line_breaking.py`` and ``workers/lettering.py``."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PIL import Image, ImageDraw

from shared.colours import Colour
from shared.operations import Text
from workers.fonts import bundled, system_faces
from workers.geometry import Size, place
from workers.lettering import Lettering
from workers.line_breaking import broken
from workers.modules.composite import with_layer
from workers.registry import module
from workers.scene import Scene

_FALLBACK = "sans"
"""Of our fonts the one with the most characters."""


@module(Text)
def text(frame: Image.Image, step: Text, scene: Scene) -> Image.Image:
    """Write the text on the frame; it is drawn once for all frames.

    Lines are broken where they would come too near to the edges; those for which the frame is not high enough are
    left out. The frame gets no alpha by it, and colours only if the letters have one.
    """
    content = step.content
    if content is None or step.color.is_transparent:
        return frame
    written = scene.once(step, lambda: _Written.made(content, step, frame.size))
    return frame if written is None else with_layer(frame, written.layer, at=[written.at])


@dataclass(frozen=True, slots=True)
class _Written:
    """The letters in their colour, and where their top left corner comes to lie."""

    layer: Image.Image
    at: tuple[int, int]

    @classmethod
    def made(cls, content: str, step: Text, frame: Size) -> _Written | None:
        """None when nothing of it is to be seen."""
        mask = _mask(content, step, frame)
        box = mask.getbbox()
        if box is None:
            return None
        return cls(_coloured(mask.crop(box), step.color), box[:2])


def _mask(content: str, step: Text, frame: Size) -> Image.Image:
    """The letters in white, at their place on a black canvas as large as the frame."""
    margin = min(step.size // 2, min(frame) // 10)
    room = (frame[0] - 2 * margin, frame[1] - 2 * margin)
    faces = (bundled(step.font), bundled(_FALLBACK))
    lettering = Lettering(faces, size_px=step.size, system=system_faces())
    max_lines = max(1, room[1] // lettering.line_px)
    lines = broken(content, max_width_px=room[0], max_lines=max_lines, width_px=lettering.width_px)
    block = (math.ceil(max(map(lettering.width_px, lines))), len(lines) * lettering.line_px)
    left, top = place(block, room, step.position)
    mask = Image.new("L", frame)
    canvas = ImageDraw.Draw(mask)
    for index, line in enumerate(lines):
        # Lines are flush with the side of the frame that the text is at.
        x = margin + left + (block[0] - lettering.width_px(line)) * step.position.x
        y = margin + top + index * lettering.line_px + lettering.ascent_px
        lettering.write(line, on=canvas, at=(x, y))
    return mask


def _coloured(mask: Image.Image, colour: Colour) -> Image.Image:
    is_grey = colour.red == colour.green == colour.blue
    layer = Image.new("L", mask.size, colour.red) if is_grey else Image.new("RGB", mask.size, colour[:3])
    layer.putalpha(mask.point([round(share * colour.alpha / 255) for share in range(256)]))
    return layer
