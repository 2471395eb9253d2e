"""Finds modules in other installed packages, by the entry-point group ``tintype.modules``, and takes them in.

A package gives the declaration of an operation, which imports nothing but ``shared``, and names in it where the
function is that does the work: ``work = "tintype_vignette.work:vignette"``. Only workers ever import that, in
``workers/plugins.py``.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from shared.operation import Operation, Parameter
from shared.operations import Encode
from shared.operations.registry import OPERATIONS, Registry, target

GROUP = "tintype.modules"
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_PARAMETER = re.compile(r"[a-z][a-z0-9_]{0,63}")
_WORK = re.compile(r"\w+(\.\w+)*:\w+")
# What names the operation itself, in a pipeline of the configuration.
_USE = "use"


class PluginError(Exception):
    """What a package offers cannot be used; the text says why, to its author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """An operation of another package; ``work`` is where its function is, ``module:function``."""

    operation: type[Operation]
    work: str
    package: str
    version: str

    def import_work(self) -> Callable[..., Any]:
        """Import the function. Raises whatever the package's own code raises."""
        module, _, name = self.work.partition(":")
        return cast("Callable[..., Any]", getattr(importlib.import_module(module), name))


@dataclass(frozen=True, slots=True)
class FoundPlugins:
    """What is installed: the modules that were taken in, and a sentence about each that was not."""

    plugins: tuple[Plugin, ...]
    refusals: tuple[str, ...]


@cache
def load_plugins() -> FoundPlugins:
    """Add the operations of all installed packages to ``OPERATIONS``: once in a process, before plans are made."""
    return take_in(entry_points(group=GROUP), registry=OPERATIONS)


def take_in(found: Iterable[EntryPoint], *, registry: Registry) -> FoundPlugins:
    """Add what the entry points name, in the order of their names; what is wrong with one is no other's harm."""
    plugins: list[Plugin] = []
    refusals: list[str] = []
    for entry in sorted(found, key=lambda entry: (entry.name, *_origin(entry))):
        package, version = _origin(entry)
        try:
            plugin = _checked(entry.load(), entry=entry, package=package, version=version)
            _add(plugin.operation, registry)
        except Exception as error:  # noqa: BLE001 - importing runs the package's own code
            words = " ".join(str(error).split())  # a sentence: what others raise may have lines
            reason = words if isinstance(error, PluginError) else f"{type(error).__name__}: {words}"
            refusals.append(f"the module {entry.name} of {package} {version} cannot be used: {reason}")
        else:
            plugins.append(plugin)
    return FoundPlugins(tuple(plugins), tuple(refusals))


def _origin(entry: EntryPoint) -> tuple[str, str]:
    return (entry.dist.name, entry.dist.version) if entry.dist is not None else ("an unknown package", "")


def _add(kind: type[Operation], registry: Registry) -> None:
    """Add an operation that takes nothing away from those there are. Raises PluginError."""
    try:
        registry.add(kind)
    except ValueError as error:
        raise PluginError(str(error)) from error


def _checked(kind: object, *, entry: EntryPoint, package: str, version: str) -> Plugin:
    """Return what is right. Raises PluginError."""
    # Not of a built-in operation: a head or a tail of one's own would replace those that there are.
    if not (isinstance(kind, type) and kind.__bases__ == (Operation,) and "name" in vars(kind)):
        raise PluginError(f"{entry.value} is no class made with @operation from Operation itself")
    declared = cast("type[Operation]", kind)
    if declared.name != entry.name:
        raise PluginError(f"its operation is called {declared.name}")
    if not _NAME.fullmatch(declared.name):
        raise PluginError("its name must have 1 to 64 characters, of a-z 0-9 _ -, a letter first")
    if _is_format(declared.name):
        raise PluginError("a format is called so")
    _check_documented(declared)
    _check_parameters(declared)
    work = getattr(declared, "work", None)
    if not isinstance(work, str) or not _WORK.fullmatch(work):
        raise PluginError('it does not say where its work is: work = "package.module:function"')
    return Plugin(operation=declared, work=work, package=package, version=version)


def _is_format(name: str) -> bool:
    try:
        target(Encode, "format").parameter.kind.parse(name)
    except ValueError:
        return False
    return True


def _check_documented(kind: type[Operation]) -> None:
    text = (kind.__doc__ or "").strip()
    # A dataclass without a docstring gets its signature for one.
    if not text or text.startswith(f"{kind.__name__}("):
        raise PluginError("it has no docstring: a sentence that says what it does")


def _check_parameters(kind: type[Operation]) -> None:
    try:
        parameters = kind.parameters()
    except KeyError:
        raise PluginError("a field of it is not declared with parameter()") from None
    if not parameters:
        raise PluginError("it has no parameter, so that no query could ask for it")
    names = [name for item in parameters for name in dict.fromkeys((item.name, *item.query))]
    for name in names:
        if not _PARAMETER.fullmatch(name) or name == _USE:
            raise PluginError(f"a parameter cannot be called {name}")
        if names.count(name) > 1:
            raise PluginError(f"two of its parameters are called {name}")
    for item in parameters:
        _check_parameter(item)


def _check_parameter(item: Parameter) -> None:
    if not item.help.strip() or not item.kind.allowed.strip():
        raise PluginError(f"its parameter {item.name} is not documented: help and what is allowed")
    if item.default is not None and not _is_readable(item):
        raise PluginError(f"the default of {item.name} is not read as it is written")


def _is_readable(item: Parameter) -> bool:
    try:
        return bool(item.kind.parse(item.kind.format(item.default)) == item.default)
    except ValueError:
        return False
