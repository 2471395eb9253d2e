"""Chains, presets and pipelines: what is told in which order, what takes whose place, and what may not."""

from __future__ import annotations

from itertools import permutations
from urllib.parse import quote

import pytest
from hypothesis import given

from shared.composition import Composition
from shared.errors import BadParameterError, PipelineNotFoundError
from shared.grammar import Grammar
from shared.operation import Operation
from shared.operations import Blur, Encode, Open, Resize
from shared.plan import Plan, parse_operations
from shared.query import MAX_DOWNLOAD_CHARS, MAX_PRESETS, read_query
from shared.recipe import Pipeline, Recipes
from tests.shared.strategies import PROPERTY, any_operations


def pipeline(name: str, chain: str, *, locked: bool = False) -> Pipeline:
    """Declare one as it is written down."""
    return Pipeline(name=name, operations=tuple(parse_operations(chain)), locked=locked)


GRAMMAR = Grammar(
    Recipes(
        presets={
            "small": "w=100&q=60",
            "tall": "h=300&fit=cover",
            "soft": "blur=2",
            "chain": "ops=blur:3;resize:w=50",
            "off": "blur=0",
        },
        pipelines={
            "thumb": pipeline("thumb", "blur:2;resize:w=200;encode:format=webp"),
            "fixed": pipeline("fixed", "resize:w=64;encode:format=png", locked=True),
            "twice": pipeline("twice", "blur:1;resize:w=9;blur:2"),
        },
    )
)
PLAIN = Grammar()


def text_of(query: str, *, pipeline: str | None = None) -> str:
    """The plan's text; nothing may have been ignored."""
    parsed = GRAMMAR.parse(query, pipeline=pipeline)
    assert parsed.ignored == ()
    return parsed.plan.text


def refusal(query: str, *, pipeline: str | None = None) -> str:
    """The words in which a query is refused."""
    with pytest.raises(BadParameterError) as caught:
        GRAMMAR.parse(query, pipeline=pipeline)
    return caught.value.message


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ops=", ""),
        ("ops=;;", ""),
        ("ops=resize:w=800:h=600;blur:2;flip:h", "resize:width=800:height=600;blur:sigma=2;flip:axes=h"),
        ("ops=blur:2;resize:w=8", "blur:sigma=2;resize:width=8"),
        ("ops=blur:2%3Bblur:3", "blur:sigma=2;blur:sigma=3"),
        ("ops=blur:0;resize:8", "resize:width=8"),
        ("ops=resize:w=8&q=50&f=webp", "resize:width=8;encode:format=webp:quality=50"),
        ("ops=resize:w=8;encode:f=webp", "resize:width=8;encode:format=webp"),
        ("ops=encode:format=webp;resize:w=8", "resize:width=8;encode:format=webp"),
        ("ops=resize:w=8;encode:f=webp&q=50", "resize:width=8;encode:format=webp:quality=50"),
        ("ops=resize:w=8;encode:f=webp&f=png", "resize:width=8;encode:format=png"),
        ("ops=blur:2&ops=blur:sigma=2.0", "blur:sigma=2"),
    ],
)
def test_chain_is_done_in_its_own_order(query: str, text: str) -> None:
    """Each operation where it stands, as often as it stands there; only the encoding may be told beside it."""
    assert text_of(query) == text


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("ops=blur:2&ops=blur:3", "another ops is given too"),
        ("ops=blur:2&w=8", "w stands beside ops"),
        ("sepia=1&ops=", "sepia stands beside ops"),
        ("ops=blur:2&filter=bw", "filter stands beside ops"),
        ("ops=none:1", "operation='none' is not allowed"),
        ("ops=blur:x", "blur:sigma='x'"),
        ("ops=blur:1:2", "sigma is given twice"),
        ("ops=resize:depth=1", "it takes width"),
    ],
)
def test_bad_chain_is_refused(query: str, words: str) -> None:
    """What is unknown in it, or stands beside it without a place, is named."""
    assert words in refusal(query)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("preset=small", "resize:width=100;encode:quality=60"),
        ("p=small", "resize:width=100;encode:quality=60"),
        ("preset=small,tall", "resize:width=100:height=300:fit=cover;encode:quality=60"),
        ("preset=small,tall&p=small,tall", "resize:width=100:height=300:fit=cover;encode:quality=60"),
        ("p=small&w=50", "resize:width=50;encode:quality=60"),
        ("w=50&p=small", "resize:width=50;encode:quality=60"),
        ("p=small&q=80&sepia=1", "resize:width=100;sepia:amount=1;encode:quality=80"),
        ("p=soft,off", ""),
        ("p=off,soft", "blur:sigma=2"),
        ("p=soft&blur=0", ""),
        ("p=chain", "blur:sigma=3;resize:width=50"),
        ("p=chain,small", "blur:sigma=3;resize:width=100;encode:quality=60"),
        ("p=small,chain", "blur:sigma=3;resize:width=50;encode:quality=60"),
        ("p=chain&w=60", "blur:sigma=3;resize:width=60"),
        ("p=chain&sepia=1", "blur:sigma=3;resize:width=50;sepia:amount=1"),
        ("p=small&ops=flip:h", "flip:axes=h;encode:quality=60"),
    ],
)
def test_later_takes_the_place_of_earlier(query: str, text: str) -> None:
    """Presets in their order, then the query, wherever it stands; a chain takes the place of all steps."""
    assert text_of(query) == text


@pytest.mark.parametrize("query", ["p=none", "p=", "p=small,", "p=small,none", "p=Small", "preset=%20small"])
def test_unknown_preset_is_refused(query: str) -> None:
    """With the names of those that there are."""
    words = refusal(query)
    assert words.startswith("preset=")
    assert words.endswith("one of chain, off, small, soft, tall")


def test_without_presets_that_is_said() -> None:
    """Rather than to name none."""
    with pytest.raises(BadParameterError, match="no preset is configured"):
        PLAIN.parse("p=small")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "blur:sigma=2;resize:width=200;encode:format=webp"),
        ("w=50", "blur:sigma=2;resize:width=50;encode:format=webp"),
        ("h=50", "blur:sigma=2;resize:width=200:height=50;encode:format=webp"),
        ("blur=0", "resize:width=200;encode:format=webp"),
        ("f=jpg&q=50", "blur:sigma=2;resize:width=200;encode:format=jpeg:quality=50"),
        ("sepia=1", "blur:sigma=2;resize:width=200;sepia:amount=1;encode:format=webp"),
        ("rotate=90&flip=h&w=5", "blur:sigma=2;resize:width=5;rotate:angle=90;flip:axes=h;encode:format=webp"),
        ("p=small", "blur:sigma=2;resize:width=100;encode:format=webp:quality=60"),
        ("p=small&w=7", "blur:sigma=2;resize:width=7;encode:format=webp:quality=60"),
        ("ops=flip:h", "flip:axes=h"),
    ],
)
def test_query_changes_a_pipeline(query: str, text: str) -> None:
    """A field of a step where it stands; what the chain does not do comes after it, in the fixed order."""
    assert text_of(query, pipeline="thumb") == text


def test_field_of_a_step_that_comes_twice_is_changed_once() -> None:
    """The first of them is; the chain's other one stays as it was written."""
    assert text_of("blur=5", pipeline="twice") == "blur:sigma=5;resize:width=9;blur:sigma=2"


@pytest.mark.parametrize("query", ["w=8", "w=64", "f=png", "p=small", "ops=", "sepia=0", "filter=bw", "bg=red"])
def test_locked_pipeline_is_not_changed(query: str) -> None:
    """Not even to what it does anyway: which pipeline refuses is told."""
    assert refusal(query, pipeline="fixed") == "the pipeline fixed is locked: no parameter may change what it does"


@pytest.mark.parametrize("query", ["", "utm_source=x", "download", "download=a.png", "sig=x&exp=1", "resx=0"])
def test_locked_pipeline_does_not_mind_what_changes_nothing(query: str) -> None:
    """Strangers, signatures and the name of a download are no part of what is done."""
    assert GRAMMAR.parse(query, pipeline="fixed").plan.text == "resize:width=64;encode:format=png"


@pytest.mark.parametrize("name", ["none", "", "Thumb", "small"])
def test_unknown_pipeline_is_not_found(name: str) -> None:
    """A preset is none; and it is said before anything about the query."""
    with pytest.raises(PipelineNotFoundError):
        GRAMMAR.parse("w=x", pipeline=name)


@pytest.mark.parametrize(
    ("query", "pipeline", "is_free"),
    [
        ("", None, False),
        ("utm=1&sig=x&exp=2&download", None, False),
        ("p=small", None, False),
        ("", "thumb", False),
        ("p=small", "thumb", False),
        ("w=8", None, True),
        ("ops=", None, True),
        ("f=auto", None, True),
        ("p=small&q=1", None, True),
        ("h=8", "thumb", True),
    ],
)
def test_what_has_a_name_is_told_from_what_is_free(query: str, pipeline: str | None, is_free: bool) -> None:
    """On that it depends what anyone may have done where only presets and pipelines are allowed."""
    assert GRAMMAR.parse(query, pipeline=pipeline).is_free is is_free


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", None),
        ("download", ""),
        ("download=", ""),
        ("download=my%20cat.png", "my cat.png"),
        ("download=%E2%82%AC", "€"),
        ("download=" + "x" * MAX_DOWNLOAD_CHARS, "x" * MAX_DOWNLOAD_CHARS),
    ],
)
def test_download_is_a_name(query: str, name: str | None) -> None:
    """Or nothing, for the image's own; it is no part of the plan."""
    parsed = PLAIN.parse(query)
    assert parsed.download == name
    assert parsed.plan.is_idle


def _outcome(query: str) -> tuple[str, str | None] | None:
    try:
        parsed = GRAMMAR.parse(query)
    except BadParameterError:
        return None
    return parsed.plan.text, parsed.download


def test_order_of_parameters_says_nothing() -> None:
    """A signature is that of all orders: whoever has one must not choose among several images by it."""
    parameters = (
        "p=small", "preset=tall", "p=off,soft", "preset=soft,off", "ops=flip:h", "ops=blur:1", "w=7", "width=9",
        "download", "download=a", "download=b", "filter=blur", "filter=bw", "f_param=3", "f_param=5", "blur=1",
        "process=unsharpen", "p1=2", "p2=8", "resx=0", "f=png", "to=webp", "q=5", "utm=1",
    )  # fmt: skip
    for one, other in permutations(parameters, 2):
        assert _outcome(f"{one}&{other}") == _outcome(f"{other}&{one}"), (one, other)


@pytest.mark.parametrize("query", ["p=small&p=tall", "preset=soft&p=off", "download=a&download=b"])
def test_what_is_said_twice_is_said_alike(query: str) -> None:
    """Several presets are joined by commas, where their order is told."""
    assert " is given too" in refusal(query)


def test_presets_are_bounded() -> None:
    """A name of few letters asks for as much work as a query of its own."""
    assert text_of("p=" + ",".join(["soft"] * MAX_PRESETS)) == "blur:sigma=2"
    assert f"at most {MAX_PRESETS} names" in refusal("p=" + ",".join(["soft"] * (MAX_PRESETS + 1)))


@pytest.mark.parametrize("name", ["a/b", "a%5Cb", "%0D%0A", "%00", "x" * (MAX_DOWNLOAD_CHARS + 1), "%E2%80%AE"])
def test_download_is_no_path(name: str) -> None:
    """Nor anything that does not show."""
    assert refusal(f"download={name}").startswith("download=")


@pytest.mark.parametrize(
    "recipes",
    [
        Recipes(presets={"bad": "w=x"}),
        Recipes(presets={"bad": "w=9&dpr=9&ops=blur:1"}),
        Recipes(presets={"bad": "preset=x&w=65536&dpr=8"}),
    ],
    ids=["value", "chain beside steps", "together"],
)
def test_recipe_that_makes_no_plan_is_refused_at_once(recipes: Recipes) -> None:
    """Whoever runs the server hears of it at the start, and not the first client."""
    with pytest.raises(BadParameterError):
        Grammar(recipes)


def test_preset_asks_for_no_more_presets() -> None:
    """What a preset says of presets is not followed: nothing goes in circles."""
    grammar = Grammar(Recipes(presets={"a": "p=b&w=5", "b": "p=a&h=5"}))
    assert grammar.parse("p=a").plan.text == "resize:width=5"


def test_composition_is_altered_field_by_field() -> None:
    """The same field gives way, the others stay; a chain gives way whole, and all before it but the ends."""
    first = Composition(values={Resize: {"width": 1, "height": 2}, Blur: {"sigma": 1.0}, Encode: {"quality": 5}})
    second = Composition(values={Resize: {"width": 9}})
    assert first.altered_by(second).values[Resize] == {"width": 9, "height": 2}
    assert first.altered_by(Composition()) == first == Composition().altered_by(first)
    chained = first.altered_by(Composition(chain=(Blur(sigma=2),)))
    assert (chained.values, chained.chain) == ({Encode: {"quality": 5}}, (Blur(sigma=2),))
    assert Open not in chained.values


def chain_of(operations: list[Operation]) -> Plan | None:
    """Their plan, unless they are allowed one by one and not together."""
    try:
        return Plan.of(operations)
    except BadParameterError:
        return None


@PROPERTY
@given(operations=any_operations())
def test_text_of_any_plan_is_a_chain(operations: list[Operation]) -> None:
    """``ops=`` and the text of a plan is the same plan, with the same key."""
    plan = chain_of(operations)
    if plan is None:
        return
    parsed = PLAIN.parse("ops=" + quote(plan.text, safe=""))
    assert parsed.plan == plan
    assert parsed.plan.text == plan.text
    assert parsed.plan.key("image", engine="x") == plan.key("image", engine="x")
    assert not parsed.ignored


@PROPERTY
@given(operations=any_operations())
def test_plan_is_the_same_by_any_name(operations: list[Operation]) -> None:
    """A chain makes the same plan in the query, in a preset and in a pipeline."""
    plan = chain_of(operations)
    if plan is None:
        return
    chain = tuple(parse_operations(plan.text))
    query = "ops=" + quote(plan.text, safe="")
    grammar = Grammar(
        Recipes(presets={"it": query}, pipelines={"it": Pipeline(name="it", operations=chain, locked=True)})
    )
    assert grammar.parse("p=it").plan == grammar.parse("", pipeline="it").plan == grammar.parse(query).plan == plan
    assert read_query(query).composition.chain == chain
