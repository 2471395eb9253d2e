"""Lays pictures with alpha upon frames, in as small a mode as holds the result."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image, ImageChops

from workers.modules.canvas import has_alpha, in_mode

# Pillow makes a copy of what it composites with alpha: not of all of a large frame at once.
_BAND_ROWS = 256


def with_layer(frame: Image.Image, layer: Image.Image, *, at: Iterable[tuple[int, int]]) -> Image.Image:
    """Return the frame with the layer over it, its top left corner at each of these points in turn.

    The layer is of mode LA or RGBA and may stick out of the frame. The result has alpha if the frame has, and
    colours if either has.
    """
    base = "L" if frame.mode in ("L", "LA") and layer.mode == "LA" else "RGB"
    mode = base + "A" if has_alpha(frame.mode) else base
    canvas = frame.copy() if frame.mode == mode else frame.convert(mode)
    lay = _composite if has_alpha(mode) else _paste
    if has_alpha(mode) or base == "L":
        # Onto RGB Pillow pastes either mode as it is.
        layer = in_mode(layer, base + "A")
    for point in at:
        lay(canvas, layer, point)
    return canvas


def without_unused_colours(picture: Image.Image) -> Image.Image:
    """Give a picture alpha, and only grey where nothing of it that can be seen has a colour: LA, else RGBA."""
    if picture.mode in ("L", "LA"):
        return in_mode(picture, "LA")
    picture = in_mode(picture, "RGBA")
    red, green, blue, alpha = picture.split()
    for one, other in ((red, green), (green, blue)):
        if ImageChops.darker(ImageChops.difference(one, other), alpha).getbbox() is not None:
            return picture
    return Image.merge("LA", (red, alpha))


def _paste(canvas: Image.Image, layer: Image.Image, point: tuple[int, int]) -> None:
    canvas.paste(layer, point, layer)


def _composite(canvas: Image.Image, layer: Image.Image, point: tuple[int, int]) -> None:
    left, top = point
    right, bottom = min(layer.width, canvas.width - left), min(layer.height, canvas.height - top)
    first_column = max(0, -left)
    if first_column >= right:
        return
    for row in range(max(0, -top), bottom, _BAND_ROWS):
        band = (first_column, row, right, min(row + _BAND_ROWS, bottom))
        canvas.alpha_composite(layer, (left + first_column, top + row), band)
