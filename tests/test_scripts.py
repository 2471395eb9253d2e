"""The scripts of a checkout: one command from a fresh clone to a running server, or to a verdict."""

from pathlib import Path

import pytest

from tests.checkout import Checkout, Ended


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout on a machine with a Python that will do."""
    fresh = Checkout(tmp_path)
    fresh.add_python("python3")
    return fresh


# --- The server ----------------------------------------------------------------------------------


def test_server_takes_the_place_of_the_script(checkout: Checkout) -> None:
    """Options reach the server, the folder stays the caller's, and signals to the script are the server's."""
    process = checkout.start("serve", "--port", "9000", "a b", cwd=checkout.elsewhere)
    assert (
        Ended.of(process).stdout == f"tintype serve --port 9000 a b, pid {process.pid}, in {checkout.elsewhere}\n"
    )


def test_server_s_exit_code_is_the_script_s(checkout: Checkout) -> None:
    """A server that could not start is seen to have failed."""
    assert checkout.run("serve", variables={"BROKEN": "tintype"}).returncode == 1


def test_first_look_has_pictures(checkout: Checkout) -> None:
    """Where there is no folder of images, or an empty one, the demo pictures are drawn into it; once."""
    (checkout.elsewhere / "images").mkdir()
    for cwd in (checkout.root, checkout.elsewhere, checkout.elsewhere):
        checkout.run("serve", cwd=cwd)
        assert (cwd / "images" / "sunset.jpg").exists()
    assert len(checkout.calls("demo_pictures")) == 2


@pytest.mark.parametrize("arguments", [["--images-path", "mine"], ["--images-path=mine"], ["--config=a"]])
def test_chosen_folder_gets_no_pictures(checkout: Checkout, arguments: list[str]) -> None:
    """Who says on the command line where the images are has some."""
    checkout.run("serve", *arguments)
    assert not checkout.calls("demo_pictures")


@pytest.mark.parametrize("variable", ["IMAGES_PATH", "TINTYPE_IMAGES_PATH", "TINTYPE_CONFIG"])
def test_folder_from_the_environment_gets_no_pictures(checkout: Checkout, variable: str) -> None:
    """Who says in the environment where the images are has some."""
    checkout.run("serve", variables={variable: "mine"})
    assert not checkout.calls("demo_pictures")


def test_folder_from_the_file_of_settings_gets_no_pictures(checkout: Checkout) -> None:
    """Who says in tintype.toml where the images are has some; who says other things there has not."""
    settings = checkout.root / "tintype.toml"
    settings.write_text('images_path = "mine"\n')
    checkout.run("serve")
    assert not checkout.calls("demo_pictures")
    settings.write_text("port = 9000\n")
    checkout.run("serve")
    assert checkout.calls("demo_pictures")


# --- Tests and checks ----------------------------------------------------------------------------


def test_options_reach_pytest(checkout: Checkout) -> None:
    """From wherever it is called, the tests run at the root, with the options given."""
    done = checkout.run("test", "-k", "a name", cwd=checkout.elsewhere)
    assert done.stdout == f"pytest -k a name, in {checkout.root}\n"


def test_check_runs_all_and_names_what_failed(checkout: Checkout) -> None:
    """One failing tool does not keep the others from being asked; what it said is shown."""
    checkout.make_repository()
    done = checkout.run("check", variables={"BROKEN": "ruff"})
    assert done.returncode == 1
    assert "FAILED  ruff check\nruff check, pid" in done.stdout
    assert "ok      import contracts\n" in done.stdout
    assert done.stdout.endswith("\nfailed: ruff check, ruff format\n")


def test_check_passes_a_sound_checkout(checkout: Checkout) -> None:
    """With nothing wrong, every line is ok and so is the exit code."""
    checkout.make_repository()
    done = checkout.run("check")
    assert done.returncode == 0
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"ok"}


@pytest.mark.parametrize(
    ("name", "content", "check"),
    [
        ("notes.md", "see /somewhere/of/mine/notes\n", "paths of this machine"),
        ("setup.cfg", "index = https://py" + "pi.org/simple\n", "registry addresses"),
        ("notes.md", "a blank at the end \n", "stray whitespace, conflict marks"),
        ("scripts/broken", "#!/bin/sh\nif\n", "shell syntax"),
    ],
)
def test_check_finds(checkout: Checkout, name: str, content: str, check: str) -> None:
    """What works on one machine only, what an editor left behind, a script that cannot run."""
    checkout.make_repository()
    offender = checkout.root / name
    offender.write_text(content)
    offender.chmod(0o755)
    done = checkout.run("check", variables={"HOME": "/somewhere/of/mine"})
    assert done.returncode == 1
    assert done.stdout.endswith(f"\nfailed: {check}\n")
    assert name in done.stdout


def test_check_finds_a_script_that_cannot_be_started(checkout: Checkout) -> None:
    """A script that lost its executable bit is a README's command that no longer works."""
    checkout.make_repository()
    (checkout.root / "scripts" / "serve").chmod(0o644)
    done = checkout.run("check")
    assert done.returncode == 1
    assert "scripts/serve: not executable\n" in done.stdout
