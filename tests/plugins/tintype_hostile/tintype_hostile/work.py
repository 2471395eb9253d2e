"""Work that harms."""

from __future__ import annotations

import ctypes

from PIL import Image

from shared.operation import Operation
from workers.scene import Scene

_kept: list[bytearray] = []


def raises(frame: Image.Image, step: Operation, scene: Scene) -> Image.Image:
    """Fail as no other module does."""
    raise ZeroDivisionError(step.name)


def hangs(frame: Image.Image, step: Operation, scene: Scene) -> Image.Image:
    """Wait for nothing."""
    while True:
        pass


def crashes(frame: Image.Image, step: Operation, scene: Scene) -> Image.Image:
    """Read where nothing is."""
    ctypes.string_at(0)
    return frame


def balloons(frame: Image.Image, step: Operation, scene: Scene) -> Image.Image:
    """Leak until there is nothing left to leak."""
    while True:
        _kept.append(bytearray(16 << 20))


def lies(frame: Image.Image, step: Operation, scene: Scene) -> object:
    """Give the size for the frame."""
    return frame.size
