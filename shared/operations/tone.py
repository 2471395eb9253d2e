"""What changes colours pixel by pixel."""

from __future__ import annotations

from shared.colours import Colour
from shared.operation import Operation, operation, parameter
from shared.parameters import ColourPairKind, Integer, Number, OpaqueColourKind, Switch
from shared.parameters.colour import ColourPair


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


@operation("tint")
class Tint(Operation):
    """Give all of the image the hue and strength of one colour; each pixel keeps its luma."""

    color: Colour | None = parameter(OpaqueColourKind(), default=None, query="tint", help="The colour.")


@operation("sepia")
class Sepia(Operation):
    """Tone like an old photograph."""

    amount: float = parameter(
        Number(0, 100, "percent", bare=100),
        default=0.0,
        query="sepia",
        help="How much of it; the rest stays as it is.",
    )


@operation("duotone")
class Duotone(Operation):
    """Map shadows to one colour and lights to another, by luma."""

    colors: ColourPair | None = parameter(ColourPairKind(), default=None, query="duotone", help="The two colours.")


@operation("posterize")
class Posterize(Operation):
    """Leave each channel that many levels, evenly spread from 0 to 255."""

    levels: int = parameter(Integer(2, 256), default=256, query="posterize", help="How many.")


@operation("equalize")
class Equalize(Operation):
    """Spread the levels so that each luma is as frequent as any other; an animation's first frame decides."""

    on: bool = parameter(Switch(), default=False, query="equalize", help="Whether to.")


@operation("autocontrast")
class Autocontrast(Operation):
    """Stretch the levels to the full range, the same for all channels and frames, so that no colour shifts."""

    cutoff: float | None = parameter(
        Number(0, 49, "percent", bare=0),
        default=None,
        query="autocontrast",
        help="How many of the darkest, and of the lightest, pixels do not count.",
    )
