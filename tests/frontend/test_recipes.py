"""Pipelines and presets of the file of settings, and what is said of mistakes in them."""

import tomllib

import pytest

from frontend.recipes import read_recipes
from shared.grammar import Grammar
from shared.limits import Limits
from shared.plan import Plan
from shared.recipe import Recipes

THUMB = """\
[pipelines.thumb]
locked = true
modules = [
  {use = "resize", width = 320, height = 320, fit = "cover", gravity = "smart"},
  {use = "watermark", image = "logo.png", position = "se", opacity = 0.4},
  {use = "webp", quality = 78},
]

[presets]
small = "w=320&h=320&fit=cover"
"""
MISPLACED = "belongs to a request and not to a preset"


def read(text: str) -> Recipes:
    """Recipes that are right."""
    found = read_recipes(tomllib.loads(text), text=text, file="tintype.toml", limits=Limits())
    assert found.mistakes == []
    return found.recipes


def mistakes(text: str, *, limits: Limits | None = None) -> list[str]:
    """What is said of recipes that are wrong, without the file's name."""
    found = read_recipes(tomllib.loads(text), text=text, file="tintype.toml", limits=limits or Limits())
    assert all(mistake.startswith("tintype.toml:") for mistake in found.mistakes)
    return [mistake.removeprefix("tintype.toml:") for mistake in found.mistakes]


def plan_of(modules: str) -> str:
    """The plan of one pipeline."""
    recipes = read(f"[pipelines.it]\nmodules = [{modules}]")
    return Grammar(recipes).parse("", pipeline="it").plan.text


def mistake_of(module: str) -> str:
    """The one thing that is wrong with a module, without its place."""
    (mistake,) = mistakes(f"[pipelines.it]\nmodules = [{module}]")
    place = "2: pipelines.it.modules[0]: "
    assert mistake.startswith(place)
    return mistake.removeprefix(place)


def test_pipeline_is_read() -> None:
    """Operations in their order, the format at the end; a lock is a lock."""
    recipes = read(THUMB)
    pipeline = recipes.pipelines["thumb"]
    assert (pipeline.name, pipeline.locked) == ("thumb", True)
    assert Plan.of(pipeline.operations).text == (
        "resize:width=320:height=320:fit=cover:gravity=smart;"
        "watermark:image=logo.png:opacity=0.4;"
        "encode:format=webp:quality=78"
    )
    assert recipes.presets == {"small": "w=320&h=320&fit=cover"}
    assert Grammar(recipes).parse("preset=small").plan.text == "resize:width=320:height=320:fit=cover"


def test_pipeline_is_open_unless_it_is_locked() -> None:
    """Nobody has to say that parameters may change it."""
    assert not read('[pipelines.it]\nmodules = [{use = "blur", sigma = 2}]').pipelines["it"].locked


def test_no_tables_are_no_recipes() -> None:
    """A file that speaks of neither has none, and empty tables hold none."""
    assert read("port = 1") == read("[pipelines]\n[presets]") == Recipes()


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ('{use = "resize", w = 10, h = "50p"}', "resize:width=10:height=50p"),
        ('{use = "crop", crop = [1, 2, "3p", 4]}', "crop:box=1,2,3p,4"),
        ('{use = "pad", sides = [1, 2], bg = "red"}', "pad:sides=1,2,1,2:bg=ff0000"),
        ('{use = "rotate", angle = -90.0}', "rotate:angle=270"),
        ('{use = "blur", sigma = 0.5}', "blur:sigma=0.5"),
        ('{use = "blur", sigma = "0.5"}', "blur:sigma=0.5"),
        ('{use = "grayscale"}', "grayscale:on=1"),
        ('{use = "grayscale", on = true}', "grayscale:on=1"),
        ('{use = "grayscale", on = false}', ""),
        ('{use = "webp", lossless = true}', "encode:format=webp:lossless=1"),
        ('{use = "jpg"}', "encode:format=jpeg"),
        ('{use = "auto", q = "auto"}', "encode:format=auto:quality=auto"),
        ('{use = "encode", f = "png"}', "encode:format=png"),
        ('{use = "encode", quality = 50}', "encode:quality=50"),
        ('{use = "open", frame = 2}', "open:frame=2"),
        ('{use = "text", content = "a:b;c=%"}', "text:content=a%3Ab%3Bc=%25"),
    ],
)
def test_values_are_written_as_toml_has_them(module: str, text: str) -> None:
    """Numbers, switches, texts and arrays mean what their spelling in a query means, by any of a field's names."""
    assert plan_of(module) == text


def test_modules_may_be_tables_of_their_own() -> None:
    """However TOML spells an array of tables; each mistake then has a line of its own."""
    table = "[[pipelines.it.modules]]\n"
    text = f'{table}use = "blur"\nsigma = 2\n{table}use = "avif"\nspeed = 1\nq = 0\n'
    assert mistakes(text) == [
        "6: pipelines.it.modules[1]: avif takes no speed",
        "7: pipelines.it.modules[1]: avif:q='0' is not allowed: a whole number from 1 to 100, or auto",
    ]


def test_first_module_may_read_and_the_last_write() -> None:
    """Head and tail have their places; both may be left out."""
    assert plan_of('{use = "open", frame = 1}, {use = "flip", axes = "h"}, {use = "png"}') == (
        "open:frame=1;flip:axes=h;encode:format=png"
    )


@pytest.mark.parametrize(
    ("module", "sentence"),
    [
        ('{use = "blur", sigma = "x"}', "blur:sigma='x' is not allowed: a number from 0 to 250 pixels"),
        ('{use = "blur", sigma = true}', "blur:sigma='true' is not allowed: a number from 0 to 250 pixels"),
        ('{use = "blur", sigma = nan}', "blur:sigma='nan' is not allowed: a number from 0 to 250 pixels"),
        ('{use = "blur"}', "blur:sigma='' is not allowed: a number from 0 to 250 pixels"),
        ('{use = "blur", blur = 1, sigma = 1}', "blur:sigma: sigma is given twice"),
        ('{use = "blur", sigm = 1}', "blur takes no sigm, did you mean sigma?"),
        ('{use = "webp", format = "webp"}', "webp:format: format is given twice"),
        ('{use = "blurr", x = 1}', "there is no module called blurr, did you mean blur?"),
        ('{use = "wepb"}', "there is no module called wepb, did you mean webp?"),
        ('{use = "xyz"}', "there is no module called xyz"),
        ('{use = "crop", box = [1, [2]]}', "crop:box must be a number, true, false, a text, or an array of these"),
        ('{use = "crop", box = 07:32:00}', "crop:box must be a number, true, false, a text, or an array of these"),
        ('{use = "crop", box = {x = 1}}', "crop:box must be a number, true, false, a text, or an array of these"),
        ('"blur"', 'must be a table that names an operation, such as {use = "blur", sigma = 2}'),
        ("{sigma = 2}", 'must be a table that names an operation, such as {use = "blur", sigma = 2}'),
        ("{use = 5}", 'must be a table that names an operation, such as {use = "blur", sigma = 2}'),
        (
            '{use = "resize", w = 60000, dpr = 2}',
            (
                "width times dpr='120000' is not allowed: "
                "whole pixels from 1 to 65535, or percent such as 50p, above 0 to 1000"
            ),
        ),
        (
            '{use = "resize", w = 8193}',
            "width='8193' is not allowed: at most 8192 pixels a side, dpr included",
        ),
    ],
)
def test_wrong_module_is_told(module: str, sentence: str) -> None:
    """The operation, the parameter, the value and what is allowed; for a slip of the pen, what was meant."""
    assert mistake_of(module) == sentence


@pytest.mark.parametrize(
    ("modules", "told"),
    [
        (
            '{use = "webp"}, {use = "blur", sigma = 1}',
            ["modules[0]: a format, or encode, writes the result: it must come last"],
        ),
        (
            '{use = "webp"}, {use = "encode", f = "png"}',
            ["modules[0]: a format, or encode, writes the result: it must come last"],
        ),
        (
            '{use = "blur", sigma = 1}, {use = "open", frame = 1}',
            ["modules[1]: open reads the image: it must come first"],
        ),
        (
            '{use = "open", frame = 1}, {use = "open", frames = 1}',
            ["modules[1]: open reads the image: it must come first"],
        ),
    ],
)
def test_head_and_tail_have_their_places(modules: str, told: list[str]) -> None:
    """Nothing is read after the start or written before the end, and neither happens twice."""
    assert mistakes(f"[pipelines.it]\nmodules = [{modules}]") == [f"2: pipelines.it.{each}" for each in told]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pipelines = 5", ["1: pipelines: must be a table: [pipelines]"]),
        ("[[pipelines]]\nlocked = true", ["1: pipelines: must be a table: [pipelines]"]),
        ("[pipelines]\nit = []", ["2: pipelines.it: must be a table with the key modules"]),
        ("\n[pipelines.it]", ["2: pipelines.it: modules must be an array of at least one module"]),
        ("[pipelines.it]\n\nmodules = [ ]", ["3: pipelines.it: modules must be an array of at least one module"]),
        (
            '[pipelines.it]\nmodules = [{use = "png"}]\nlocked = 1',
            ["3: pipelines.it: locked must be true or false"],
        ),
        (
            '[pipelines.it]\nmodules = [{use = "png"}]\nlock = true\nuse = 1',
            [
                "3: pipelines.it: a pipeline has no key lock, did you mean locked?",
                "4: pipelines.it: a pipeline has no key use",
            ],
        ),
        ("presets = []", ["1: presets: must be a table: [presets]"]),
        ("[presets]\na = 5", ['2: presets.a: must be the text of a query, such as "w=320&h=320&fit=cover"']),
    ],
)
def test_wrong_table_is_told(text: str, told: list[str]) -> None:
    """Each table has its form, and no keys but its own."""
    assert mistakes(text) == told


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("w=x", ["w='x' is not allowed: whole pixels from 1 to 65535, or percent such as 50p, above 0 to 1000"]),
        ("?w=5", ["?w means nothing, did you mean w?"]),
        ("wdth=5&f_param=1", ["wdth means nothing, did you mean width?", "f_param means nothing"]),
        ("preset=b&p=b", [f"preset {MISPLACED}", f"p {MISPLACED}"]),
        ("download=a.png", [f"download {MISPLACED}"]),
        ("sig=x&exp=1", [f"sig {MISPLACED}", f"exp {MISPLACED}"]),
        ("w=9000", ["width='9000' is not allowed: at most 8192 pixels a side, dpr included"]),
        ("ops=blurr:2", ["operation='blurr' is not allowed: one of "]),
        ("filter=blur", ["f_param='' is not allowed: filter=blur needs it, a number from 0 to 250 pixels"]),
    ],
)  # fmt: skip
def test_wrong_preset_is_told(query: str, told: list[str]) -> None:
    """What a request would be refused for, what means nothing, and what only a request may say."""
    found = mistakes(f"[presets]\n\na = '{query}'")
    assert len(found) == len(told)
    assert all(one.startswith(f"3: presets.a: {other}") for one, other in zip(found, told, strict=True))


@pytest.mark.parametrize(
    "query", ["", "ops=resize:w=800;blur:2&q=70", "resx=100&filter=bw&to=png", "wm=a%20b.png"]
)
def test_preset_is_any_query(query: str) -> None:
    """In either spelling, with a chain, and with an image that may come later."""
    recipes = read(f"[presets]\na = '{query}'")
    assert Grammar(recipes).parse("preset=a").plan == Grammar().parse(query).plan


@pytest.mark.parametrize("name", ["a", "A-b_c.9", "." * 3, "9" * 64])
def test_name_is_of_letters_digits_and_three_signs(name: str) -> None:
    """What needs no escaping in an address, at most 64 characters."""
    text = f'[pipelines."{name}"]\nmodules = [{{use = "png"}}]\n[presets]\n"{name}" = "w=1"'
    assert [*read(text).pipelines] == [*read(text).presets] == [name]


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a,b", "é", ".", "..", "9" * 65, "a\\n"])
def test_other_names_are_refused(name: str) -> None:
    """Nothing that an address or a list of presets would take apart."""
    sentence = "its name must have 1 to 64 characters, of A-Z a-z 0-9 _ . -"
    found = mistakes(f'[pipelines."{name}"]\nmodules = [{{use = "png"}}]\n[presets]\n"{name}" = "w=1"')
    assert [each.endswith(sentence) for each in found] == [True, True]


def test_recipes_are_bound_by_the_settings() -> None:
    """A plan that every request would be refused for is refused at the start."""
    limits = Limits(max_ops=2, max_side=100)
    modules = ", ".join('{use = "blur", sigma = 1}' for _ in range(3))
    text = (
        f"[pipelines.long]\nmodules = [{modules}]\n"
        '[pipelines.large]\nmodules = [{use = "resize", w = 101}]\n'
        '[presets]\na = "w=51&dpr=2"'
    )
    assert mistakes(text, limits=limits) == [
        "1: pipelines.long: operations='3' is not allowed: at most 2 operations",
        "4: pipelines.large.modules[0]: width='101' is not allowed: at most 100 pixels a side, dpr included",
        "6: presets.a: width='102' is not allowed: at most 100 pixels a side, dpr included",
    ]
    assert mistakes(text) == []


def test_all_mistakes_are_told_at_once() -> None:
    """From the first to the last, each on its line."""
    text = """\
[pipelines.thumb]
modules = [
  # [ {
  {use = "webp"},
  {use = "blur", sigma = "x", sigm = 2},
  {use = "blurr"},
]
[presets]
small = "w=x"
"""
    assert [mistake.partition(": ")[0] for mistake in mistakes(text)] == ["4", "5", "5", "6", "9"]
