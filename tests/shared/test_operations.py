"""The declarations: complete, told apart by their names, idle by default, and canonical once and for all."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadParameterError
from shared.formats import ALL, BY_EXTENSION
from shared.operation import Operation, Parameter
from shared.operations import (
    ALL_OPERATIONS,
    STEPS,
    Autocontrast,
    Blur,
    Crop,
    Encode,
    Equalize,
    Flip,
    Grayscale,
    Invert,
    Mask,
    Open,
    Pad,
    Resize,
    Rotate,
    Sepia,
    Trim,
    Unsharp,
)
from shared.operations.registry import OPERATIONS
from shared.parameters import Length, Point
from tests.shared.strategies import ANY_TEXT, PROPERTY, operations

PARAMETERS = [(kind, item) for kind in ALL_OPERATIONS for item in kind.parameters()]
each_operation = pytest.mark.parametrize("kind", ALL_OPERATIONS, ids=lambda kind: kind.name)
each_parameter = pytest.mark.parametrize(
    ("kind", "item"), PARAMETERS, ids=[f"{kind.name}-{item.name}" for kind, item in PARAMETERS]
)


def read(text: str) -> Operation:
    """Read one operation as a plan writes it."""
    name, *arguments = text.split(":")
    return OPERATIONS.by_name[name].parse(arguments)


def canonical_text(text: str) -> str:
    """Write in canonical form what ``text`` says; nothing when that is nothing to do."""
    operation = read(text).canonical()
    return operation.text if operation else ""


def is_declared(kind: type[Operation]) -> bool:
    """Whether a class is a finished declaration of ours: tests and modules from elsewhere may make more."""
    return "name" in vars(kind) and kind.__module__.startswith("shared.operations.")


@each_operation
def test_operation_is_documented(kind: type[Operation]) -> None:
    """Its docstring is the sentence that the documentation shows."""
    assert (kind.__doc__ or "").endswith(".")
    assert kind.__doc__ != kind.__name__
    assert kind.name == kind.__name__.lower()


@each_parameter
def test_parameter_is_documented(kind: type[Operation], item: Parameter) -> None:
    """Its help is a sentence, and its kind says what is allowed."""
    assert item.help.endswith(".")
    assert item.kind.allowed


@each_parameter
def test_default_could_have_been_given(kind: type[Operation], item: Parameter) -> None:
    """A default is no value, or one that the parameter's own text gives."""
    if item.default is not None:
        assert item.kind.parse(item.kind.format(item.default)) == item.default
    assert getattr(kind(), item.name) == item.default


@each_operation
def test_default_operation_does_nothing(kind: type[Operation]) -> None:
    """An operation of which nothing is said is no work."""
    assert kind().canonical() is None
    assert kind().text == kind.name


def test_operations_are_told_apart_by_name() -> None:
    """Every declaration is in the one list, under a name of its own; head and tail stand at its ends."""
    assert len(OPERATIONS.by_name) == len(ALL_OPERATIONS)
    assert set(ALL_OPERATIONS) == {kind for kind in Operation.__subclasses__() if is_declared(kind)}
    assert (ALL_OPERATIONS[0], ALL_OPERATIONS[-1]) == (Open, Encode)


def test_fixed_order_is_the_documented_one() -> None:
    """A plain query trims, crops, resizes, pads, turns and flips, and then touches colours."""
    assert STEPS[:6] == (Trim, Crop, Resize, Pad, Rotate, Flip)


def test_query_names_belong_to_one_parameter() -> None:
    """A query's name sets one thing, but for the names that are marked as shared."""
    own = Counter(name for _, item in PARAMETERS for name in item.query if not item.shared_query)
    shared = Counter(name for _, item in PARAMETERS for name in item.query if item.shared_query)
    assert set(own.values()) == {1}
    assert set(shared) == {"bg", "background"}
    assert min(shared.values()) > 1


@each_operation
def test_names_within_an_operation_mean_one_parameter(kind: type[Operation]) -> None:
    """Neither its name nor an alias of one parameter is the other's."""
    names = [name for item in kind.parameters() for name in {item.name, *item.query}]
    assert len(set(names)) == len(names)


@each_operation
@PROPERTY
@given(data=st.data())
def test_canonical_form_is_canonical(kind: type[Operation], data: st.DataObject) -> None:
    """What was put in canonical form stays as it is."""
    canonical = data.draw(operations(kind)).canonical()
    assert canonical is None or canonical.canonical() == canonical


@each_operation
@PROPERTY
@given(data=st.data())
def test_text_is_read_back(kind: type[Operation], data: st.DataObject) -> None:
    """The text says every parameter that is not at its default, and what is read back is equal."""
    operation = data.draw(operations(kind))
    if operation != kind():
        assert read(operation.text) == operation
        assert hash(read(operation.text)) == hash(operation)


@each_operation
@PROPERTY
@given(data=st.data())
def test_canonical_work_is_never_mute(kind: type[Operation], data: st.DataObject) -> None:
    """Work that is to be done has parameters in its text, and so is told from none."""
    canonical = data.draw(operations(kind)).canonical()
    assert canonical is None or canonical.text.startswith(f"{kind.name}:")


@each_operation
@PROPERTY
@given(arguments=st.lists(ANY_TEXT, max_size=3), data=st.data())
def test_any_arguments_are_read_or_refused(
    kind: type[Operation], arguments: list[str], data: st.DataObject
) -> None:
    """Whatever follows the name, and whichever parameter it is put under, is a value or a BadParameterError."""
    named = [f"{name}={data.draw(ANY_TEXT)}" for item in kind.parameters() for name in (item.name, *item.query)]
    for argument in (*arguments, *named):
        try:
            operation = kind.parse([argument])
        except BadParameterError:
            continue
        assert operation == kind() or read(operation.text) == operation


@pytest.mark.parametrize("query", ["w", "width"])
def test_arguments_go_by_any_of_their_names(query: str) -> None:
    """A chain may use the names of queries."""
    assert Resize.parse([f"{query}=800"]) == Resize(width=Length(800))


def test_argument_without_a_name_is_the_first_parameter() -> None:
    """``blur:2`` says what ``blur:sigma=2`` says."""
    assert Blur.parse(["2"]) == Blur.parse(["sigma=2"]) == Blur(sigma=2)


@pytest.mark.parametrize("name", ["grayscale", "invert", "equalize"])
def test_bare_name_switches_on(name: str) -> None:
    """A chain may say ``grayscale`` as a query may."""
    assert canonical_text(name) == f"{name}:on=1"


# A switch each, or with a strength that the name alone stands for, or with nothing as one of its words.
MEANT_BY_NAME = (Grayscale, Invert, Equalize, Autocontrast, Sepia, Flip, Mask)


@pytest.mark.parametrize("kind", [kind for kind in ALL_OPERATIONS if kind not in MEANT_BY_NAME])
def test_bare_name_of_what_is_no_switch_is_refused(kind: type[Operation]) -> None:
    """An operation that is named without saying how much is a mistake, not nothing to do."""
    with pytest.raises(BadParameterError, match=f"{kind.name}:{kind.parameters()[0].name}='' is not allowed"):
        kind.parse([])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("blur:sigma=300", "blur:sigma='300' is not allowed: a number from 0 to 250 pixels"),
        ("blur:blur=x", "blur:blur='x' is not allowed: a number from 0 to 250 pixels"),
        ("blur:strength=2", "blur='strength=2' is not allowed: it takes sigma, blur"),
        ("blur:2:3", "blur='3' is not allowed: sigma is given twice"),
        ("resize:w=1:width=1", "resize='width=1' is not allowed: width is given twice"),
        ("flip:axes=x", "flip:axes='x' is not allowed: one of "),
    ],
)
def test_refusal_says_what_is_wrong(text: str, said: str) -> None:
    """An error names the operation, the argument as it was written and what is allowed."""
    with pytest.raises(BadParameterError) as caught:
        read(text)
    assert caught.value.message.startswith(said)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("open:frame=3:frames=5", "open:frame=3"),
        ("open:frames=5", "open:frames=5"),
        ("trim:0", "trim:tolerance=0"),
        ("resize:w=400:dpr=2", "resize:width=800"),
        ("resize:w=50p:dpr=2", "resize:width=100p"),
        ("resize:h=3:dpr=0.5", "resize:height=2"),
        ("resize:dpr=2:fit=cover:g=n", ""),
        ("resize:w=400:fit=cover:g=n:bg=red", "resize:width=400"),
        ("resize:w=400:fit=inside", "resize:width=400:fit=inside"),
        ("resize:w=4:h=3:g=n", "resize:width=4:height=3"),
        ("resize:w=4:h=3:fit=cover:g=n:bg=red", "resize:width=4:height=3:fit=cover:gravity=n"),
        ("resize:w=4:h=3:fit=pad:bg=red", "resize:width=4:height=3:fit=pad:bg=ff0000"),
        ("resize:w=4:h=3:fit=pad:bg=ff000000", "resize:width=4:height=3:fit=pad"),
        ("resize:w=4:resfilter=bicubic", "resize:width=4:filter=catmullrom"),
        ("pad:0:bg=red", ""),
        ("pad:1,2:bg=ff000000", "pad:sides=1,2,1,2"),
        ("rotate:-90", "rotate:angle=270"),
        ("rotate:450:bg=red", "rotate:angle=90"),
        ("rotate:-0.0001", "rotate:angle=359.9999"),
        ("rotate:30:bg=red", "rotate:angle=30:bg=ff0000"),
        ("rotate:720", ""),
        ("hue:-10", "hue:angle=350"),
        ("hue:360", ""),
        ("flip:vh", "flip:axes=hv"),
        ("flip:none", ""),
        ("unsharp:0:threshold=5", ""),
        ("unsharp:2:threshold=5", "unsharp:sigma=2:threshold=5"),
        ("background:transparent", ""),
        ("background:fff", "background:bg=ffffff"),
        ("encode:jpg:q=80:lossless=1", "encode:format=jpeg:quality=80"),
        ("encode:png:q=80:progressive=1", "encode:format=png"),
        ("encode:webp:q=80:lossless=1", "encode:format=webp:lossless=1"),
        ("encode:auto:q=80:lossless=1", "encode:format=auto:quality=80:lossless=1"),
        ("encode:q=80", "encode:quality=80"),
        ("encode:png:q=auto:max_bytes=5000", "encode:format=png:max_bytes=5000"),
        ("encode:webp:q=auto:lossless=1:max_bytes=5000", "encode:format=webp:max_bytes=5000:lossless=1"),
        ("encode:jpg:q=AUTO", "encode:format=jpeg:quality=auto"),
        ("encode:q=auto:loop=2", "encode:quality=auto:loop=2"),
        ("encode:jpg:loop=2", "encode:format=jpeg"),
        ("encode:gif:loop=0", "encode:format=gif:loop=0"),
        ("encode:png:keep=all", "encode:format=png:keep=all"),
        ("encode:bmp:keep=all", "encode:format=bmp"),
        ("encode:auto:keep=all", "encode:format=auto:keep=all"),
    ],
)
def test_canonical_form_forgets_what_has_no_effect(text: str, canonical: str) -> None:
    """Equal work is spelt in one way."""
    assert canonical_text(text) == canonical


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "resize:w=1000p:dpr=2",
            "width times dpr='2000p' is not allowed: whole pixels from 1 to 65535, or percent",
        ),
        ("resize:h=65535:dpr=1.5", "height times dpr='98303' is not allowed: whole pixels from 1 to 65535"),
    ],
)
def test_density_cannot_make_a_length_that_none_may_be(text: str, said: str) -> None:
    """What is allowed alone and too much together is refused here, before a worker has to."""
    with pytest.raises(BadParameterError) as caught:
        read(text).canonical()
    assert caught.value.message.startswith(said)


def test_density_leaves_something_of_every_length() -> None:
    """The smallest lengths times the smallest density are lengths still."""
    assert canonical_text("resize:w=0.0001p:h=1:dpr=0.1") == "resize:width=0.0001p:height=1"


@pytest.mark.parametrize("extension", [name for name, each in BY_EXTENSION.items() if each.name != "heic"])
def test_format_goes_by_every_extension(extension: str) -> None:
    """Whatever a file may be called, a result may be asked for as, unless it is never written."""
    assert Encode.parse([extension]).format == BY_EXTENSION[extension].name


@pytest.mark.parametrize("name", [each.name for each in ALL if each.name != "heic"])
def test_format_goes_by_its_name(name: str) -> None:
    """The names of the table are words for ``format``."""
    assert Encode.parse([name]).format == name


def test_values_have_the_declared_types() -> None:
    """What is read is of the kind that the functions behind it expect."""
    resize = Resize.parse(["w=50p", "g=fp,0.3,0.7", "dpr=2"])
    assert (resize.width, resize.gravity, resize.dpr) == (Length(50, is_percent=True), Point(0.3, 0.7), 2.0)
    assert type(Open.parse(["frame=3"]).frame) is int
    assert Grayscale.parse([""]).on is True
    assert Unsharp.parse(["sharpen=1.5"]) == Unsharp(sigma=1.5)
