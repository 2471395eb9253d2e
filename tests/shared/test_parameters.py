"""The kinds of values: one canonical text for each value, and a ValueError for every text that is not allowed."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.colours import TRANSPARENT, Colour
from shared.errors import BadParameterError
from shared.operation import Parameter
from shared.parameters import (
    CENTER,
    COMPASS,
    MAX_LENGTH_PX,
    Box,
    BoxKind,
    Choice,
    ColourKind,
    GravityKind,
    Integer,
    Kind,
    Length,
    LengthKind,
    Number,
    Point,
    Sides,
    SidesKind,
    Switch,
    format_number,
    parse_number,
)
from tests.shared.strategies import ANY_TEXT, PROPERTY, decimals, values

KINDS: tuple[Kind, ...] = (
    Number(-36_000, 36_000, "degrees"),
    Number(0.1, 8),
    Number(0, 250, "pixels"),
    Integer(0, 255),
    Integer(-5, 5, "steps"),
    Choice(("none", "h", "hv"), {"vh": "hv", "": "none"}),
    Switch(),
    LengthKind(),
    LengthKind(low=0),
    ColourKind(),
    GravityKind(),
    BoxKind(),
    SidesKind(),
)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
numeric_kind = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if isinstance(kind, Number | Integer | LengthKind)], ids=str
)

# What people and programs write into numbers, whole and in pieces.
near_numbers = st.text(st.sampled_from("0123456789.,-+eEp_ :;#xinfaINFNAfpnswh%\n١"), max_size=12)
plausible_texts = st.one_of(
    near_numbers,
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.floats().map(str),
    st.lists(near_numbers, min_size=1, max_size=5).map(",".join),
    st.tuples(decimals(-2, 2), decimals(-2, 2)).map(lambda pair: f"fp:{pair[0]}:{pair[1]}"),
    ANY_TEXT,
)


def parsed(kind: Kind, text: str) -> object:
    """Return the value, or None where ``text`` is refused as it ought to be."""
    try:
        value: object = kind.parse(text)
    except ValueError:
        return None
    return value


@each_kind
@PROPERTY
@given(data=st.data())
def test_text_of_a_value_parses_to_it(kind: Kind, data: st.DataObject) -> None:
    """What is written is read back, and written the same again."""
    value = data.draw(values(kind))
    text = kind.format(value)
    assert kind.parse(text) == value
    assert kind.format(kind.parse(text)) == text


@each_kind
@PROPERTY
@given(data=st.data())
def test_text_of_a_value_fits_into_a_plan(kind: Kind, data: st.DataObject) -> None:
    """The text holds nothing that separates operations, parameters, or names from values."""
    text = kind.format(data.draw(values(kind)))
    assert not set(text) & set(":;= ")
    assert text.isascii()


@each_kind
@PROPERTY
@given(text=plausible_texts)
def test_any_text_is_a_value_or_a_value_error(kind: Kind, text: str) -> None:
    """No text breaks a kind, and what it lets through has one canonical text that it lets through again."""
    value = parsed(kind, text)
    if value is not None:
        canonical = kind.format(value)
        assert kind.parse(canonical) == value
        assert kind.format(kind.parse(canonical)) == canonical


@each_kind
@PROPERTY
@given(text=plausible_texts)
def test_refusal_names_parameter_value_and_what_is_allowed(kind: Kind, text: str) -> None:
    """Through its parameter a kind raises nothing but the client's answer."""
    item = Parameter(name="it", kind=kind, default=None, help="It.")
    if parsed(kind, text) is not None:
        assert item.parse(text, given_as="op:it") == kind.parse(text)
        return
    with pytest.raises(BadParameterError) as caught:
        item.parse(text, given_as="op:it")
    assert caught.value.message.startswith("op:it=")
    assert repr(text)[1:60] in caught.value.message
    assert caught.value.message.endswith(kind.allowed)


@each_kind
def test_kind_says_what_it_allows(kind: Kind) -> None:
    """Errors and the documentation need words, and words without the caller's punctuation."""
    assert kind.allowed
    assert kind.allowed == kind.allowed.strip(" .")


@each_kind
@pytest.mark.parametrize("text", ["\ud800", "\0", "1\0", "9" * 1_000_000, "nan", "," * 100_000, "1e999999999"])
def test_hostile_text_is_refused(kind: Kind, text: str) -> None:
    """Broken Unicode, the null character, no number and far too much of one."""
    assert parsed(kind, text) is None


@numeric_kind
@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "+", ".", "p", "nan", "NaN", "-nan", "inf", "-inf", "infinity", "1e400", "1_0", "1__0",
        "0x1", "1 2", "1.2.3", "--1", "1,", "1:", "1;", "1=", "1%", "1px", "½", "٣", "３", "1\u00a02", "一",
    ],
)  # fmt: skip
def test_what_is_no_plain_number_is_refused(kind: Kind, text: str) -> None:
    """Digits are those of ASCII; what Python's own reader allows beyond them is not."""
    assert parsed(kind, text) is None


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("-1.5", -1.5), ("+2", 2), (".5", 0.5), ("5.", 5), (" 7 ", 7), ("1e2", 100)]
)
def test_decimal_numbers_of_every_spelling(text: str, value: float) -> None:
    """A sign, a point at either end, blanks around and an exponent are read."""
    assert parse_number(text) == value


@PROPERTY
@given(value=st.floats(-1e9, 1e9))
def test_number_is_written_plainly(value: float) -> None:
    """No exponent, no superfluous digit, no negative zero, and right to the fourth decimal."""
    text = format_number(value)
    assert Decimal(text) == Decimal(value).quantize(Decimal("0.0001"))
    assert text == "0" or not text.startswith("-0") or text.startswith("-0.")
    assert "." not in text or text[-1] not in "0."
    assert "e" not in text


@pytest.mark.parametrize("text", ["-0", "-0.0", "-0.00001"])
def test_zero_has_no_sign(text: str) -> None:
    """Zero is one value with one text, wherever it comes from."""
    assert math.copysign(1, parse_number(text)) == 1
    assert Number(-1, 1).format(Number(-1, 1).parse(text)) == "0"


@pytest.mark.parametrize("text", ["0.1", "8", "0.10", "8.00001"])
def test_ends_of_a_range_are_in_it(text: str) -> None:
    """Both ends count, after rounding to what is kept."""
    assert parsed(Number(0.1, 8), text) is not None


@pytest.mark.parametrize("text", ["0.0999", "8.0001", "-1", "1e300"])
def test_beyond_the_ends_is_refused(text: str) -> None:
    """One step of what is kept further is out."""
    assert parsed(Number(0.1, 8), text) is None


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("255", 255), ("7.0", 7), ("1e2", 100), (" 3 ", 3)])
def test_whole_number_is_an_int(text: str, value: int) -> None:
    """A whole number in any spelling becomes an ``int``, as the plan declares it."""
    parsed_value = Integer(0, 255).parse(text)
    assert parsed_value == value
    assert type(parsed_value) is int


@pytest.mark.parametrize("text", ["-1", "256", "0.5", "1e30"])
def test_fractions_and_other_ranges_are_no_whole_numbers(text: str) -> None:
    """A whole number is whole and in its range."""
    assert parsed(Integer(0, 255), text) is None


def test_range_is_told_with_its_unit() -> None:
    """The words of a range are the same in errors and in tables."""
    assert Number(0.1, 8).allowed == "a number from 0.1 to 8"
    assert Number(-100, 100, "percent").allowed == "a number from -100 to 100 percent"
    assert Integer(1, 100).allowed == "a whole number from 1 to 100"


def test_choice_knows_aliases_and_any_case() -> None:
    """An alias is the word that it stands for."""
    kind = Choice(("h", "v", "hv"), {"vh": "hv"})
    assert kind.parse(" VH ") == kind.parse("hv") == "hv"
    assert kind.allowed == "one of h, v, hv"
    assert parsed(kind, "x") is None


@pytest.mark.parametrize("text", ["", "1", "true", "YES", "on"])
def test_switch_goes_on(text: str) -> None:
    """The bare name switches on, as every word for it does."""
    assert Switch().parse(text) is True


@pytest.mark.parametrize("text", ["0", "False", "no", "off"])
def test_switch_goes_off(text: str) -> None:
    """Every word for off switches off."""
    assert Switch().parse(text) is False


@pytest.mark.parametrize("text", ["2", "o", "oui", "none", "-1"])
def test_switch_has_two_positions(text: str) -> None:
    """Any other word is refused, not taken for off."""
    assert parsed(Switch(), text) is None


def test_length_is_pixels_or_percent() -> None:
    """Both spellings, and what they come to on a side of 300 pixels."""
    assert LengthKind().parse("400") == Length(400)
    assert LengthKind().parse(" 50P ") == Length(50, is_percent=True)
    assert Length(400).of(300) == 400
    assert Length(33.5, is_percent=True).of(300) == 101
    assert str(Length(12.5, is_percent=True)) == "12.5p"


@pytest.mark.parametrize(
    "text", ["0", "-1", "65536", "1.5", "0p", "0.00001p", "-1p", "1000.0001p", "50%", "50pp", "p50", "50 p p"]
)
def test_length_has_its_bounds(text: str) -> None:
    """Whole pixels up to the longest side that formats know, percent above 0 to 1000."""
    assert parsed(LengthKind(), text) is None


def test_offset_may_be_nothing() -> None:
    """A rectangle may begin at the edge, in pixels and in percent."""
    assert LengthKind(low=0).parse("0") == Length(0)
    assert LengthKind(low=0).parse("0p") == Length(0, is_percent=True)


def test_scaled_length_stays_whole_and_at_least_one() -> None:
    """Pixels are rounded, halves up, and never vanish; percents keep their decimals."""
    assert Length(3).times(0.5) == Length(2)
    assert Length(1).times(0.1) == Length(1)
    assert Length(MAX_LENGTH_PX).times(8) == Length(8 * MAX_LENGTH_PX)
    assert Length(33.3, is_percent=True).times(0.5) == Length(16.65, is_percent=True)


@pytest.mark.parametrize("name", COMPASS)
def test_compass_names_its_points(name: str) -> None:
    """Every direction is read, and written as its name."""
    assert GravityKind().parse(name.upper()) == COMPASS[name]
    assert GravityKind().format(COMPASS[name]) == name


def test_compass_points_where_it_says() -> None:
    """North is up, west is left; the names mirror each other."""
    turned = {"n": "s", "ne": "sw", "e": "w", "se": "nw", "center": "center"}
    for name, opposite in turned.items():
        there, here = COMPASS[name], COMPASS[opposite]
        assert (there.x + here.x, there.y + here.y) == (1, 1)
    assert COMPASS["nw"] == (0, 0)
    assert COMPASS["ne"] == (1, 0)
    assert COMPASS["n"] == (0.5, 0)


@pytest.mark.parametrize("text", ["fp:0.3:0.7", "fp,0.3,0.7", "FP:.3:.70"])
def test_focal_point_of_every_spelling(text: str) -> None:
    """A focal point may be written with colons or with commas, and comes out with commas."""
    assert GravityKind().parse(text) == Point(0.3, 0.7)
    assert GravityKind().format(Point(0.3, 0.7)) == "fp,0.3,0.7"


def test_focal_point_on_the_compass_has_its_name() -> None:
    """Equal places have equal texts."""
    assert GravityKind().format(GravityKind().parse("fp:0.5:0.5")) == "center"
    assert GravityKind().format(GravityKind().parse("fp:-0:1")) == "sw"
    assert GravityKind().parse("c") == GravityKind().parse("centre") == CENTER


@pytest.mark.parametrize(
    "text", ["", "up", "fp", "fp:0.3", "fp:0.3:0.7:1", "fp:1.1:0", "fp:0:-0.1", "fp:a:b", "xy:0.3:0.7", "0.3,0.7"]
)
def test_other_places_are_refused(text: str) -> None:
    """A place is inside the image and has two coordinates."""
    assert parsed(GravityKind(), text) is None


def test_invisible_colours_are_one() -> None:
    """What has no alpha has no colour either: the same work has one text."""
    assert ColourKind().parse("ff00ff00") == ColourKind().parse("transparent") == TRANSPARENT
    assert ColourKind().parse("ff00ff01") == Colour(255, 0, 255, 1)


def test_box_is_four_lengths() -> None:
    """Offsets may be nothing, sides may not; pixels and percent may be mixed."""
    assert BoxKind().parse("0, 10p, 300, 50.5p") == Box(
        Length(0), Length(10, is_percent=True), Length(300), Length(50.5, is_percent=True)
    )
    for text in ("", "1,2,3", "1,2,3,4,5", "0,0,0,5", "0,0,5,0p", "-1,0,5,5", "1;2;3;4"):
        assert parsed(BoxKind(), text) is None


@pytest.mark.parametrize(
    ("text", "sides"),
    [("4", (4, 4, 4, 4)), ("1,2", (1, 2, 1, 2)), ("1,2,3", (1, 2, 3, 2)), ("1,2,3,4", (1, 2, 3, 4))],
)
def test_sides_follow_css(text: str, sides: tuple[int, ...]) -> None:
    """What is missing is taken from the opposite side."""
    assert SidesKind().parse(text) == sides


@pytest.mark.parametrize("text", ["", ",", "1,", "1,2,3,4,5", "-1", "65536", "1.5", "10p"])
def test_sides_are_one_to_four_whole_pixels(text: str) -> None:
    """Anything else is refused."""
    assert parsed(SidesKind(), text) is None


def test_sides_are_written_all_four() -> None:
    """One spelling, whatever was given."""
    assert SidesKind().format(Sides(1, 2, 1, 2)) == "1,2,1,2"
