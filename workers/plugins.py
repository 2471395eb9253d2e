"""Registers the work of modules of other packages.

What cannot be imported costs no worker: it says so on standard error, and in its ``Hello`` that module is missing.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from PIL import Image

from shared.errors import ServiceError
from shared.operation import Operation
from shared.plugins import FoundPlugins, Plugin
from workers.registry import MODULES, Module
from workers.scene import Scene

_MODES = ("L", "LA", "RGB", "RGBA")


def register(found: FoundPlugins, *, modules: dict[type[Operation], Module] = MODULES) -> Mapping[str, str]:
    """Import the work of all that were found; return their packages' versions, which have a say in the bytes."""
    for refusal in found.refusals:
        _complain(refusal)
    for plugin in found.plugins:
        try:
            work = plugin.import_work()
        except Exception as error:  # noqa: BLE001 - importing runs the package's own code
            _complain(
                f"the work of {plugin.operation.name}, {plugin.work} of {plugin.package} {plugin.version}, "
                f"cannot be imported: {type(error).__name__}: {error}"
            )
        else:
            modules[plugin.operation] = _checked(work, plugin)
    return {f"plugin {plugin.package}": plugin.version for plugin in found.plugins}


def _checked(work: Module, plugin: Plugin) -> Module:
    """The same work, whose results are looked at: steps and encoders behind it take nothing else."""

    def apply(frame: Image.Image, step: Any, scene: Scene) -> Image.Image:  # noqa: ANN401 - the plug-in's own class
        result: object = work(frame, step, scene)
        if not isinstance(result, Image.Image) or result.mode not in _MODES:
            got = f"an image of mode {result.mode}" if isinstance(result, Image.Image) else type(result).__name__
            raise ServiceError(f"{plugin.work} returned {got}, not an image of mode {', '.join(_MODES)}")
        return result

    return apply


def _complain(text: str) -> None:
    sys.stderr.write(f"tintype worker: {text}\n")
