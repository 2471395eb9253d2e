"""What is laid upon an image: another image, or a text."""

from __future__ import annotations

from shared.colours import WHITE, Colour
from shared.operation import Operation, operation, parameter
from shared.parameters import (
    CENTER,
    COMPASS,
    Choice,
    ColourKind,
    Integer,
    NameKind,
    Number,
    Point,
    PositionKind,
    Switch,
    TextKind,
)

MAX_TEXT_CHARS = 500
FONTS = ("sans", "serif", "mono")


@operation("watermark")
class Watermark(Operation):
    """Lay another image upon this one."""

    image: str | None = parameter(
        NameKind(), default=None, query="wm watermark", help="Its name, in the library or in the folder of images."
    )
    position: Point = parameter(PositionKind(), default=COMPASS["se"], query="wm_pos", help="Where.")
    opacity: float = parameter(
        Number(0, 1), default=1.0, query="wm_opacity", help="How much of it is to be seen; 1 is all."
    )
    scale: float = parameter(
        Number(0, 1),
        default=0.0,
        query="wm_scale",
        help="Its width, as a part of this image's; 0 leaves its size. It is never larger than this image.",
    )
    margin: int = parameter(
        Integer(0, 4096, "pixels"),
        default=0,
        query="wm_margin",
        help="Its distance from the edges, or between copies.",
    )
    repeat: bool = parameter(
        Switch(), default=False, query="wm_repeat", help="Cover all of this image with copies."
    )

    def canonical(self) -> Operation | None:
        """Nothing to lay, or nothing to be seen of it."""
        if self.image is None or not self.opacity:
            return None
        return self


@operation("text")
class Text(Operation):
    """Write upon the image. Lines that are too long are broken between words."""

    content: str | None = parameter(TextKind(MAX_TEXT_CHARS), default=None, query="text", help="What.")
    position: Point = parameter(PositionKind(), default=CENTER, query="text_pos", help="Where.")
    size: int = parameter(Integer(4, 1000, "pixels"), default=32, query="text_size", help="Height of the letters.")
    color: Colour = parameter(ColourKind(), default=WHITE, query="text_color", help="Their colour.")
    font: str = parameter(Choice(FONTS), default="sans", query="text_font", help="The kind of letters.")

    def canonical(self) -> Operation | None:
        """Nothing to write, or nothing to be seen of it."""
        return None if self.content is None or self.color.is_transparent else self
