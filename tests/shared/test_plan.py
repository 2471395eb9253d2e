"""Plans: equal work has equal plans, texts and keys; other work, another image or another engine has not."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shared.errors import BadParameterError
from shared.limits import Limits
from shared.operation import Operation
from shared.operations import Blur, Crop, Encode, Flip, Grayscale, Open, Resize, Rotate
from shared.parameters import Length
from shared.plan import Plan
from tests.shared.strategies import ANY_TEXT, PROPERTY, any_operations, right_angles

plans = any_operations().map(Plan.of)

MOVES: tuple[Operation, ...] = (
    *(Rotate(angle=angle) for angle in (90, 180, 270)),
    *(Flip(axes=axes) for axes in ("h", "v", "hv")),
)
RUNS = [run for length in range(4) for run in itertools.product(MOVES, repeat=length)]

_CLOCKWISE = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}
_MIRRORED = {"h": Image.Transpose.FLIP_LEFT_RIGHT, "v": Image.Transpose.FLIP_TOP_BOTTOM}


def moved(steps: Iterable[Operation]) -> tuple[tuple[int, int], bytes]:
    """Move the pixels of a picture without any symmetry, one step after the other; return size and pixels."""
    image = Image.frombytes("L", (2, 3), bytes(range(6)))
    for step in steps:
        if isinstance(step, Rotate):
            image = image.transpose(_CLOCKWISE[round(step.angle)])
        elif isinstance(step, Flip):
            for axis in step.axes:
                image = image.transpose(_MIRRORED[axis])
    return image.size, image.tobytes()


@PROPERTY
@given(plan=plans)
def test_text_of_a_plan_is_read_back(plan: Plan) -> None:
    """What the front end writes the worker reads: the same plan, with the same text."""
    assert Plan.parse(plan.text) == plan
    assert Plan.parse(plan.text).text == plan.text


@PROPERTY
@given(plan=plans)
def test_canonical_form_is_canonical(plan: Plan) -> None:
    """A plan made of a plan's operations is that plan."""
    assert Plan.of((plan.head, *plan.steps, plan.tail)) == plan


@PROPERTY
@given(operations=any_operations(), data=st.data())
def test_idle_operations_leave_no_trace(operations: list[Operation], data: st.DataObject) -> None:
    """Operations that do nothing change neither plan nor key, wherever they stand."""
    at = data.draw(st.integers(0, len(operations)))
    idle = data.draw(st.sampled_from((Blur(), Flip(), Rotate(angle=360), Resize(dpr=2), Encode(), Open())))
    assert Plan.of((*operations[:at], idle, *operations[at:])) == Plan.of(operations)


@PROPERTY
@given(first=plans, second=plans)
def test_plans_texts_and_keys_are_equal_together(first: Plan, second: Plan) -> None:
    """One text and one key for each plan, and one plan for each text."""
    keys = {plan.key("cat.png", engine="1") for plan in (first, second)}
    assert (first == second) is (first.text == second.text) is (len(keys) == 1)
    assert first != second or hash(first) == hash(second)


@PROPERTY
@given(
    text=ANY_TEXT | st.lists(st.sampled_from((*"bluresizflip:;=,0129-+. p", "blur:", "resize:w=")), max_size=20)
)
def test_any_text_is_a_plan_or_refused(text: str | list[str]) -> None:
    """A worker reads whatever the front end sends without breaking."""
    try:
        plan = Plan.parse("".join(text))
    except BadParameterError:
        return
    assert Plan.parse(plan.text) == plan


@pytest.mark.parametrize("run", RUNS, ids=lambda run: ";".join(step.text for step in run) or "nothing")
def test_merged_turns_and_flips_move_pixels_alike(run: tuple[Operation, ...]) -> None:
    """Right angles and flips may be merged, and every pixel still goes where the single steps took it."""
    assert moved(Plan.of(run).steps) == moved(run)


def test_one_spelling_for_each_symmetry() -> None:
    """Turns and flips that move pixels alike have one plan: there are eight of them, and nothing is the first."""
    spellings: dict[object, set[str]] = {}
    for run in RUNS:
        spellings.setdefault(moved(run), set()).add(Plan.of(run).text)
    assert {len(texts) for texts in spellings.values()} == {1}
    assert len(spellings) == 8
    assert spellings[moved(())] == {""}


@PROPERTY
@given(run=st.lists(right_angles(), max_size=12), data=st.data())
def test_long_runs_are_merged_wherever_they_are_cut(run: list[Operation], data: st.DataObject) -> None:
    """A run of any length becomes at most two steps, the same whether merged at once or in parts."""
    at = data.draw(st.integers(0, len(run)))
    merged = Plan.of(run)
    assert len(merged.steps) <= 2
    assert Plan.of((*Plan.of(run[:at]).steps, *Plan.of(run[at:]).steps)) == merged


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("flip:hv", "rotate:angle=180"),
        ("rotate:180;flip:hv", ""),
        ("flip:h;flip:v", "rotate:angle=180"),
        ("rotate:270;flip:h", "rotate:angle=90;flip:axes=v"),
        ("flip:h;rotate:90", "rotate:angle=90;flip:axes=v"),
        ("flip:h;rotate:180", "flip:axes=v"),
        ("flip:h;blur:2;flip:h", "flip:axes=h;blur:sigma=2;flip:axes=h"),
        ("rotate:45;rotate:45", "rotate:angle=45;rotate:angle=45"),
        ("rotate:45;rotate:90;rotate:270", "rotate:angle=45"),
        ("rotate:90:bg=red;rotate:90:bg=blue", "rotate:angle=180"),
        ("rotate:90;crop:0,0,5,5;rotate:270", "rotate:angle=90;crop:box=0,0,5,5;rotate:angle=270"),
        (";;blur:2;;", "blur:sigma=2"),
        ("", ""),
        ("encode:webp;blur:2;open:frame=1", "open:frame=1;blur:sigma=2;encode:format=webp"),
        ("blur:2;resize:w=5", "blur:sigma=2;resize:width=5"),
        ("grayscale;invert", "grayscale:on=1;invert:on=1"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    """Steps keep their order, head and tail take their ends, and neighbours are merged where that is exact."""
    assert Plan.parse(text).text == canonical


def test_last_head_and_tail_count() -> None:
    """A plan opens and encodes once: as it was said last."""
    plan = Plan.of([Encode(format="png"), Open(frame=1), Open(frame=2), Encode(format="webp", quality=5)])
    assert (plan.head, plan.tail) == (Open(frame=2), Encode(format="webp", quality=5))


def test_unknown_operation_is_refused_with_those_that_are_known() -> None:
    """The refusal names what was asked for and what may be."""
    with pytest.raises(BadParameterError) as caught:
        Plan.parse("blurr:2")
    assert caught.value.message.startswith("operation='blurr' is not allowed: one of open, trim, crop, resize")


def test_idle_plan_asks_for_the_original() -> None:
    """Nothing to do is told from anything to do, re-encoding among it."""
    assert Plan().is_idle
    assert Plan.parse("rotate:360").is_idle
    assert not Plan.parse("encode:png").is_idle
    assert not Plan.parse("open:frame=0").is_idle
    assert not Plan.parse("encode:quality=80").is_idle


def test_negotiated_format_replaces_auto() -> None:
    """Once a format is chosen the plan is that of someone who asked for it by name."""
    plan = Plan.parse("resize:w=5;encode:auto:quality=80:progressive=1")
    assert plan.format == "auto"
    assert plan.with_format("jpeg") == Plan.parse("resize:w=5;encode:jpeg:quality=80:progressive=1")
    assert plan.with_format("png") == Plan.parse("resize:w=5;encode:png")
    assert plan.with_format("png").format == "png"
    assert Plan().format is None


def test_steps_of_one_kind() -> None:
    """``each`` yields what it is asked for, in order."""
    plan = Plan.parse("blur:2;resize:w=5;blur:3")
    assert list(plan.each(Blur)) == [Blur(sigma=2), Blur(sigma=3)]
    assert list(plan.each(Crop)) == []


def test_key_is_thirty_two_hexadecimal_digits() -> None:
    """Keys are names of files, whatever they are made of."""
    assert re.fullmatch("[0-9a-f]{32}", Plan().key("ä/\ud800\0" * 1000, engine=""))


def test_key_changes_with_all_that_it_names() -> None:
    """Another image, another engine, another plan: another result."""
    plan = Plan.parse("blur:2")
    assert plan.key("a", engine="1") == Plan.parse("blur:sigma=2.0").key("a", engine="1")
    others = {plan.key("b", engine="1"), plan.key("a", engine="2"), Plan.parse("blur:3").key("a", engine="1")}
    assert len(others | {plan.key("a", engine="1")}) == 4


@PROPERTY
@given(text=st.text(st.characters(exclude_categories=()), max_size=12), data=st.data())
def test_characters_cannot_move_from_image_to_engine(text: str, data: st.DataObject) -> None:
    """Two ways to part one text are two keys."""
    cuts = st.integers(0, len(text))
    first, second = data.draw(cuts), data.draw(cuts)
    keys = {Plan().key(text[:at], engine=text[at:]) for at in (first, second)}
    assert len(keys) == len({first, second})


def test_part_cannot_pretend_to_be_the_next() -> None:
    """A name that holds what looks like the length of the next part is a name."""
    lengths = [size.to_bytes(4, "big").decode() for size in range(4)]
    parts = [
        "",
        "a",
        "é",
        "\udcc3\udca9",
        *lengths,
        *("a" + length for length in lengths),
        *(length + "a" for length in lengths),
    ]
    keys = {Plan().key(identity, engine=engine) for identity in parts for engine in parts}
    assert len(keys) == len(parts) ** 2


def test_plan_within_the_limits_passes() -> None:
    """As many operations and as long sides as are allowed, and no more, are allowed."""
    limits = Limits(max_ops=2, max_side=100)
    Plan.parse("resize:w=100:h=100;blur:2;encode:png").check(limits)
    Plan.parse("resize:w=1000p").check(limits)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("blur:1;blur:2;blur:3", "operations='3' is not allowed: at most 2 operations"),
        ("resize:w=101", "width='101' is not allowed: at most 100 pixels a side, dpr included"),
        ("resize:w=51:dpr=2", "width='102' is not allowed"),
        ("resize:w=5:h=101", "height='101' is not allowed"),
        ("blur:2;resize:h=101", "height='101' is not allowed"),
    ],
)
def test_plan_beyond_a_limit_is_refused(text: str, said: str) -> None:
    """Whatever the image, so much is not done; the refusal names what is too much."""
    with pytest.raises(BadParameterError) as caught:
        Plan.parse(text).check(Limits(max_ops=2, max_side=100))
    assert caught.value.message.startswith(said)


def test_idle_operations_do_not_count() -> None:
    """The limit is on work."""
    Plan.of([Grayscale(), Blur(), Resize(width=Length(5), dpr=1), Flip()]).check(Limits(max_ops=1))
