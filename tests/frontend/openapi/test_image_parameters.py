"""The parameters of images in the document: all of them, by all names, with the ranges that hold."""

from __future__ import annotations

import re

import pytest

from frontend.library import ordering
from frontend.library.image_filter import EVERYTHING, FILTER_PARAMETERS, ImageFilter
from frontend.library.ordering import Order
from frontend.openapi.image_parameters import image_parameters, schema_of
from frontend.openapi.query_parameters import _SORTS, FILTERS, LIST
from shared import query
from shared.errors import BadParameterError
from shared.grammar import Grammar
from shared.operation import Parameter
from shared.operations import ALL_OPERATIONS
from shared.operations.registry import OPERATIONS
from shared.parameters import (
    COMPASS,
    BoxKind,
    Choice,
    ColourKind,
    GravityKind,
    Integer,
    Kind,
    LengthKind,
    Number,
    SidesKind,
    Switch,
)

PARAMETERS = {parameter.name: parameter for parameter in image_parameters()}
DECLARED = [
    pytest.param(name, item, id=f"{kind.name} {name}")
    for kind in ALL_OPERATIONS
    for item in kind.parameters()
    for name in item.query
]


@pytest.mark.parametrize(("name", "item"), DECLARED)
def test_every_name_of_every_parameter_is_told(name: str, item: Parameter) -> None:
    """The preferred name says what the parameter means and allows; the others say which one that is."""
    told = PARAMETERS[name]
    assert told.alias_of == ("" if name == item.query[0] else item.query[0])
    if not told.alias_of:
        assert item.help in told.about
        assert item.kind.allowed in told.about


def test_classic_names_are_told() -> None:
    """So is the classic spelling: each name, and each verb of those that have some."""
    for name, verbs in query._CLASSIC.items():
        assert PARAMETERS[name].schema["enum"] == list(verbs)
    assert {*query._CLASSIC_SIDES, *query._CLASSIC_ARGUMENTS} <= set(PARAMETERS)


def test_nothing_else_is_told() -> None:
    """A parameter in the document that means nothing to the server would be a promise not kept."""
    known = {*OPERATIONS.targets, *query._CLASSIC, *query._CLASSIC_SIDES, *query._CLASSIC_ARGUMENTS}
    assert set(PARAMETERS) == {*known, *query._OF_THE_WHOLE, *query._SIGNING}


@pytest.mark.parametrize(("name", "item"), DECLARED)
def test_schema_allows_what_the_server_takes(name: str, item: Parameter) -> None:
    """Ends of ranges and all words are taken; just outside them nothing is."""
    schema = PARAMETERS[name].schema
    if isinstance(item.kind, (Integer, Number)):
        assert (schema["minimum"], schema["maximum"]) == (item.kind.low, item.kind.high)
        for good in (schema["minimum"], schema["maximum"]):
            Grammar().parse(f"{name}={good}")
        for bad in (schema["minimum"] - 1, schema["maximum"] + 1):
            with pytest.raises(BadParameterError):
                Grammar().parse(f"{name}={bad}")
    elif isinstance(item.kind, (Choice, Switch)):
        for word in schema["enum"]:
            Grammar().parse(f"{name}={word}")
        with pytest.raises(BadParameterError):
            Grammar().parse(f"{name}=no-such-word")
    elif "pattern" in schema:
        assert re.search(schema["pattern"], str(PARAMETERS[item.query[0]].example))


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (LengthKind(), ["1", "65535", "50p", "12.5p", "0.0001p", "1000p"]),
        (BoxKind(), ["0,0,1,1", "10p,10p,80p,80p", "5,12.5p,100,50p"]),
        (SidesKind(), ["0", "1,2", "1,2,3", "65535,2,3,4"]),
        (GravityKind(), [*COMPASS, "fp:0.3:0.7", "fp,0,1"]),
        (ColourKind(), ["red", "transparent", "#fff", "ffff", "#a0B1c2", "a0b1c2d3"]),
    ],
)
def test_pattern_allows_what_the_server_takes(kind: Kind, texts: list[str]) -> None:
    """A client that checks before it asks is not kept from anything."""
    pattern = schema_of(kind)["pattern"]
    for text in texts:
        kind.parse(text)
        assert re.search(pattern, text), text
    assert not re.search(pattern, "no;such&value")


class StrangeKind:
    """A kind that a plug-in brings."""

    allowed = "something of its own"

    def parse(self, text: str) -> str:
        """Anything."""
        return text

    def format(self, value: str) -> str:
        """As it is."""
        return value


def test_unknown_kind_is_a_text() -> None:
    """What a plug-in's values look like only its words say."""
    assert schema_of(StrangeKind()) == {"type": "string"}


def test_every_filter_is_told() -> None:
    """The list and the draw take the same filters, and each is read."""
    assert [parameter.name for parameter in FILTERS] == list(FILTER_PARAMETERS)
    assert [parameter.name for parameter in LIST] == [*FILTER_PARAMETERS, "sort", "limit", "cursor"]
    for parameter in FILTERS:
        for value in parameter.schema.get("enum", ["1"]):
            assert ImageFilter.parse({parameter.name: value}) != EVERYTHING


def test_every_order_is_told() -> None:
    """Both directions of each column that there is."""
    (sort,) = (parameter for parameter in LIST if parameter.name == "sort")
    assert set(_SORTS) == set(ordering._COLUMNS)
    assert [str(Order.parse(word)) for word in sort.schema["enum"]] == sort.schema["enum"]
