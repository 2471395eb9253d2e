"""A worker without the extras: what it cannot do it says, with the remedy; all else it does."""

from __future__ import annotations

import base64
import json
import subprocess
import sys

import pytest

from shared.formats import BUILT_IN
from tests import pictures
from tests.workers.modern_files import heic, jxl

# Blocks the packages as if they were not there, then does as it is told.
_WITHOUT = """
import base64, importlib.abc, importlib.util, json, sys
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("imagecodecs", "pillow_heif"):
            raise ModuleNotFoundError(name)
        return None
sys.meta_path.insert(0, Absent())
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: (
    None if name in ("imagecodecs", "pillow_heif") else real(name, package)
)
from shared.errors import ServiceError
from tests.workers.jobs import result
from workers.introduction import hello
told = {"decodes": hello().decodes, "encodes": hello().encodes, "versions": list(hello().versions), "ends": []}
for plan, body in json.load(sys.stdin):
    try:
        told["ends"].append(result(plan, base64.b64decode(body)).format)
    except ServiceError as error:
        told["ends"].append([error.slug, int(error.status), error.message])
json.dump(told, sys.stdout)
"""


@pytest.fixture(scope="module")
def told() -> dict[str, object]:
    """What a process says that has no extras."""
    png = pictures.encoded(pictures.gradients(), "png")
    large = pictures.encoded_blank((2001, 1000))
    asked = [
        ("encode:png", jxl(pictures.gradients())),
        ("encode:png", heic(pictures.gradients())),
        ("encode:jxl", png),
        ("encode:webp", png),
        ("encode:png", pictures.sample("qoi")),
        ("encode:qoi", png),
        ("encode:qoi", large),
        ("encode:png", pictures.bomb("qoi", side=1500)),
    ]
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT],
        input=json.dumps([(plan, base64.b64encode(body).decode()) for plan, body in asked]),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_it_introduces_itself_without_them(told: dict[str, object]) -> None:
    """The front end then never chooses them for ``auto``."""
    always = [known.name for known in BUILT_IN]
    assert told["decodes"] == told["encodes"] == always
    assert not {"imagecodecs", "pillow_heif"} & set(told["versions"])  # type: ignore[call-overload]


def test_what_is_missing_is_named_with_its_remedy(told: dict[str, object]) -> None:
    """To be read, and to be written."""
    ends = told["ends"]
    assert isinstance(ends, list)
    for end, extra in zip(ends[:3], ("jxl", "heic", "jxl"), strict=True):
        slug, status, message = end
        assert (slug, status) == ("unsupported_format", 415)
        assert message == f"{extra} needs the extra {extra} where the server is installed"


def test_all_else_is_done(told: dict[str, object]) -> None:
    """QOI in Python, and so with fewer pixels."""
    ends = told["ends"]
    assert isinstance(ends, list)
    assert ends[3:6] == ["webp", "png", "qoi"]
    assert [end[0] for end in ends[6:]] == ["too_many_pixels", "too_many_pixels"]
