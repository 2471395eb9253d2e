"""The pins: what is installed is what was tried, whatever was released since."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"([A-Za-z0-9._-]+)==([0-9][0-9a-z.]*)")


def pins() -> dict[str, str]:
    """The pinned versions by name; a line that is no pin fails the test."""
    matches = [PIN.fullmatch(line) for line in (ROOT / "constraints.txt").read_text().splitlines()]
    assert all(matches), "a line of constraints.txt is not name==version"
    return {canonicalize_name(match[1]): match[2] for match in matches if match}


def requirements() -> list[Requirement]:
    """Everything that pyproject.toml asks for, extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = [
        *project["dependencies"],
        *(text for extra in project["optional-dependencies"].values() for text in extra),
    ]
    return [wanted for wanted in map(Requirement, texts) if wanted.name != project["name"]]


def test_every_line_is_a_plain_pin() -> None:
    """Names and versions only: no markers, no addresses, nothing twice."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert len(pins()) == len(lines)


def test_everything_asked_for_is_pinned() -> None:
    """Each requirement has a pin, and the pin is a version that the requirement allows."""
    pinned = pins()
    loose = [str(wanted) for wanted in requirements() if canonicalize_name(wanted.name) not in pinned]
    wrong = [
        str(wanted)
        for wanted in requirements()
        if pinned.get(canonicalize_name(wanted.name), "") not in wanted.specifier
    ]
    assert (loose, wrong) == ([], [])
