"""Which part of an image file is read."""

from __future__ import annotations

from shared.operation import Operation, operation, parameter
from shared.parameters import Integer

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
