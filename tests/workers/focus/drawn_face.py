"""A face drawn in greys: enough of one for a detector that compares how bright eyes, nose and cheeks are."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFilter

_HAIR, _BROW, _SOCKET, _IRIS, _LIP, _MOUTH = 60, 70, 140, 30, 110, 60
_SKIN, _NOSE, _WHITE, _CHIN = 205, 220, 230, 185
_OVERSAMPLING = 4


def face(side: int, *, on: int = 150) -> Image.Image:
    """Draw a face that looks at us, in mode L."""
    large = Image.new("L", (side * _OVERSAMPLING, side * _OVERSAMPLING), on)
    draw = ImageDraw.Draw(large)

    def scaled(*shares: float) -> list[float]:
        return [share * large.width for share in shares]

    draw.ellipse(scaled(0.14, -0.02, 0.86, 0.5), fill=_HAIR)
    draw.ellipse(scaled(0.18, 0.05, 0.82, 1.0), fill=_SKIN)
    draw.rectangle(scaled(0.2, 0.0, 0.8, 0.16), fill=_HAIR)
    for eye in (0.34, 0.66):
        draw.ellipse(scaled(eye - 0.12, 0.3, eye + 0.12, 0.48), fill=_SOCKET)
        draw.rectangle(scaled(eye - 0.11, 0.28, eye + 0.11, 0.325), fill=_BROW)
        draw.ellipse(scaled(eye - 0.085, 0.37, eye + 0.085, 0.46), fill=_WHITE)
        draw.ellipse(scaled(eye - 0.045, 0.365, eye + 0.045, 0.46), fill=_IRIS)
    draw.polygon(scaled(0.46, 0.38, 0.54, 0.38, 0.58, 0.66, 0.42, 0.66), fill=_NOSE)
    for nostril in (0.455, 0.545):
        draw.ellipse(scaled(nostril - 0.035, 0.62, nostril + 0.035, 0.67), fill=_LIP)
    draw.ellipse(scaled(0.36, 0.75, 0.64, 0.83), fill=_LIP)
    draw.rectangle(scaled(0.36, 0.78, 0.64, 0.795), fill=_MOUTH)
    draw.ellipse(scaled(0.42, 0.86, 0.58, 0.9), fill=_CHIN)
    return large.resize((side, side), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(side / 60))
