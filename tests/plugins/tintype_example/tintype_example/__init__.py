"""What the server knows of the module: its name, its parameters, where its work is. Nothing here needs pixels."""

from __future__ import annotations

from typing import ClassVar

from shared.colours import Colour
from shared.operation import Operation, operation, parameter
from shared.parameters import ColourKind, Number

BLACK = Colour(0, 0, 0, 255)


@operation("vignette")
class Vignette(Operation):
    """Let the corners fade into a colour, as old lenses did."""

    work: ClassVar = "tintype_example.work:vignette"

    strength: float = parameter(
        Number(0, 1), default=0.0, query="vignette", help="How much of the colour the corners have; 1 is all."
    )
    color: Colour = parameter(ColourKind(), default=BLACK, query="vignette_color", help="The colour.")

    def canonical(self) -> Operation | None:
        """Without strength there is nothing to be seen of the colour."""
        return self if self.strength else None
