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
FONTS = ("sans", "sans-bold", "serif", "mono")


@operation("watermark")
class Watermark(Operation):
    """Lay another image upon this one."""

    image: str | None = parameter(
        NameKind(), default=None, query="wm watermark", help="Its name, in the library or in the folder of images."
    )
    position: Point = parameter(PositionKind(), default=COMPASS["se"], query="wm_pos", help="Where.")
    opacity: float = parameter(
        Number(0, 1),
        default=1.0,
        query="wm_opacity",
        help="How opaque it is, times what it is itself; 0 is not at all.",
    )
    scale: float = parameter(
        Number(0, 1),
        default=0.0,
        query="wm_scale",
        help="Its width, as a part of this image's; 0 leaves its size. It is never larger than this image "
        "less the margins.",
    )
    margin: int = parameter(
        Integer(0, 4096, "pixels"),
        default=0,
        query="wm_margin",
        help="Its distance from the edges; with `wm_repeat` that between copies.",
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
    """Write upon the image. Lines that are too long are broken between words, lines without room left out."""

    content: str | None = parameter(
        TextKind(MAX_TEXT_CHARS), default=None, query="text", help="What; with line feeds."
    )
    position: Point = parameter(PositionKind(), default=CENTER, query="text_pos", help="Where.")
    size: int = parameter(Integer(4, 1000, "pixels"), default=32, query="text_size", help="Height of an em.")
    color: Colour = parameter(ColourKind(), default=WHITE, query="text_color", help="Their colour.")
    font: str = parameter(
        Choice(FONTS),
        default="sans",
        query="text_font",
        help="The kind of letters. Characters that it lacks are taken from the fonts of the server's system.",
    )

    def canonical(self) -> Operation | None:
        """Nothing to write, or nothing to be seen of it."""
        return None if self.content is None or self.color.is_transparent else self
