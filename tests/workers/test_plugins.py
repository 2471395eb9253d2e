"""The work of other packages' modules, as a worker takes it in."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from shared.errors import ServiceError
from shared.limits import Limits
from shared.operation import Operation, operation, parameter
from shared.parameters import Integer
from shared.plugins import FoundPlugins, Plugin
from workers.plugins import register
from workers.registry import Module
from workers.scene import Scene

WORK = """
from PIL import Image
def grows(frame, step, scene): return frame.resize((step.size, step.size))
def lies(frame, step, scene): return None
def cmyk(frame, step, scene): return frame.convert("CMYK")
"""


@operation("frost")
class Frost(Operation):
    """Frost the glass."""

    size: int = parameter(Integer(1, 9), default=1, query="frost", help="Of its crystals.")


def plugin(work: str) -> Plugin:
    """One whose work lies there."""
    return Plugin(operation=Frost, work=work, package="tt-frost", version="1.2")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that can be imported, by its name."""
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"work_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(WORK, encoding="utf-8")
    return name


def registered(work: str) -> Module:
    """The function that a worker has for it."""
    modules: dict[type[Operation], Module] = {}
    register(FoundPlugins((plugin(work),), ()), modules=modules)
    return modules[Frost]


def test_work_is_imported(package: str) -> None:
    """It is given the frame and the step, and what it returns goes on."""
    work = registered(f"{package}:grows")
    scene = Scene(limits=Limits())
    assert work(Image.new("RGB", (2, 2)), Frost(size=7), scene).size == (7, 7)


def test_version_has_a_say_in_the_bytes() -> None:
    """Under a name that no codec has."""
    assert register(FoundPlugins((plugin("json:dumps"),), ()), modules={}) == {"plugin tt-frost": "1.2"}


@pytest.mark.parametrize(
    ("work", "why"),
    [
        ("no_such_package.work:frost", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("json:frost", "AttributeError: module 'json' has no attribute 'frost'"),
    ],
)
def test_work_that_is_missing_is_told(work: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The worker comes up without it, and says so."""
    modules: dict[type[Operation], Module] = {}
    register(FoundPlugins((plugin(work),), ()), modules=modules)
    assert modules == {}
    assert capsys.readouterr().err == (
        f"tintype worker: the work of frost, {work} of tt-frost 1.2, cannot be imported: {why}\n"
    )


def test_refused_declaration_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A worker that starts while a package is broken comes up as well."""
    assert register(FoundPlugins((), ("the module frost cannot be used",)), modules={}) == {}
    assert capsys.readouterr().err == "tintype worker: the module frost cannot be used\n"


@pytest.mark.parametrize(("name", "what"), [("lies", "NoneType"), ("cmyk", "an image of mode CMYK")])
def test_result_that_is_no_frame_is_an_error(name: str, what: str, package: str) -> None:
    """It is told here, and not guessed at from what an encoder says later."""
    work = registered(f"{package}:{name}")
    with pytest.raises(ServiceError, match=f"{package}:{name} returned {what}, not an image of mode L, LA"):
        work(Image.new("RGB", (2, 2)), Frost(), Scene(limits=Limits()))
