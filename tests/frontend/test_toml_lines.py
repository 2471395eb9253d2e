"""On which line each key and element of a TOML file is found."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontend.toml_lines import Path, lines_of

# Every number in these texts is the number of its own line.
TRUE_TO_LINE = {
    "pairs": 'a = 1\nb.c = 2\n\n  \'d e\'  =  4  # five = 5\n"f\\"\u00e9" . g = 5\n',
    "tables": "[a]\nb = 2\n[a.c.'d.e']\nf = 4\n[ g . h ] # [i]\nj = 6\n",
    "inline tables": 'a = {b = 1, "c" = {d.e = 1}, f = [1, {g = 1}]}\nh = {}\ni = 3\n',
    "arrays": "a = [\n  2, 2, # ]\n  # [\n  4,\n  [5,\n   6], {b = 6},\n]\nc = []\nd = 9",
    "arrays of tables": "[[a]]\nb = 2\n[[a]]\n[a.c]\nd = 5\n[[a.e]]\nf = 7\n[[a.e]]\nf = 9\n[[a]]\n[[a.e]]\nf=12",
    "other systems": "a = 1\r\nb = [\r\n 3]\r\n",
}
STRINGS = {
    "brackets": 's = "]}{[,#\'"\nnext = 2',
    "escapes": 's = "\\\\\\""\nnext = 2',
    "literal": "s = '\\'\nnext = 2",
    "hash": 's = ["#", \'"#\']\nnext = 2',
    "several lines": 's = """\n[a]\nb = 3 ""\\""" \\\n"""\nnext = 5',
    "several literal lines": "s = '''\n[a]\n\\'''\nnext = 4",
    "quotation marks at the end": "s = \"\"\"a\"\"\"\"\"\nt = '''a'''''\nnext = 3",
    "empty": 's = ""\nt = \'\'\nu = """"""\nnext = 4',
    "dates": "s = 1979-05-27 07:32:00 # when\nt = [07:32:00, 1e-3, inf]\nnext = 3",
}


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Everything that is no table and no array, with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


@pytest.mark.parametrize("text", TRUE_TO_LINE.values(), ids=TRUE_TO_LINE)
def test_everything_is_found_where_it_is(text: str) -> None:
    """Keys and elements have the line they are on, however tables are written."""
    lines = lines_of(text)
    found = dict(leaves(tomllib.loads(text)))
    assert found
    assert {path: lines[path] for path in found} == found


@pytest.mark.parametrize("text", STRINGS.values(), ids=STRINGS)
def test_values_hide_what_they_hold(text: str) -> None:
    """What looks like TOML inside a text is none, and what follows is on its own line."""
    content = tomllib.loads(text)
    assert lines_of(text)["next",] == content["next"]
    assert {path[0] for path in lines_of(text)} == content.keys()


def test_table_is_where_it_is_first_spoken_of() -> None:
    """Also one that only others name, and an array that only its elements name."""
    lines = lines_of("\n[a.b]\n[a]\n[[c]]\n[[c]]\nd = [\n\n{e = 1}]")
    assert lines == {
        ("a",): 2, ("a", "b"): 2, ("c",): 4, ("c", 0): 4, ("c", 1): 5, ("c", 1, "d"): 6, ("c", 1, "d", 0): 8,
        ("c", 1, "d", 0, "e"): 8,
    }  # fmt: skip


def test_empty_file_has_no_lines_to_tell() -> None:
    """Neither has one of comments."""
    assert lines_of("") == lines_of("# a = 1\n\n") == {}


TEXTS = st.text(alphabet="a\"'\\#[]{}=,.\n \té")
VALUES = st.recursive(
    st.integers() | st.booleans() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def in_toml(value: object, gap: str) -> str:
    """A value as TOML, arrays stretched over lines by ``gap``."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            text = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            return f'"{text}"'
        case list():
            return f"[{gap}{f',{gap}'.join(in_toml(each, gap) for each in value)}{gap}]"
        case dict():
            return (
                "{" + ", ".join(f"{in_toml(key, gap)} = {in_toml(each, gap)}" for key, each in value.items()) + "}"
            )
        case _:
            return str(value)


@given(content=st.dictionaries(TEXTS, VALUES, max_size=4), gap=st.sampled_from(["", "\n", ' # ]"\n  ']))
def test_any_file_is_found_whole(content: dict[str, object], gap: str) -> None:
    """Every path of any content has a line, in the order of the text, and nothing else has."""
    text = "\n".join(f"{in_toml(key, gap)} = {in_toml(value, gap)}" for key, value in content.items())
    assert tomllib.loads(text) == content
    lines = lines_of(text)
    assert lines.keys() >= dict(leaves(content)).keys()
    assert [*lines.values()] == sorted(lines.values())
    assert all(at(content, path) is not None for path in lines)


def at(content: object, path: Path) -> object:
    """What lies at a path; a KeyError or an IndexError where nothing does."""
    for part in path:
        content = content[part]  # type: ignore[index]
    return content
