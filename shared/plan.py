"""A plan: the validated, canonical description of what is to be done to an image.

Equal work has equal plans, equal texts and equal keys. Queries become plans in ``shared/grammar.py``; workers
carry plans out in ``workers/job.py``.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard, TypeVar

from shared.errors import BadParameterError
from shared.limits import Limits
from shared.operation import Operation
from shared.operations import Encode, Flip, Open, Resize, Rotate
from shared.operations.registry import OPERATIONS

_Operation = TypeVar("_Operation", bound=Operation)


@dataclass(frozen=True)
class Plan:
    """Head, steps in order, tail. Make one with ``Plan.of`` or ``Plan.parse``, which put it in canonical form."""

    head: Open = Open()  # noqa: RUF009 - frozen
    steps: tuple[Operation, ...] = ()
    tail: Encode = Encode()  # noqa: RUF009 - frozen

    @classmethod
    def of(cls, operations: Iterable[Operation]) -> Plan:
        """Put operations into canonical form: no idle ones, one spelling each, head first and tail last.

        Raises BadParameterError for parameters that are allowed one by one and not together.
        """
        head, tail, steps = Open(), Encode(), list[Operation]()
        for given in operations:
            operation = given.canonical()
            if isinstance(operation, Open):
                head = operation
            elif isinstance(operation, Encode):
                tail = operation
            elif operation is not None:
                steps.append(operation)
        return cls(head=head, steps=tuple(_merge_right_angles(steps)), tail=tail)

    @classmethod
    def parse(cls, text: str) -> Plan:
        """Read what ``text`` wrote. Raises BadParameterError for unknown operations and bad parameters."""
        return cls.of(parse_operations(text))

    @cached_property
    def text(self) -> str:
        """``resize:width=800;blur:sigma=2``: the same for equal work, empty when nothing is to be done."""
        ends = (Operation.canonical(self.head), *self.steps, Operation.canonical(self.tail))
        return ";".join(operation.text for operation in ends if operation is not None)

    @property
    def is_idle(self) -> bool:
        """Nothing is to be done: the original's bytes are the answer."""
        return not self.text

    @property
    def format(self) -> str | None:
        """The format asked for: a name, ``auto``, or None for the source's own."""
        return self.tail.format

    def with_format(self, name: str) -> Plan:
        """The same plan with another format, once negotiation has chosen it."""
        return Plan.of((self.head, *self.steps, dataclasses.replace(self.tail, format=name)))

    def key(self, identity: str, *, engine: str) -> str:
        """Name the result of this plan for one image: 32 hexadecimal digits.

        ``identity`` changes whenever the image's bytes may have, ``engine`` whenever ours may make other bytes.
        """
        digest = hashlib.blake2b(digest_size=16)
        for part in (identity, engine, self.text):
            # A file's name may hold surrogates, for bytes that are no UTF-8.
            data = part.encode("utf-8", "surrogatepass")
            digest.update(len(data).to_bytes(4, "big") + data)
        return digest.hexdigest()

    def check(self, limits: Limits) -> None:
        """Raise BadParameterError when the plan itself, whatever the image, passes a limit."""
        if len(self.steps) > limits.max_ops:
            allowed = f"at most {limits.max_ops} operations"
            raise BadParameterError.of("operations", str(len(self.steps)), allowed)
        for resize in self.each(Resize):
            for name, length in (("width", resize.width), ("height", resize.height)):
                if length and not length.is_percent and length.value > limits.max_side:
                    allowed = f"at most {limits.max_side} pixels a side, dpr included"
                    raise BadParameterError.of(name, str(length), allowed)

    def each(self, kind: type[_Operation]) -> Iterator[_Operation]:
        """Yield the steps of one kind."""
        return (step for step in self.steps if isinstance(step, kind))


def parse_operations(text: str) -> Iterator[Operation]:
    """Yield the operations of a chain such as ``resize:w=800:h=600;blur:2;flip:h``, as they are written.

    Raises BadParameterError for unknown operations and bad parameters.
    """
    for part in text.split(";"):
        if not part:
            continue
        name, *arguments = part.split(":")
        kind = OPERATIONS.by_name.get(name)
        if kind is None:
            raise BadParameterError.of("operation", name, f"one of {', '.join(OPERATIONS.by_name)}")
        yield kind.parse(arguments)


# The eight symmetries of a rectangle, each as (degrees clockwise, then mirrored along).
_SAME_AS = {
    (90.0, "hv"): (270.0, ""),
    (180.0, "h"): (0.0, "v"),
    (180.0, "v"): (0.0, "h"),
    (180.0, "hv"): (0.0, ""),
    (270.0, "h"): (90.0, "v"),
    (270.0, "v"): (90.0, "h"),
    (270.0, "hv"): (90.0, ""),
}


def _merge_right_angles(steps: Iterable[Operation]) -> list[Operation]:
    """Give neighbouring turns by right angles and flips their one spelling."""
    merged: list[Operation] = []
    for step in steps:
        _append(merged, step)
    return merged


def _append(merged: list[Operation], step: Operation) -> None:
    """Add ``step``, or what it and the one before make together."""
    together = _together(merged[-1], step) if merged else None
    if together is not None:
        merged.pop()
        canonical = [operation.canonical() for operation in together]
    elif step == Flip(axes="hv"):
        canonical = [Rotate(angle=180)]
    else:
        merged.append(step)
        return
    for operation in canonical:
        if operation is not None:
            _append(merged, operation)


def _together(first: Operation, second: Operation) -> tuple[Operation, ...] | None:
    """The simpler steps that do the same as these two; None when they are simple already."""
    if _is_right_angle(first) and _is_right_angle(second):
        return (Rotate(angle=first.angle + second.angle),)
    if isinstance(first, Flip) and isinstance(second, Flip):
        return (Flip(axes="".join(axis for axis in "hv" if (axis in first.axes) != (axis in second.axes))),)
    if isinstance(first, Flip) and _is_right_angle(second):
        # Seen in a mirror a turn goes the other way: turns come first.
        return Rotate(angle=-second.angle), first
    if _is_right_angle(first) and isinstance(second, Flip) and (first.angle, second.axes) in _SAME_AS:
        angle, axes = _SAME_AS[first.angle, second.axes]
        return Rotate(angle=angle), Flip(axes=axes)
    return None


def _is_right_angle(step: Operation) -> TypeGuard[Rotate]:
    return isinstance(step, Rotate) and step.angle % 90 == 0
