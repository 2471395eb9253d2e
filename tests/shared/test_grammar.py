"""The grammar of queries: both spellings, mixed, in any order, and what is refused or ignored."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.errors import BadParameterError
from shared.formats import ALL
from shared.grammar import Grammar, ParsedQuery
from shared.operation import Parameter
from shared.operations import ALL_OPERATIONS
from shared.plan import Plan
from shared.query import MAX_PARAMETERS
from tests.shared.strategies import ANY_TEXT, PROPERTY, values

PARAMETERS = {item.query: item for kind in ALL_OPERATIONS for item in kind.parameters() if item.query}
NAMES = [(name, item) for names, item in PARAMETERS.items() for name in names]


parse_query = Grammar().parse


def text_of(query: str) -> str:
    """The plan's text; nothing may have been ignored."""
    parsed = parse_query(query)
    assert parsed.ignored == ()
    return parsed.plan.text


def refusal(query: str) -> str:
    """The words in which ``query`` is refused."""
    with pytest.raises(BadParameterError) as caught:
        parse_query(query)
    return caught.value.message


@pytest.mark.parametrize(
    "query", ["", "&", "&&&", "=", "resx=0", "resx=0&resy=00.0", "dpr=2", "fit=cover", "rotate=0"]
)
def test_nothing_is_asked_for(query: str) -> None:
    """An empty query, and parameters that change nothing by themselves, leave the original as it is."""
    assert parse_query(query).plan.is_idle


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("resx=400", "resize:width=400"),
        ("resy=300", "resize:height=300"),
        ("resx=400&resy=300", "resize:width=400:height=300"),
        ("resx=400&resy=0", "resize:width=400"),
        ("resx=0&resy=300.0", "resize:height=300"),
        ("resx=400&resfilter=nearest", "resize:width=400:filter=nearest"),
        ("resx=400&resfilter=triangle", "resize:width=400:filter=triangle"),
        ("resx=400&resfilter=catmullrom", "resize:width=400:filter=catmullrom"),
        ("resx=400&resfilter=gaussian", "resize:width=400:filter=gaussian"),
        ("resx=400&resfilter=lanczos", "resize:width=400:filter=lanczos"),
        ("resx=400&resfilter=optimal", "resize:width=400"),
        ("filter=blur&f_param=2.5", "blur:sigma=2.5"),
        ("filter=bw", "grayscale:on=1"),
        ("filter=brighten&f_param=-255", "brightness:amount=-255"),
        ("filter=brighten&f_param=255", "brightness:amount=255"),
        ("filter=contrast&f_param=-100", "contrast:amount=-100"),
        ("filter=contrast&f_param=100", "contrast:amount=100"),
        ("transform=fliph", "flip:axes=h"),
        ("transform=flipv", "flip:axes=v"),
        ("transform=rotate&t_param=90", "rotate:angle=90"),
        ("transform=rotate&t_param=-90", "rotate:angle=270"),
        ("transform=rotate&t_param=12.5", "rotate:angle=12.5"),
        ("transform=hue_rotate&t_param=120", "hue:angle=120"),
        ("process=invert", "invert:on=1"),
        ("process=unsharpen&p1=2&p2=10", "unsharp:sigma=2:threshold=10"),
        ("process=unsharpen&p1=2", "unsharp:sigma=2"),
        ("to=webp", "encode:format=webp"),
        ("to=avif", "encode:format=avif"),
        ("to=jpg", "encode:format=jpeg"),
    ],
)
def test_classic_spelling(query: str, text: str) -> None:
    """Every parameter of the classic spelling, with every word and both ends of every range."""
    assert text_of(query) == text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("width=400&height=300", "resize:width=400:height=300"),
        ("w=50p", "resize:width=50p"),
        ("w=40&h=30&fit=contain", "resize:width=40:height=30"),
        ("w=40&h=30&fit=cover", "resize:width=40:height=30:fit=cover"),
        ("w=40&h=30&fit=fill", "resize:width=40:height=30:fit=fill"),
        ("w=40&h=30&fit=inside", "resize:width=40:height=30:fit=inside"),
        ("w=40&h=30&fit=outside", "resize:width=40:height=30:fit=outside"),
        ("w=40&h=30&fit=pad", "resize:width=40:height=30:fit=pad"),
        ("w=40&h=30&fit=pad&bg=red", "resize:width=40:height=30:fit=pad:bg=ff0000;background:bg=ff0000"),
        ("w=40&dpr=2", "resize:width=80"),
        ("w=40&h=30&fit=cover&g=ne", "resize:width=40:height=30:fit=cover:gravity=ne"),
        ("w=40&h=30&fit=cover&gravity=fp:0.3:0.7", "resize:width=40:height=30:fit=cover:gravity=fp,0.3,0.7"),
        ("crop=1,2,30p,40", "crop:box=1,2,30p,40"),
        ("trim=0", "trim:tolerance=0"),
        ("pad=1", "pad:sides=1,1,1,1"),
        ("pad=1,2,3,4", "pad:sides=1,2,3,4"),
        ("bg=%23fff", "background:bg=ffffff"),
        ("bg=transparent", ""),
        ("rotate=45&background=blue", "rotate:angle=45:bg=0000ff;background:bg=0000ff"),
        ("flip=h", "flip:axes=h"),
        ("flip=v", "flip:axes=v"),
        ("flip=hv", "rotate:angle=180"),
        ("blur=2", "blur:sigma=2"),
        ("sharpen=2", "unsharp:sigma=2"),
        ("brightness=10", "brightness:amount=10"),
        ("contrast=10", "contrast:amount=10"),
        ("saturation=-100", "saturation:amount=-100"),
        ("hue=90", "hue:angle=90"),
        ("gamma=2.2", "gamma:gamma=2.2"),
        ("grayscale=1", "grayscale:on=1"),
        ("greyscale", "grayscale:on=1"),
        ("invert=yes", "invert:on=1"),
        ("format=auto", "encode:format=auto"),
        ("f=png", "encode:format=png"),
        ("f=webp&quality=80", "encode:format=webp:quality=80"),
        ("q=80", "encode:quality=80"),
        ("f=webp&lossless", "encode:format=webp:lossless=1"),
        ("f=jpeg&progressive=true", "encode:format=jpeg:progressive=1"),
        ("keep=icc", "encode:keep=icc"),
        ("frame=3", "open:frame=3"),
        ("frames=3", "open:frames=3"),
    ],
)
def test_modern_spelling(query: str, text: str) -> None:
    """Every parameter of the modern spelling, by one of its names."""
    assert text_of(query) == text


@pytest.mark.parametrize(
    ("classic", "modern"),
    [
        ("resx=400&resy=300", "w=400&h=300"),
        ("filter=blur&f_param=2", "blur=2"),
        ("filter=bw", "grayscale"),
        ("filter=brighten&f_param=20", "brightness=20"),
        ("filter=contrast&f_param=20", "contrast=20"),
        ("transform=fliph", "flip=h"),
        ("transform=rotate&t_param=270", "rotate=270.0"),
        ("transform=hue_rotate&t_param=90", "hue=90"),
        ("process=invert", "invert"),
        ("process=unsharpen&p1=1.5", "sharpen=1.5"),
        ("to=jpg", "f=jpeg"),
    ],
)
def test_spellings_are_one_language(classic: str, modern: str) -> None:
    """Both spellings of the same are the same plan, and both together too."""
    plan = parse_query(modern).plan
    assert parse_query(classic).plan == plan
    assert parse_query(f"{classic}&{modern}").plan == plan
    assert parse_query(f"{modern}&{classic}").plan == plan


def test_spellings_mix() -> None:
    """One query may use both, each for something else."""
    query = (
        "resx=400&h=300&fit=cover&transform=rotate&t_param=90&filter=bw&process=unsharpen&p1=1&blur=2&to=webp&q=70"
    )
    assert text_of(query) == (
        "resize:width=400:height=300:fit=cover;rotate:angle=90;grayscale:on=1;blur:sigma=2;unsharp:sigma=1;"
        "encode:format=webp:quality=70"
    )


@pytest.mark.parametrize(
    "extension", sorted({extension for item in ALL if item.name != "heic" for extension in item.extensions})
)
@pytest.mark.parametrize("name", ["to", "f", "format"])
def test_format_is_named_by_extension(name: str, extension: str) -> None:
    """Every extension names its format, under each of the three names and in any case."""
    (wanted,) = (item.name for item in ALL if extension in item.extensions)
    assert parse_query(f"{name}={extension}").plan.format == wanted
    assert parse_query(f"{name}={extension.upper()}").plan.format == wanted


@pytest.mark.parametrize(
    "query",
    [
        "w=40&blur=2&fit=cover&h=30",
        "w=+40+&h=%2030&fit=+cover&blur=2%20",
        "w=40.0&h=3e1&fit=COVER&blur=2.0000",
        "w=%34%30&%68=30&fi%74=cov%65r&blur=2",
        "w=40&w=40&h=30&height=30.0&fit=cover&fit=Cover&blur=2",
        "&w=40&&h=30&fit=cover&blur=2&",
        "filter=+BLUR&f_param=+2&resx=40&resy=30&fit=cover",
    ],
)
def test_spelling_of_values_does_not_matter(query: str) -> None:
    """Blanks, plus signs, percent-encoding, case of words, trailing zeros and repetition make no difference."""
    assert text_of(query) == "resize:width=40:height=30:fit=cover;blur:sigma=2"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("w=400&width=401", "width='401' is not allowed: w says otherwise"),
        ("w=400&w=401", "w='401' is not allowed: w says otherwise"),
        ("resx=400&w=401", "w='401' is not allowed: resx says otherwise"),
        ("w=401&resx=400", "resx='400' is not allowed: w says otherwise"),
        ("to=webp&f=avif", "f='avif' is not allowed: to says otherwise"),
        ("blur=3&filter=blur&f_param=2", "f_param='2' is not allowed: blur says otherwise"),
        ("filter=bw&grayscale=0", "filter='bw' is not allowed: grayscale says otherwise"),
        ("transform=fliph&flip=v", "transform='fliph' is not allowed: flip says otherwise"),
        ("filter=bw&filter=blur&f_param=2", "filter='blur' is not allowed: another filter is given too"),
        ("filter=blur&f_param=2&f_param=3", "f_param='3' is not allowed: another f_param is given too"),
        ("bg=red&background=blue", "background='blue' is not allowed: bg says otherwise"),
    ],
)
def test_contradiction_is_refused(query: str, words: str) -> None:
    """Two values for one thing are a mistake, and which one was meant cannot be guessed."""
    assert refusal(query) == words


@pytest.mark.parametrize(
    ("query", "start"),
    [
        ("w=abc", "w='abc' is not allowed: whole pixels from 1 to 65535"),
        ("resx=-1", "resx='-1' is not allowed: whole pixels from 1 to 65535"),
        ("height=10.5", "height='10.5' is not allowed: whole pixels"),
        ("q=101", "q='101' is not allowed: a whole number from 1 to 100"),
        ("fit=stretch", "fit='stretch' is not allowed: one of contain, cover, fill, inside, outside, pad"),
        ("resfilter=box", "resfilter='box' is not allowed: one of nearest, triangle, catmullrom"),
        ("filter=sepia", "filter='sepia' is not allowed: one of blur, bw, brighten, contrast"),
        ("transform=flip", "transform='flip' is not allowed: one of fliph, flipv, rotate, hue_rotate"),
        ("process=edges", "process='edges' is not allowed: one of invert, unsharpen"),
        ("filter=blur", "f_param='' is not allowed: filter=blur needs it, a number from 0 to 250 pixels"),
        ("transform=rotate", "t_param='' is not allowed: transform=rotate needs it, a number"),
        ("process=unsharpen", "p1='' is not allowed: process=unsharpen needs it, a number"),
        ("process=unsharpen&p2=3", "p1='' is not allowed: process=unsharpen needs it, a number"),
        ("filter=brighten&f_param=256", "f_param='256' is not allowed: a number from -255 to 255"),
        ("filter=contrast&f_param=-101", "f_param='-101' is not allowed: a number from -100 to 100 percent"),
        ("to=exe", "to='exe' is not allowed: one of auto, jpeg, png"),
        ("w=nan", "w='nan' is not allowed"),
        ("w=inf", "w='inf' is not allowed"),
        ("w=1_0", "w='1_0' is not allowed"),
        ("w=%D9%A4", "w='٤' is not allowed"),
        ("w=%zz", "w='%zz' is not allowed"),
        ("w=%00", "w='\\x00' is not allowed"),
        ("w=1%0d%0aX:%201", "w='1\\r\\nX: 1' is not allowed"),
        ("w=" + "9" * 5000, "w='" + "9" * 77 + "...' is not allowed"),
    ],
)
def test_bad_value_is_named_with_what_is_allowed(query: str, start: str) -> None:
    """The refusal tells the parameter as it was written, the value cut short and printable, and the range."""
    message = refusal(query)
    assert message.startswith(start)
    assert message.isprintable()
    assert len(message) < 300


BARE_NAMES = ("lossless", "progressive", "flip", "mask", "wm_repeat", "sepia", "autocontrast")


@pytest.mark.parametrize(("name", "item"), [(name, item) for name, item in NAMES if item.name != "on"])
def test_blank_value_means_nothing(name: str, item: Parameter) -> None:
    """A name without a value is refused, but where bare names switch on or an empty list of axes is one."""
    if name in BARE_NAMES:
        assert parse_query(f"{name}=").plan == parse_query(name).plan
    else:
        assert refusal(f"{name}=") == refusal(name)
        assert refusal(name) == f"{name}='' is not allowed: {item.kind.allowed}"


@pytest.mark.parametrize(
    ("query", "ignored"),
    [
        ("utm_source=a&w=10&fbclid=b", ("utm_source", "fbclid")),
        ("x=1&y=2&x=3", ("x", "y")),
        ("W=10&Width=10", ("W", "Width")),
        ("f_param=2&zoom=1&t_param=3", ("f_param", "zoom", "t_param")),
        ("p1=1&process=invert&p2=2", ("p1", "p2")),
        ("p2=2&x=1&p1=1&process=unsharpen", ("x",)),
        ("=1&x", ("", "x")),
        ("w%20=1&+w=1", ("w ", " w")),
        ("?w=10", ("?w",)),
        ("a;b=1", ("a;b",)),
        ("%C3%A9t%C3%A9=1", ("été",)),
    ],
)
def test_unknown_names_are_listed_in_order(query: str, ignored: tuple[str, ...]) -> None:
    """What means nothing here, an argument that no verb wants among it, is named once, and changes no plan."""
    assert parse_query(query).ignored == ignored


def test_parameters_are_separated_by_ampersands_only() -> None:
    """A semicolon is part of a value."""
    assert refusal("w=10;h=20").startswith("w='10;h=20' is not allowed")


def test_broken_encoding_is_refused() -> None:
    """Percent-encoded bytes that are no UTF-8 are nobody's parameter."""
    assert refusal("w=%FF").startswith("query='w=%FF' is not allowed")
    assert refusal("%C0%AF=1").startswith("query=")


def test_parameters_are_counted() -> None:
    """So many parameters and no more, known or unknown."""
    assert len(parse_query("&".join(f"x{number}" for number in range(MAX_PARAMETERS))).ignored) == MAX_PARAMETERS
    assert refusal("&".join(["x"] * (MAX_PARAMETERS + 1))).startswith("query='101 parameters' is not allowed")
    assert refusal("&" * 5000).startswith("query='5001 parameters'")


def test_query_is_parsed_once() -> None:
    """The plan of a query that comes again is not made again."""
    assert parse_query("w=123&h=321") is parse_query("w=123&h=321")


def pairs() -> st.SearchStrategy[list[tuple[str, str]]]:
    """Draw queries that are legal: each parameter at most once, under any of its names, with any value allowed."""

    def pair(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, str]]:
        kind = PARAMETERS[names].kind
        return st.tuples(st.sampled_from(names), values(kind).map(kind.format))

    chosen = st.lists(st.sampled_from(list(PARAMETERS)), unique=True, max_size=8)
    return chosen.flatmap(lambda keys: st.tuples(*map(pair, keys))).map(list)


def parse(given_pairs: list[tuple[str, str]], **options: Any) -> ParsedQuery:  # noqa: ANN401 - urlencode's
    """Parse a legal query, but for what is allowed in each part and not together."""
    try:
        return parse_query(urlencode(given_pairs, **options))
    except BadParameterError as error:
        assume("times dpr" not in error.message)
        raise


@PROPERTY
@given(given_pairs=pairs())
def test_text_of_a_legal_query_parses_to_the_same_plan(given_pairs: list[tuple[str, str]]) -> None:
    """What the front end understood is what the worker will."""
    parsed = parse(given_pairs)
    assert parsed.ignored == ()
    assert Plan.parse(parsed.plan.text) == parsed.plan


@PROPERTY
@given(given_pairs=pairs(), data=st.data())
def test_order_spelling_and_strangers_change_no_plan(
    given_pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    """The same parameters in another order, by other names, otherwise encoded, among strangers: the same plan."""
    renamed = [
        (data.draw(st.sampled_from(next(names for names in PARAMETERS if name in names))), text)
        for name, text in given_pairs
    ]
    strangers = [(f"x-{number}", "1") for number in range(data.draw(st.integers(0, 3)))]
    shuffled = data.draw(st.permutations([*renamed, *strangers]))
    parsed = parse(shuffled, quote_via=quote)
    assert parsed.plan == parse(given_pairs).plan
    assert parsed.plan.text == parse(given_pairs).plan.text
    assert parsed.ignored == tuple(name for name, _ in shuffled if name.startswith("x-"))


@PROPERTY
@given(query=ANY_TEXT | st.text(st.sampled_from("wh=&+%0123456789abcdef,:;p_")))
def test_any_query_is_understood_or_refused(query: str) -> None:
    """No text ends in anything but a plan that can be read again, or a BadParameterError."""
    try:
        plan = parse_query(query).plan
    except BadParameterError as error:
        refused = error.message
    else:
        refused = ""
        assert Plan.parse(plan.text) == plan
    assert refused.isprintable()
