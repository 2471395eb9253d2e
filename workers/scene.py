"""What one job's frames have in common: limits, overlays, and what a module decided on the first frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from shared.errors import TooManyPixelsError
from shared.limits import Limits
from shared.messages import Source
from shared.operation import Operation

_Decision = TypeVar("_Decision")


@dataclass(slots=True, kw_only=True)
class Scene:
    """Handed to every module with every frame of one image.

    ``frames`` is how many frames will come: a bound on pixels is a bound on all of them together. ``overlays`` are
    the other images that steps name.
    """

    limits: Limits
    frames: int = 1
    overlays: Mapping[str, Source] = field(default_factory=dict)
    _decisions: dict[int, object] = field(default_factory=dict)

    def once(self, step: Operation, decide: Callable[[], _Decision]) -> _Decision:
        """Return what ``decide`` said for the first frame: frames of one animation must stay of one size."""
        key = id(step)
        if key not in self._decisions:
            self._decisions[key] = decide()
        return self._decisions[key]  # type: ignore[return-value]

    def check_size(self, width_px: int, height_px: int) -> None:
        """Raise TooManyPixelsError before a module makes frames of this size, if they pass a limit."""
        side, pixels = self.limits.max_side, width_px * height_px * self.frames
        if max(width_px, height_px) > side:
            raise TooManyPixelsError(
                f"the result would be {width_px}×{height_px} pixels, at most {side} a side are made"
            )
        if pixels > self.limits.max_pixels:
            raise TooManyPixelsError(
                f"the result would be {width_px}×{height_px} pixels in {self.frames} frames, "
                f"at most {self.limits.max_pixels} pixels are made"
            )
