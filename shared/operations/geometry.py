"""What changes the size and shape of an image, and moves its pixels."""

from __future__ import annotations

from shared.colours import TRANSPARENT, Colour
from shared.errors import BadParameterError
from shared.operation import Operation, operation, parameter
from shared.parameters import (
    CENTER,
    Box,
    BoxKind,
    Choice,
    ColourKind,
    Gravity,
    GravityKind,
    Integer,
    Length,
    LengthKind,
    Number,
    Point,
    Sides,
    SidesKind,
)


@operation("trim")
class Trim(Operation):
    """Cut off a border of one colour, that of the top left corner."""

    tolerance: int | None = parameter(
        Integer(0, 255),
        default=None,
        query="trim",
        help="How far a channel may differ from the border's colour.",
    )


@operation("crop")
class Crop(Operation):
    """Cut out a rectangle, before any resizing; what lies outside the image is left out."""

    box: Box | None = parameter(BoxKind(), default=None, query="crop", help="The rectangle.")


FITS = ("contain", "cover", "fill", "inside", "outside", "pad")
FILTERS = ("nearest", "triangle", "catmullrom", "gaussian", "lanczos", "optimal")


@operation("resize")
class Resize(Operation):
    """Change the size. With one side given the other follows the aspect ratio."""

    width: Length | None = parameter(
        LengthKind(), default=None, query="w width", help="Width of the box, at most `--max-side` pixels."
    )
    height: Length | None = parameter(
        LengthKind(), default=None, query="h height", help="Height of the box, likewise."
    )
    fit: str = parameter(
        Choice(FITS),
        default="contain",
        query="fit",
        help="contain: as large as fits; inside: the same, never enlarged; cover: fills the box and is cropped; "
        "outside: covers the box, not cropped; fill: stretched; pad: contained, then padded to the box.",
    )
    dpr: float = parameter(
        Number(0.1, 8), default=1.0, query="dpr", help="Multiplies width and height, for dense displays."
    )
    gravity: Gravity = parameter(
        GravityKind(),
        default=CENTER,
        query="g gravity",
        help="What stays in view, or where padding leaves the image.",
    )
    filter: str = parameter(
        Choice(FILTERS, {"bilinear": "triangle", "bicubic": "catmullrom", "lanczos3": "lanczos"}),
        default="optimal",
        query="resfilter",
        help="The resampling filter; optimal picks by scale and size.",
    )
    bg: Colour = parameter(
        ColourKind(),
        default=TRANSPARENT,
        query="bg background",
        shared_query=True,
        help="Colour of the padding.",
    )

    def canonical(self) -> Operation | None:
        """Multiply dpr in, and forget what has no effect.

        Raises BadParameterError when a side times dpr is more than any length may be.
        """
        width = self._times_dpr("width", self.width)
        height = self._times_dpr("height", self.height)
        if width is None and height is None:
            return None
        fit = self.fit
        if (width is None or height is None) and fit != "inside":
            fit = "contain"
        return Resize(
            width=width,
            height=height,
            fit=fit,
            gravity=self._effective_gravity(fit),
            filter=self.filter,
            bg=self.bg if fit == "pad" and not self.bg.is_transparent else TRANSPARENT,
        )

    def _effective_gravity(self, fit: str) -> Gravity:
        """What is looked for in a picture matters where something of it is cut off."""
        if fit == "cover" or (fit == "pad" and isinstance(self.gravity, Point)):
            return self.gravity
        return CENTER

    def _times_dpr(self, name: str, length: Length | None) -> Length | None:
        if length is None:
            return None
        text, kind = str(length.times(self.dpr)), LengthKind()
        try:
            return kind.parse(text)
        except ValueError:
            # A plan that says it could not be read again.
            raise BadParameterError.of(f"{name} times dpr", text, kind.allowed) from None


@operation("pad")
class Pad(Operation):
    """Add a border."""

    sides: Sides = parameter(SidesKind(), default=Sides(0, 0, 0, 0), query="pad", help="Its widths.")
    bg: Colour = parameter(
        ColourKind(), default=TRANSPARENT, query="bg background", shared_query=True, help="Its colour."
    )

    def canonical(self) -> Operation | None:
        """No border, no work."""
        return self if any(self.sides) else None


@operation("rotate")
class Rotate(Operation):
    """Turn clockwise; right angles are lossless, others enlarge the canvas."""

    angle: float = parameter(Number(-36_000, 36_000, "degrees"), default=0.0, query="rotate", help="The angle.")
    bg: Colour = parameter(
        ColourKind(),
        default=TRANSPARENT,
        query="bg background",
        shared_query=True,
        help="Colour of the corners.",
    )

    def canonical(self) -> Operation | None:
        """Whole turns do nothing; right angles uncover no corners."""
        angle = round(self.angle % 360, 4) % 360
        if angle == 0:
            return None
        return Rotate(angle=angle, bg=TRANSPARENT if angle % 90 == 0 else self.bg)


@operation("flip")
class Flip(Operation):
    """Mirror: h left to right, v top to bottom, hv both."""

    axes: str = parameter(
        Choice(("", "h", "v", "hv"), {"vh": "hv", "none": ""}),
        default="",
        query="flip",
        help="Along which axes.",
    )
