"""What makes details softer, sharper or coarser."""

from __future__ import annotations

from shared.operation import Operation, operation, parameter
from shared.parameters import Integer, Number


@operation("blur")
class Blur(Operation):
    """Gaussian blur."""

    sigma: float = parameter(Number(0, 250, "pixels"), default=0.0, query="blur", help="Standard deviation.")


@operation("unsharp")
class Unsharp(Operation):
    """Sharpen by unsharp masking: adds the difference to a blurred copy."""

    sigma: float = parameter(
        Number(0, 250, "pixels"),
        default=0.0,
        query="sharpen unsharp",
        help="Standard deviation of the blurred copy.",
    )
    amount: int = parameter(
        Integer(0, 500, "percent"),
        default=100,
        query="unsharp_amount",
        help="How much of the difference is added.",
    )
    threshold: int = parameter(
        Integer(0, 255), default=0, query="unsharp_threshold", help="Smaller differences are left as they are."
    )

    def canonical(self) -> Operation | None:
        """No radius, no difference."""
        return self if self.sigma and self.amount else None


@operation("pixelate")
class Pixelate(Operation):
    """Make squares of one colour each, the mean of what they cover."""

    size: int = parameter(Integer(1, 1024, "pixels"), default=1, query="pixelate", help="Side of a square.")
