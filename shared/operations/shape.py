"""What cuts shapes out of an image, and what lies behind it."""

from __future__ import annotations

from shared.colours import TRANSPARENT, WHITE, Colour
from shared.operation import Operation, operation, parameter
from shared.parameters import Choice, ColourKind, Length, RadiusKind

FLATTEN_ON = WHITE
"""What lies behind transparent pixels in formats that have none."""


@operation("round")
class Round(Operation):
    """Cut the corners round; what is cut off is transparent, or takes the background's colour."""

    radius: Length | None = parameter(
        RadiusKind(), default=None, query="round", help="Radius of the corners; percents are of the shorter side."
    )


MASKS = ("circle", "ellipse", "triangle", "diamond", "hexagon", "star", "heart")


@operation("mask")
class Mask(Operation):
    """Cut out a shape that fills the image; what is cut off is transparent, or takes the background's colour."""

    shape: str = parameter(
        Choice(("", *MASKS), {"none": ""}),
        default="",
        query="mask",
        help="The shape; a circle lies in the middle, the others are stretched to the image's sides.",
    )


@operation("background")
class Background(Operation):
    """Lay the image on a colour, so that nothing transparent is left."""

    bg: Colour = parameter(ColourKind(), default=TRANSPARENT, query="bg background", help="The colour.")

    def canonical(self) -> Operation | None:
        """Nothing is laid on nothing."""
        return None if self.bg.is_transparent else self
