"""Declarations of modules that harm the worker they run in."""

from __future__ import annotations

from typing import ClassVar

from shared.operation import Operation, operation, parameter
from shared.parameters import Switch


@operation("raises")
class Raises(Operation):
    """Raise an error that nobody expects."""

    work: ClassVar = "tintype_hostile.work:raises"
    on: bool = parameter(Switch(), default=False, query="raises", help="Do it.")


@operation("hangs")
class Hangs(Operation):
    """Never come back."""

    work: ClassVar = "tintype_hostile.work:hangs"
    on: bool = parameter(Switch(), default=False, query="hangs", help="Do it.")


@operation("crashes")
class Crashes(Operation):
    """End the process by a signal."""

    work: ClassVar = "tintype_hostile.work:crashes"
    on: bool = parameter(Switch(), default=False, query="crashes", help="Do it.")


@operation("balloons")
class Balloons(Operation):
    """Take all the memory there is, and keep it."""

    work: ClassVar = "tintype_hostile.work:balloons"
    on: bool = parameter(Switch(), default=False, query="balloons", help="Do it.")


@operation("lies")
class Lies(Operation):
    """Return what is no frame."""

    work: ClassVar = "tintype_hostile.work:lies"
    on: bool = parameter(Switch(), default=False, query="lies", help="Do it.")
