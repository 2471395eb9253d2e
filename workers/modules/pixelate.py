"""Makes squares of one colour each."""

from __future__ import annotations

from PIL import Image
from PIL.Image import Resampling

from shared.operations import Pixelate
from workers.modules.canvas import PREMULTIPLIED, in_mode
from workers.registry import module
from workers.scene import Scene


@module(Pixelate)
def pixelate(frame: Image.Image, step: Pixelate, scene: Scene) -> Image.Image:
    """Give each square the mean of what it covers, which counts as far as it can be seen.

    The squares begin at the top left; those at the right and bottom edges may be cut off, and are the mean of what
    is left of them. Takes 3 ms for 2 megapixels, 15 with alpha.
    """
    if step.size == 1:
        return frame
    mixing = in_mode(frame, PREMULTIPLIED.get(frame.mode, frame.mode))
    # One direction after the other: for blocks of many pixels Pillow's factor is rounded too coarsely, so that the
    # mean of 1000×1000 white pixels is 243.
    means = mixing.reduce((step.size, 1)).reduce((1, step.size))
    squares = (frame.width / step.size, frame.height / step.size)
    return in_mode(means, frame.mode).resize(frame.size, Resampling.NEAREST, (0, 0, *squares))
