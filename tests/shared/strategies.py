"""What the property tests of shared/ draw from: values, operations and messages, made from the declarations.

A new operation, message or field is drawn without a line added here; a new kind needs one, and fails by its name.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from shared.colours import TRANSPARENT, Colour
from shared.errors import BadParameterError
from shared.messages import Message
from shared.operation import Operation
from shared.operations import ALL_OPERATIONS, Flip, Rotate
from shared.parameters import (
    COMPASS,
    FOCUSES,
    MAX_LENGTH_PX,
    Box,
    BoxKind,
    Choice,
    ColourKind,
    ColourPair,
    ColourPairKind,
    Gravity,
    GravityKind,
    Integer,
    Kind,
    Length,
    LengthKind,
    NameKind,
    Number,
    OpaqueColourKind,
    Point,
    PositionKind,
    QualityKind,
    RadiusKind,
    Sides,
    SidesKind,
    Switch,
    TextKind,
)
from shared.parameters.length import MAX_RADIUS

PROPERTY = settings(derandomize=True, deadline=None, max_examples=60)
"""The same examples in every run: a red build is red again."""

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=100)
"""Text of any characters, surrogates without their partner included."""

_TEN_THOUSANDTHS = 10_000


def decimals(low: float, high: float) -> SearchStrategy[float]:
    """Draw numbers with the four decimals that are kept."""
    ticks = st.integers(round(low * _TEN_THOUSANDTHS), round(high * _TEN_THOUSANDTHS))
    return ticks.map(lambda tick: tick / _TEN_THOUSANDTHS)


def _lengths(kind: LengthKind) -> SearchStrategy[Length]:
    smallest = 1 / _TEN_THOUSANDTHS if kind.low else 0
    percents = decimals(smallest, 1000).map(lambda percent: Length(percent, is_percent=True))
    return st.integers(kind.low, MAX_LENGTH_PX).map(Length) | percents


def _boxes(_: BoxKind) -> SearchStrategy[Box]:
    offsets, sides = _lengths(LengthKind(low=0)), _lengths(LengthKind())
    return st.builds(Box, offsets, offsets, sides, sides)


def _colours(_: ColourKind) -> SearchStrategy[Colour]:
    channel = st.integers(0, 255)
    return st.just(TRANSPARENT) | st.builds(Colour, channel, channel, channel, st.integers(1, 255))


def _opaque_colours() -> SearchStrategy[Colour]:
    channel = st.integers(0, 255)
    return st.builds(Colour, channel, channel, channel, st.just(255))


def _gravities(_: GravityKind) -> SearchStrategy[Gravity]:
    anywhere = st.builds(Point, decimals(0, 1), decimals(0, 1))
    return st.sampled_from(sorted(COMPASS.values())) | st.sampled_from(FOCUSES) | anywhere


def _radii(_: RadiusKind) -> SearchStrategy[Length]:
    percents = decimals(1 / _TEN_THOUSANDTHS, MAX_RADIUS.value)
    return st.integers(1, MAX_LENGTH_PX).map(Length) | percents.map(
        lambda percent: Length(percent, is_percent=True)
    )


def _of_text(kind: TextKind | NameKind) -> SearchStrategy[str]:
    """Draw what the kind lets through, as it does: letters, marks, and what takes plans apart."""

    def read(text: str) -> str:
        try:
            return kind.parse(text)
        except ValueError:
            return ""

    alphabet = st.characters(categories=("L", "M", "N", "P", "S", "Zs")) | st.sampled_from("%:;=&\n")
    return st.text(alphabet, min_size=1, max_size=40).map(read).filter(bool)


def _sides(_: SidesKind) -> SearchStrategy[Sides]:
    side = st.integers(0, MAX_LENGTH_PX)
    return st.builds(Sides, side, side, side, side)


_VALUES: dict[type, Callable[[Any], SearchStrategy[Any]]] = {
    Number: lambda kind: decimals(kind.low, kind.high),
    Integer: lambda kind: st.integers(kind.low, kind.high),
    Choice: lambda kind: st.sampled_from(kind.words),
    Switch: lambda _: st.booleans(),
    LengthKind: _lengths,
    ColourKind: _colours,
    GravityKind: _gravities,
    PositionKind: lambda _: st.sampled_from(sorted(COMPASS.values())),
    OpaqueColourKind: lambda _: _opaque_colours(),
    ColourPairKind: lambda _: st.builds(ColourPair, _opaque_colours(), _opaque_colours()),
    RadiusKind: _radii,
    QualityKind: lambda _: st.integers(1, 100) | st.just("auto"),
    TextKind: _of_text,
    NameKind: _of_text,
    BoxKind: _boxes,
    SidesKind: _sides,
}


def values(kind: Kind) -> SearchStrategy[Any]:
    """Draw the values that ``kind`` allows."""
    return _VALUES[type(kind)](kind)


def _is_possible(operation: Operation) -> bool:
    """Leave out what is allowed in each part and not together, such as the largest width times the largest dpr."""
    try:
        operation.canonical()
    except BadParameterError:
        return False
    return True


def _operations(kind: type[Operation]) -> SearchStrategy[Operation]:
    drawn = st.builds(kind, **{item.name: st.just(item.default) | values(item.kind) for item in kind.parameters()})
    return drawn.filter(_is_possible)


_OPERATIONS = {kind: _operations(kind) for kind in ALL_OPERATIONS}


def operations(kind: type[Operation]) -> SearchStrategy[Operation]:
    """Draw operations of one kind, each parameter left at its default or set to anything allowed."""
    return _OPERATIONS[kind]


def right_angles() -> SearchStrategy[Operation]:
    """Draw the turns and flips that move pixels and change none."""
    turns = st.sampled_from((-90.0, 0.0, 90.0, 180.0, 270.0, 450.0)).map(lambda angle: Rotate(angle=angle))
    return turns | st.sampled_from(("", "h", "v", "hv")).map(lambda axes: Flip(axes=axes))


def any_operations() -> SearchStrategy[list[Operation]]:
    """Draw lists of operations, with runs of turns and flips more often than chance has them."""
    return st.lists(st.one_of(right_angles(), *_OPERATIONS.values()), max_size=8)


def messages() -> SearchStrategy[Message]:
    """Draw messages of every type."""
    return st.one_of(*(_of_type(kind) for kind in get_args(Message)))


_LEAVES: dict[object, SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-(1 << 63), (1 << 64) - 1),
    float: st.floats(allow_nan=False),
    str: ANY_TEXT,
    bytes: st.binary(max_size=200),
    types.NoneType: st.none(),
}


def _of_type(hint: Any) -> SearchStrategy[Any]:  # noqa: ANN401 - a type, of any kind
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{item.name: _of_type(hints[item.name]) for item in dataclasses.fields(hint)})
    if isinstance(hint, types.UnionType):
        return st.one_of(*map(_of_type, get_args(hint)))
    if get_origin(hint) is tuple:
        return st.lists(_of_type(get_args(hint)[0]), max_size=4).map(tuple)
    if get_origin(hint) is dict:
        return st.dictionaries(*map(_of_type, get_args(hint)), max_size=4)
    return _LEAVES[hint]
