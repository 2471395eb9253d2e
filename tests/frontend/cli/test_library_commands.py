"""``tintype import``, ``fsck`` and ``gc`` from arguments to exit codes, with real workers and files."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from frontend.__main__ import main
from frontend.data_folder import hold_data_folder
from frontend.library.catalogue import FILE_NAME
from tests.pictures import sample


@pytest.fixture(autouse=True)
def _log_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """How the log looks is set for the whole process, and other tests look at it."""
    monkeypatch.setattr("frontend.cli.errand.configure_logs", lambda _settings: None)
    with capture_logs():
        yield


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two images and a text, in a current directory of its own."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "a.png").write_bytes(sample("png"))
    (folder / "b.jpg").write_bytes(sample("jpeg"))
    (folder / "read.me").write_text("words")
    return folder


def run(command: str, *argv: str) -> int:
    """Run a command with one worker."""
    return main([command, *argv, "--workers", "1"])


def originals(tmp_path: Path) -> list[Path]:
    """The files of the persistent volume, sorted."""
    return sorted(path for path in (tmp_path / "data" / "pvol").rglob("*") if path.is_file())


def orphan(tmp_path: Path) -> Path:
    """Put bytes into the volume that no record knows."""
    path = tmp_path / "data" / "pvol" / "00" / "00" / ("0" * 64)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"bytes")
    return path


def test_import_tells_what_it_did_and_goes_on_later(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Images are added and anything else is counted; a second run finds all of it there, and a check no flaw."""
    assert run("import", str(tree), "--tags", "a, b") == 0
    assert capsys.readouterr() == ("2 added, 0 already there, 1 no images, 0 failed\n", "")
    assert run("import", str(tree), "--tags", "a") == 0
    assert capsys.readouterr().out.startswith("0 added, 2 already there")
    assert len(originals(tmp_path)) == 2
    assert run("fsck", "--deep") == 0
    assert capsys.readouterr().out == "2 originals, all as they should be\n"


def test_import_tells_machines_of_every_file(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line of JSON for each, then the counts; a damaged image makes the exit code 1."""
    (tree / "c.png").write_bytes(sample("png")[:60])
    assert run("import", str(tree), "--tags", "a", "--private", "--json") == 1
    *files, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert {file["path"]: file["outcome"] for file in files} == {
        "a.png": "added",
        "b.jpg": "added",
        "c.png": "failed",
        "read.me": "no_image",
    }
    assert last == {"summary": {"added": 2, "known": 0, "no_image": 1, "failed": 1}}


def test_image_that_failed_is_named(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """People are told of failures, with the reason, beside the results."""
    (tree / "a.png").write_bytes(sample("png")[:60])
    assert run("import", str(tree), "--tags", "a") == 1
    assert capsys.readouterr().err.startswith("a.png: The image is truncated or corrupt")


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["import", "tree"], "at least one tag"),
        (["import", "nowhere", "--tags", "a"], "nowhere is no folder"),
        (["fsck"], "there is no library"),
        (["gc"], "there is no library"),
        (["gc", "--older-than", "soon"], "no time such as"),
        (["gc", "tree"], "tree: unexpected argument"),
    ],
)
@pytest.mark.usefixtures("tree")
def test_what_cannot_begin_ends_in_a_sentence(
    argv: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that cannot work says why, and its exit code is 2."""
    assert run(*argv) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["import", "tree", "--tags", "a"], ["fsck"], ["gc"]], ids=lambda argv: argv[0])
@pytest.mark.usefixtures("tree")
def test_commands_leave_the_data_of_a_running_server_alone(
    argv: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """While somebody holds the data folder they refuse in one sentence, with exit code 2."""
    with hold_data_folder(tmp_path / "data"):
        (tmp_path / "data" / FILE_NAME).touch()
        assert run(*argv) == 2
    assert "another tintype is using the data folder" in capsys.readouterr().err


def test_check_tells_first_and_mends_when_told_to(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Flaws make the exit code 1 and change nothing; mended ones are gone."""
    run("import", str(tree), "--tags", "a")
    lost = originals(tmp_path)[0]
    lost.unlink()
    left_over = orphan(tmp_path)
    capsys.readouterr()
    for _ in range(2):
        assert run("fsck") == 1
        out = capsys.readouterr().out
        assert f"{lost.name} (" in out
        assert f"{left_over.name} has bytes, but no record\n" in out
        assert "3 originals, 2 flaws, 0 of them mended" in out
    assert run("fsck", "--mend") == 0
    assert "2 flaws, 2 of them mended" in capsys.readouterr().out
    assert not left_over.exists()
    assert run("fsck") == 0


def test_check_tells_machines_of_every_flaw(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be mended is told with both sizes, and stays: the exit code is 1 even when mending."""
    run("import", str(tree), "--tags", "a")
    cut = originals(tmp_path)[0]
    size_bytes = cut.stat().st_size
    cut.write_bytes(b"cut")
    capsys.readouterr()
    assert run("fsck", "--mend", "--json") == 1
    flaw, summary = map(json.loads, capsys.readouterr().out.splitlines())
    assert (flaw["flaw"], flaw["hash"], flaw["mended"]) == ("wrong_size", cut.name, False)
    assert (flaw["size_bytes"], flaw["expected_bytes"]) == (3, size_bytes)
    assert (summary["summary"]["examined"], summary["summary"]["left"]) == (2, 1)


def test_check_does_not_forget_everything(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where not one original is left, most likely a disk is not mounted: nothing is mended."""
    run("import", str(tree), "--tags", "a")
    for path in originals(tmp_path):
        path.unlink()
    assert run("fsck", "--mend") == 2
    assert "is its disk mounted?" in capsys.readouterr().err
    with sqlite3.connect(tmp_path / "data" / FILE_NAME) as database:
        assert database.execute("select count(*) from images").fetchone() == (2,)
    database.close()


def test_cleaning_says_what_it_removed(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A fresh orphan is left for an hour, unless less is asked for."""
    run("import", str(tree), "--tags", "a")
    left_over = orphan(tmp_path)
    capsys.readouterr()
    assert run("gc") == 0
    assert capsys.readouterr().out.startswith("0 orphaned originals removed\n")
    assert left_over.exists()
    assert run("gc", "--older-than", "0s", "--json") == 0
    assert json.loads(capsys.readouterr().out)["orphaned_originals"] == {"count": 1, "size_bytes": 5}
    assert not left_over.exists()
    assert len(originals(tmp_path)) == 2


def test_full_library_is_told_in_a_sentence(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An import for which there is no room stops, says how far it came, and its exit code is 2."""
    assert run("import", str(tree), "--tags", "a", "--persistent-capacity", "1") == 2
    out, err = capsys.readouterr()
    assert out.startswith("1 added")
    assert err == "tintype: The storage is full (1 entries, limit is 1)\n"
