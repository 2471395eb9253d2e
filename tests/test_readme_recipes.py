"""The README's pipelines, presets and module are right."""

import re
import tomllib
from pathlib import Path

from frontend.recipes import read_recipes
from shared.limits import Limits

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "tests" / "plugins" / "tintype_example"


def blocks(heading: str, language: str) -> list[str]:
    """The blocks of code of one section."""
    document = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, section = document.partition(f"\n## {heading}\n")
    return re.findall(rf"```{language}\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)


def test_recipes_can_be_used_as_they_are() -> None:
    """A server with this file starts."""
    (text,) = blocks("Pipelines and presets", "toml")
    found = read_recipes(tomllib.loads(text), text=text, file="tintype.toml", limits=Limits())
    assert found.mistakes == []
    assert ([*found.recipes.pipelines], [*found.recipes.presets]) == (["thumb"], ["square", "soft"])


def test_module_is_the_one_that_is_tried() -> None:
    """What is shown is what lies in the package that the tests install."""
    (entry,) = blocks("Writing a module", "toml")
    declaration, work = blocks("Writing a module", "python")
    assert entry in (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8")
    assert declaration in (EXAMPLE / "tintype_example" / "__init__.py").read_text(encoding="utf-8")
    assert work in (EXAMPLE / "tintype_example" / "work.py").read_text(encoding="utf-8")
