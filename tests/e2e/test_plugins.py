"""Modules of other packages, built and installed for real: what they give, and what they can break."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.e2e.server import ADMIN_KEY, RunningServer, running_server
from tests.plugins.building import EXAMPLE, HOSTILE, install, with_version

pytestmark = pytest.mark.timeout(90)

CONFIG = """\
[pipelines.old]
modules = [
  {use = "resize", w = 60},
  {use = "vignette", strength = 0.5, vignette_color = "white"},
  {use = "png"},
]
[presets]
faded = "vignette=0.5"
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which both packages are installed."""
    return install(tmp_path_factory.mktemp("plugins"), EXAMPLE, HOSTILE)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One picture for each that may come to harm, so that none is in quarantine for another's sake."""
    folder = tmp_path_factory.mktemp("pictures")
    for name in ("vignette", "raises", "lies", "hangs", "crashes", "balloons"):
        Image.new("RGB", (120, 80), (30, 60, 90)).save(folder / f"{name}.png")
    return folder


@pytest.fixture(scope="module")
def server(site: Path, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with one worker, where they are installed."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "tintype.toml").write_text(CONFIG, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(site))
        flags = ("--workers", "1", "--job-timeout", "2s", "--worker-memory", "512MiB")
        with running_server(folder, *flags, images=pictures) as running:
            yield running


def tintype(folder: Path, *argv: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with ``path`` as PYTHONPATH, in a folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "frontend", *argv],
        cwd=folder,
        env={"PYTHONPATH": str(path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def picture(answer: httpx.Response) -> Image.Image:
    """What was answered, as an image."""
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content)).convert("RGB")


def is_faded(image: Image.Image, *, towards: int) -> bool:
    """Whether the corners have half of a grey, and the middle nothing of it."""
    width, height = image.size
    corner, middle = image.getpixel((0, 0)), image.getpixel((width // 2, height // 2))
    assert isinstance(corner, tuple)
    wanted = [(own + towards) / 2 for own in (30, 60, 90)]
    return middle == (30, 60, 90) and all(abs(a - b) <= 6 for a, b in zip(corner, wanted, strict=True))


def test_module_is_asked_for_like_any_other(server: RunningServer) -> None:
    """By query parameters, in a chain, in a preset and in a pipeline."""
    assert is_faded(picture(server.get("/vignette.png?vignette=0.5")), towards=0)
    assert is_faded(picture(server.get("/vignette.png?vignette=0.5&vignette_color=fff")), towards=255)
    assert is_faded(picture(server.get("/vignette.png?ops=flip:h;vignette:0.5:color=white")), towards=255)
    assert is_faded(picture(server.get("/vignette.png?preset=faded&w=60")), towards=0)
    small = picture(server.get("/img/old/vignette.png"))
    assert small.size == (60, 40)
    assert is_faded(small, towards=255)


def test_its_values_are_checked_like_any_other(server: RunningServer) -> None:
    """What is not allowed is refused before any worker hears of it."""
    answer = server.get("/vignette.png?vignette=2")
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_parameter")
    assert answer.json()["message"] == "vignette='2' is not allowed: a number from 0 to 1"


def test_it_is_documented_like_any_other(server: RunningServer) -> None:
    """In the OpenAPI document and on the information page."""
    told = server.get("/openapi.json").json()["paths"]["/images/{name}"]["get"]["parameters"]
    parameters = {each["name"]: each for each in told}
    assert parameters["vignette"]["schema"] == {"type": "number", "minimum": 0, "maximum": 1}
    assert parameters["vignette_color"]["description"].startswith("vignette: The colour.")
    assert "Let the corners fade into a colour" in server.get("/").text


def test_its_version_is_the_engines(site: Path, pictures: Path, tmp_path: Path) -> None:
    """After an upgrade of its package variants are made anew, for their pixels may be others."""
    copy = shutil.copytree(site, tmp_path / "site")
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(copy))
        for version in ("1.0.0", "1.0.1"):
            with_version(copy, EXAMPLE, version)
            with running_server(tmp_path, "--workers", "1", images=pictures) as server:
                answer = server.get("/vignette.png?vignette=0.5")
                engine = server.get("/_stats", authorization=f"Bearer {ADMIN_KEY}").json()["engine"]
                seen.append((engine["plugin tintype-example"], answer.headers["x-cache"]))
                etag = answer.headers["etag"]
                assert server.get("/vignette.png?vignette=0.5", if_none_match=etag).status_code == 304
    assert seen == [("1.0.0", "miss"), ("1.0.1", "miss")]


def test_module_that_raises_costs_its_job(server: RunningServer) -> None:
    """That job is a 500 which tells the client nothing of it; the worker goes on."""
    workers = server.workers()
    answer = server.get("/raises.png?raises")
    assert (answer.status_code, answer.json()["error"]) == (500, "internal_error")
    assert "ZeroDivisionError" not in answer.text
    assert "ZeroDivisionError" in server.log.read_text()
    assert picture(server.get("/raises.png?w=10")).size == (10, 7)
    assert server.workers() == workers


def test_module_that_returns_no_frame_costs_its_job(server: RunningServer) -> None:
    """What it returned is in the log, and not in a codec."""
    answer = server.get("/lies.png?lies")
    assert (answer.status_code, answer.json()["error"]) == (500, "internal_error")
    assert "tintype_hostile.work:lies returned tuple, not an image" in server.log.read_text()


def test_module_that_hangs_costs_its_job(server: RunningServer) -> None:
    """Its worker is replaced when the job's time is over."""
    answer = server.get("/hangs.png?hangs")
    assert (answer.status_code, answer.json()["error"]) == (504, "deadline_exceeded")
    assert picture(server.get("/hangs.png?w=10")).size == (10, 7)


def test_module_that_crashes_costs_its_job(server: RunningServer) -> None:
    """Two workers, because the first may have died of something else; then others do other jobs."""
    answer = server.get("/crashes.png?crashes")
    assert (answer.status_code, answer.json()["error"]) == (503, "worker_crashed")
    assert picture(server.get("/vignette.png?w=11")).size == (11, 7)


def test_module_that_takes_all_memory_costs_its_job(server: RunningServer) -> None:
    """The ceiling holds, and what was leaked goes with the worker."""
    answer = server.get("/balloons.png?balloons")
    assert (answer.status_code, answer.json()["error"]) == (422, "out_of_memory")
    assert picture(server.get("/vignette.png?w=12")).size == (12, 8)


def test_front_end_never_imports_the_work(site: Path, tmp_path: Path) -> None:
    """Declarations are read where there are no pixels: without Pillow, without numpy."""
    script = (
        "import sys; sys.modules |= dict.fromkeys(['PIL', 'numpy'])\n"
        "from frontend.__main__ import main\n"
        "assert main(['modules', '--json']) == 0\n"
        "assert 'tintype_example' in sys.modules and 'tintype_example.work' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env={"PYTHONPATH": str(site)}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = {each["name"]: each for each in json.loads(done.stdout)}
    assert told["vignette"] == {
        "name": "vignette",
        "about": "Let the corners fade into a colour, as old lenses did.",
        "package": "tintype-example",
        "version": "1.0.0",
        "parameters": [
            {
                "name": "strength",
                "query": ["vignette"],
                "allowed": "a number from 0 to 1",
                "default": "0",
                "help": "How much of the colour the corners have; 1 is all.",
            },
            {
                "name": "color",
                "query": ["vignette_color"],
                "allowed": told["background"]["parameters"][0]["allowed"],
                "default": "000000",
                "help": "The colour.",
            },
        ],
    }


def test_package_that_is_not_right_stops_the_start(site: Path, tmp_path: Path) -> None:
    """A declaration that cannot be imported is told in a sentence: URLs and pipelines may depend on it."""
    copy = shutil.copytree(site, tmp_path / "site")
    (copy / EXAMPLE / "__init__.py").write_text("import nowhere_to_be_found\n", encoding="utf-8")
    for command in ("serve", "modules", "config"):
        done = tintype(tmp_path, command, path=copy)
        assert done.returncode == 2
        assert done.stderr == (
            "tintype: the module vignette of tintype-example 1.0.0 cannot be used: "
            "ModuleNotFoundError: No module named 'nowhere_to_be_found'; mend or uninstall the package\n"
        )


def test_work_that_cannot_be_imported_stops_the_start(site: Path, tmp_path: Path) -> None:
    """The workers come up without it, and say why; the server does not."""
    copy = shutil.copytree(site, tmp_path / "site")
    (copy / EXAMPLE / "work.py").write_text("import nowhere_to_be_found\n", encoding="utf-8")
    flags = ("--port", "0", "--workers", "1", "--insecure-http", "--host", "127.0.0.1")
    done = tintype(tmp_path, "serve", *flags, path=copy)
    assert done.returncode == 2
    assert (
        "tintype worker: the work of vignette, tintype_example.work:vignette of tintype-example 1.0.0, "
        "cannot be imported: ModuleNotFoundError: No module named 'nowhere_to_be_found'\n"
    ) in done.stderr
    assert done.stderr.endswith("tintype: the workers cannot do vignette: why, they have said above\n")
