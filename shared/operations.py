"""Every operation: what it is called, which parameters it takes, in which ranges, and what they mean.

The order of ``STEPS`` is the order in which a plain query applies them. The functions that do the work are in
``workers/modules/``; nothing here touches a pixel.
"""

from __future__ import annotations

import dataclasses

from shared.colours import TRANSPARENT, WHITE, Colour
from shared.errors import BadParameterError
from shared.formats import ALL, BY_NAME
from shared.operation import Operation, operation, parameter
from shared.parameters import (
    CENTER,
    Box,
    BoxKind,
    Choice,
    ColourKind,
    GravityKind,
    Integer,
    Length,
    LengthKind,
    Number,
    Point,
    Sides,
    SidesKind,
    Switch,
)

AUTO = "auto"
MAX_FRAME_INDEX = 65_535


@operation("open")
class Open(Operation):
    """Which frames of an animation or pages of a document are read."""

    frame: int | None = parameter(
        Integer(0, MAX_FRAME_INDEX),
        default=None,
        query="frame",
        help="Only this frame or page, the first is 0.",
    )
    frames: int | None = parameter(
        Integer(1, MAX_FRAME_INDEX),
        default=None,
        query="frames",
        help="At most this many frames, from the first.",
    )

    def canonical(self) -> Operation | None:
        """One picked frame cannot be capped."""
        return Open(frame=self.frame) if self.frame is not None else Operation.canonical(self)


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
    gravity: Point = parameter(
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
            gravity=self.gravity if fit in ("cover", "pad") else CENTER,
            filter=self.filter,
            bg=self.bg if fit == "pad" and not self.bg.is_transparent else TRANSPARENT,
        )

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


@operation("brightness")
class Brightness(Operation):
    """Add to every channel."""

    amount: float = parameter(Number(-255, 255), default=0.0, query="brightness", help="What is added, of 255.")


@operation("contrast")
class Contrast(Operation):
    """Spread the channels about the middle grey, or draw them together."""

    amount: float = parameter(Number(-100, 100, "percent"), default=0.0, query="contrast", help="How much.")


@operation("saturation")
class Saturation(Operation):
    """Make colours stronger, or weaker down to grey at −100."""

    amount: float = parameter(Number(-100, 100, "percent"), default=0.0, query="saturation", help="How much.")


@operation("hue")
class Hue(Operation):
    """Turn the hues, keeping the luminance."""

    angle: float = parameter(Number(-36_000, 36_000, "degrees"), default=0.0, query="hue", help="The angle.")

    def canonical(self) -> Operation | None:
        """Whole turns do nothing."""
        angle = round(self.angle % 360, 4) % 360
        return Hue(angle=angle) if angle else None


@operation("gamma")
class Gamma(Operation):
    """Lighten the middle tones (above 1) or darken them (below 1)."""

    gamma: float = parameter(Number(0.1, 10), default=1.0, query="gamma", help="The exponent's inverse.")


@operation("grayscale")
class Grayscale(Operation):
    """Take the colours away (luma of ITU-R BT.601)."""

    on: bool = parameter(Switch(), default=False, query="grayscale greyscale", help="Whether to.")


@operation("invert")
class Invert(Operation):
    """Turn the colours into their negative."""

    on: bool = parameter(Switch(), default=False, query="invert", help="Whether to.")


@operation("blur")
class Blur(Operation):
    """Gaussian blur."""

    sigma: float = parameter(Number(0, 250, "pixels"), default=0.0, query="blur", help="Standard deviation.")


@operation("unsharp")
class Unsharp(Operation):
    """Sharpen by unsharp masking: adds the difference to a blurred copy."""

    sigma: float = parameter(
        Number(0, 250, "pixels"), default=0.0, query="sharpen", help="Standard deviation of the blurred copy."
    )
    threshold: int = parameter(Integer(0, 255), default=0, help="Smaller differences are left as they are.")

    def canonical(self) -> Operation | None:
        """No radius, no difference."""
        return self if self.sigma else None


@operation("background")
class Background(Operation):
    """Lay the image on a colour, so that nothing transparent is left."""

    bg: Colour = parameter(ColourKind(), default=TRANSPARENT, query="bg background", help="The colour.")

    def canonical(self) -> Operation | None:
        """Nothing is laid on nothing."""
        return None if self.bg.is_transparent else self


KEEPS = ("none", "exif", "icc", "copyright", "all")
_FORMAT_WORDS = (AUTO, *(image_format.name for image_format in ALL))
_FORMAT_ALIASES = {extension: image_format.name for image_format in ALL for extension in image_format.extensions}


@operation("encode")
class Encode(Operation):
    """The result's format, quality and metadata. Without a format it is the source's."""

    format: str | None = parameter(
        Choice(_FORMAT_WORDS, _FORMAT_ALIASES),
        default=None,
        query="f format to",
        help="The format, or auto by Accept.",
    )
    quality: int | None = parameter(
        Integer(1, 100),
        default=None,
        query="q quality",
        help="For lossy formats; each has a default of its own.",
    )
    lossless: bool = parameter(Switch(), default=False, query="lossless", help="WebP and JPEG 2000 without loss.")
    progressive: bool = parameter(Switch(), default=False, query="progressive", help="JPEG in several scans.")
    keep: str = parameter(Choice(KEEPS), default="none", query="keep", help="Which metadata stays.")

    def canonical(self) -> Operation | None:
        """Forget what the format cannot express."""
        kept = self
        target = BY_NAME.get(self.format or "")
        if target is not None:
            lossless = self.lossless and target.lossless_option
            kept = dataclasses.replace(
                self,
                quality=self.quality if target.lossy and not lossless else None,
                lossless=lossless,
                progressive=self.progressive and target.progressive_option,
                keep=self.keep if target.exif or target.icc else "none",
            )
        return Operation.canonical(kept)


STEPS: tuple[type[Operation], ...] = (
    Trim, Crop, Resize, Pad, Rotate, Flip,
    Brightness, Contrast, Saturation, Hue, Gamma, Grayscale, Invert, Blur, Unsharp, Background,
)  # fmt: skip
ALL_OPERATIONS: tuple[type[Operation], ...] = (Open, *STEPS, Encode)
BY_OPERATION_NAME = {kind.name: kind for kind in ALL_OPERATIONS}
FLATTEN_ON = WHITE
"""What lies behind transparent pixels in formats that have none."""
