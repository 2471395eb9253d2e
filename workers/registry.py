"""Which function does the work of which operation.

A module is a declaration (``shared/operations/``) and a function from frame to frame, registered here. Frames
are Pillow images of mode L, LA, RGB or RGBA in sRGB, and must stay so; a function must not change the frame it
is given, nor keep it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PIL import Image

from shared.operation import Operation
from workers.scene import Scene

_Operation = TypeVar("_Operation", bound=Operation)
Module = Callable[[Image.Image, Any, Scene], Image.Image]

MODULES: dict[type[Operation], Module] = {}


def module(
    kind: type[_Operation],
) -> Callable[
    [Callable[[Image.Image, _Operation, Scene], Image.Image]],
    Callable[[Image.Image, _Operation, Scene], Image.Image],
]:
    """Register the function below as the one that does the work of ``kind``."""

    def register(
        apply: Callable[[Image.Image, _Operation, Scene], Image.Image],
    ) -> Callable[[Image.Image, _Operation, Scene], Image.Image]:
        if kind in MODULES:
            raise ValueError(f"{kind.name} has a module already")
        MODULES[kind] = apply
        return apply

    return register
