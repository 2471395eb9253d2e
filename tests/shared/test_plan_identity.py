"""What a query asks for, however it is told, has one plan, one text and one key: chains, presets and pipelines."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadParameterError
from shared.grammar import Grammar
from shared.operation import Operation, Parameter
from shared.operations import ALL_OPERATIONS, Encode, Open
from shared.plan import Plan, parse_operations
from shared.recipe import Pipeline, Recipes
from tests.shared.strategies import PROPERTY, any_operations, values

Pairs = list[tuple[str, str]]

_PIPELINE = tuple(parse_operations("blur:2;resize:w=200;rotate:45:bg=red;encode:format=webp:quality=70"))
GRAMMAR = Grammar(
    Recipes(
        presets={
            "small": "w=100&q=60",
            "tall": "h=300&fit=cover&g=smart",
            "chain": "ops=blur:3;resize:w=50;flip:h;rotate:90",
            "grey": "filter=bw&transform=rotate&t_param=90",
        },
        pipelines={"thumb": Pipeline(name="thumb", operations=_PIPELINE)},
    )
)
_PARAMETERS = [(kind, item) for kind in ALL_OPERATIONS for item in kind.parameters() if item.query]


def pairs(*kinds: type[Operation]) -> st.SearchStrategy[Pairs]:
    """Draw parameters of these operations, each at most once, with any value allowed."""
    shared_names = {name for _, item in _PARAMETERS for name in item.query if item.shared_query}
    own = {item.query: item for kind, item in _PARAMETERS if kind in kinds and not shared_names & {*item.query}}

    def pair(item: Parameter) -> st.SearchStrategy[tuple[str, str]]:
        return st.tuples(st.sampled_from(item.query), values(item.kind).map(item.kind.format))

    chosen = st.lists(st.sampled_from(list(own)), unique=True, max_size=4)
    return chosen.flatmap(lambda names: st.tuples(*(pair(own[name]) for name in names))).map(list)


def with_chain() -> st.SearchStrategy[Pairs]:
    """Draw a chain, and what may stand beside it: how the file is read and written."""
    chains = any_operations().map(lambda steps: ";".join(step.text for step in steps if step != type(step)()))
    return st.tuples(chains, pairs(Open, Encode)).map(lambda drawn: [("ops", drawn[0]), *drawn[1]])


def queries() -> st.SearchStrategy[str]:
    """Draw legal queries: parameters or a chain, with presets and without."""
    presets = st.lists(st.sampled_from(("small", "tall", "chain", "grey")), unique=True, max_size=2)
    told = st.tuples(pairs(*ALL_OPERATIONS) | with_chain(), presets)
    return told.map(lambda drawn: urlencode([*drawn[0], *([("p", ",".join(drawn[1]))] if drawn[1] else [])]))


def plan_of(query: str, pipeline: str | None) -> Plan | None:
    """Its plan; None for what is allowed in each part and not together."""
    try:
        return GRAMMAR.parse(query, pipeline=pipeline).plan
    except BadParameterError as error:
        assert "times dpr" in error.message  # noqa: PT017 - most queries are not refused
        return None


PIPELINES = st.sampled_from((None, "thumb"))


@PROPERTY
@given(query=queries(), pipeline=PIPELINES)
def test_text_of_what_any_query_asks_for_is_read_back(query: str, pipeline: str | None) -> None:
    """The worker reads the plan that the front end meant; and a chain of that text asks for the same."""
    plan = plan_of(query, pipeline)
    if plan is None:
        return
    assert Plan.parse(plan.text) == plan
    assert Plan.parse(plan.text).text == plan.text
    assert GRAMMAR.parse("ops=" + quote(plan.text, safe="")).plan == plan


@PROPERTY
@given(first=queries(), second=queries(), pipelines=st.tuples(PIPELINES, PIPELINES))
def test_keys_are_equal_where_plans_are(first: str, second: str, pipelines: tuple[str | None, str | None]) -> None:
    """Equal work has one key and one text, and other work has another, whatever the queries look like."""
    one, two = plan_of(first, pipelines[0]), plan_of(second, pipelines[1])
    if one is None or two is None:
        return
    keys = [plan.key("cat.png", engine="1") for plan in (one, two)]
    assert (one == two) is (one.text == two.text) is (keys[0] == keys[1])


@PROPERTY
@given(query=queries())
def test_one_step_more_is_another_key(query: str) -> None:
    """A step that does something, added at the end, is never without consequence for text and key."""
    plan = plan_of(query, None)
    if plan is None:
        return
    longer = Plan.of((plan.head, *plan.steps, *parse_operations("posterize:7"), plan.tail))
    assert longer.text != plan.text
    assert longer.key("cat.png", engine="1") != plan.key("cat.png", engine="1")
