"""What is taken in of what other packages offer, and what is refused."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from importlib.metadata import DistributionFinder, EntryPoint, MetadataPathFinder
from pathlib import Path

import pytest

from shared.operations.registry import Registry
from shared.plugins import GROUP, FoundPlugins, take_in

HEAD = """\
from shared.operation import Operation, operation, parameter
from shared.operations import Encode, Open
from shared.parameters import Integer
"""
GOOD = '''
@operation("frost")
class Frost(Operation):
    """Frost the glass."""
    work = "frost.work:frost"
    size: int = parameter(Integer(1, 9), default=1, query="frost", help="Of its crystals.")
'''
UNDOCUMENTED = "it has no docstring: a sentence that says what it does"
WORKLESS = 'it does not say where its work is: work = "package.module:function"'


class Site:
    """A folder with packages, as after an installation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count()

    def add(
        self, declaration: str, *, name: str = "frost", target: str = "Frost", package: str = "tt-frost"
    ) -> None:
        """Install a package with one entry point; modules have names that no other test has imported."""
        module = f"plugin_{self.folder.name}_{next(self._numbers)}".replace("-", "_")
        (self.folder / f"{module}.py").write_text(HEAD + declaration, encoding="utf-8")
        info = self.folder / f"{package.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {module}:{target}\n", encoding="utf-8")

    def entries(self) -> list[EntryPoint]:
        """All entry points of the group."""
        found = MetadataPathFinder.find_distributions(DistributionFinder.Context(path=[str(self.folder)]))
        return [entry for package in found for entry in package.entry_points if entry.group == GROUP]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An empty one; what was imported from it is forgotten with it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Site(tmp_path)
    for name in [name for name in sys.modules if name.startswith("plugin_")]:
        del sys.modules[name]


def refusal(site: Site, registry: Registry | None = None) -> str:
    """Why the one module is refused."""
    registry = registry or Registry()
    before = registry.all
    found = take_in(site.entries(), registry=registry)
    assert found.plugins == ()
    assert registry.all == before
    (sentence,) = found.refusals
    return sentence


def reason(site: Site) -> str:
    """The same, without what all refusals begin with."""
    begin = "the module frost of tt-frost 1.2 cannot be used: "
    sentence = refusal(site)
    assert sentence.startswith(begin)
    return sentence.removeprefix(begin)


def test_declaration_is_taken_in(site: Site) -> None:
    """It is an operation like any other, applied last of all but the background; its package is known."""
    site.add(GOOD)
    registry = Registry()
    (plugin,) = take_in(site.entries(), registry=registry).plugins
    assert (plugin.package, plugin.version, plugin.work) == ("tt-frost", "1.2", "frost.work:frost")
    assert registry.by_name["frost"] is plugin.operation
    assert [target.parameter.name for target in registry.targets["frost"]] == ["size"]
    assert [kind.name for kind in registry.all][-3:] == ["frost", "background", "encode"]


def test_nothing_installed_is_nothing_found(site: Site) -> None:
    """The operations stay as they are."""
    registry = Registry()
    assert take_in(site.entries(), registry=registry) == FoundPlugins((), ())
    assert registry.all == Registry().all


def test_order_is_that_of_the_names(site: Site) -> None:
    """However the file system lists packages: plans depend on it."""
    for name in ("rime", "ash", "frost", "dew"):
        site.add(GOOD.replace('"frost"', f'"{name}"'), name=name, package=f"tt-{name}")
    registry = Registry()
    for entries in (site.entries(), site.entries()[::-1]):
        registry = Registry()
        take_in(entries, registry=registry)
        assert [kind.name for kind in registry.all][-6:-2] == ["ash", "dew", "frost", "rime"]


def test_one_that_is_wrong_is_no_others_harm(site: Site) -> None:
    """The others are taken in."""
    site.add(GOOD)
    site.add("raise RuntimeError('not\\n  today')", name="ash", package="tt-ash")
    found = take_in(site.entries(), registry=Registry())
    assert [plugin.operation.name for plugin in found.plugins] == ["frost"]
    assert found.refusals == ("the module ash of tt-ash 1.2 cannot be used: RuntimeError: not today",)


def test_two_of_one_name_are_not_both_taken_in(site: Site) -> None:
    """The package that comes first in the alphabet has it."""
    site.add(GOOD, package="b")
    site.add(GOOD, package="a")
    found = take_in(site.entries(), registry=Registry())
    assert [plugin.package for plugin in found.plugins] == ["a"]
    assert found.refusals == (
        "the module frost of b 1.2 cannot be used: there is an operation called frost already",
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("blur", "there is an operation called blur already"),
        ("webp", "a format is called so"),
        ("jpg", "a format is called so"),
        ("auto", "a format is called so"),
        ("Frost", "its name must have 1 to 64 characters, of a-z 0-9 _ -, a letter first"),
        ("a.b", "its name must have 1 to 64 characters, of a-z 0-9 _ -, a letter first"),
        ("f" * 65, "its name must have 1 to 64 characters, of a-z 0-9 _ -, a letter first"),
    ],
)
def test_name_must_be_new_and_fit_to_be_written(name: str, why: str, site: Site) -> None:
    """Nothing replaces what is built in, and chains and pipelines can be taken apart."""
    declaration = GOOD.replace('"frost")', f'"{name}")', 1).replace('query="frost"', 'query="crystals"')
    site.add(declaration, name=name)
    assert refusal(site).endswith(f" cannot be used: {why}")


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("blur", "frost: the query parameter blur is taken"),
        ("crystals w", "frost: the query parameter w is taken"),
        ("bg", "frost: the query parameter bg is taken"),
        ("ops", "frost: the query parameter ops is taken"),
        ("resx", "frost: the query parameter resx is taken"),
        ("use", "a parameter cannot be called use"),
        ("Frost", "a parameter cannot be called Frost"),
        ("a=b", "a parameter cannot be called a=b"),
        ("a:b", "a parameter cannot be called a:b"),
        ("frost frost", "two of its parameters are called frost"),
    ],
)
def test_query_parameters_must_be_new(query: str, why: str, site: Site) -> None:
    """No URL means something else because a package is installed."""
    if query == "frost frost":
        query = "frost"
        more = '    more: int = parameter(Integer(1, 9), default=1, query="frost", help="More.")\n'
    else:
        more = ""
    site.add(GOOD.replace('query="frost"', f'query="{query}"') + more)
    assert reason(site) == why


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('    """Frost the glass."""\n', "", UNDOCUMENTED),
        ('"""Frost the glass."""', '"""  """', UNDOCUMENTED),
        ('help="Of its', 'help=" " or "', "its parameter size is not documented: help and what is allowed"),
        ("default=1", "default=0", "the default of size is not read as it is written"),
        ("    size: int", "    more: int = 5\n    size: int", "a field of it is not declared with parameter()"),
        ("    size: int =", "    size = str or", "it has no parameter, so that no query could ask for it"),
        ('    work = "frost.work:frost"\n', "", WORKLESS),
        ("frost.work:frost", "frost.work", WORKLESS),
        ('"frost")', '"rime")', "its operation is called rime"),
    ],
)  # fmt: skip
def test_declaration_must_be_whole(before: str, after: str, why: str, site: Site) -> None:
    """It is documented, each field is a parameter that a query can set, and its work is somewhere."""
    assert before in GOOD
    site.add(GOOD.replace(before, after, 1))
    assert refusal(site).endswith(why)


@pytest.mark.parametrize(
    ("declaration", "target"),
    [
        (GOOD.replace('@operation("frost")', ""), "Frost"),
        ("frost = 5", "frost"),
        ("", "Encode.__mro__"),
        (GOOD.replace("(Operation)", "(Encode)"), "Frost"),
        (GOOD.replace("(Operation)", "(Open)"), "Frost"),
        ("class Frost: name = 'frost'", "Frost"),
        ("", "Operation"),
    ],
)  # fmt: skip
def test_only_operations_are_taken_in(declaration: str, target: str, site: Site) -> None:
    """Made with the decorator, and from nothing that is built in: neither another head nor another tail."""
    site.add(declaration, target=target)
    assert reason(site).endswith(f":{target} is no class made with @operation from Operation itself")


def test_missing_name_is_told(site: Site) -> None:
    """An entry point may name what is not there."""
    site.add(GOOD, target="Forst")
    assert reason(site).startswith("AttributeError: module 'plugin_")
