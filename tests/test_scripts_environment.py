"""How the scripts come by their environment: the interpreter, the packages, and two starts at once."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.checkout import Checkout, Ended

INSTALL = "-m pip install"
MAKE_VENV = "-m venv"


@pytest.fixture
def bare(tmp_path: Path) -> Checkout:
    """A checkout on a machine without Python."""
    return Checkout(tmp_path)


@pytest.fixture
def checkout(bare: Checkout) -> Checkout:
    """A checkout on a machine with a Python that will do."""
    bare.add_python("python3")
    return bare


# --- The interpreter -----------------------------------------------------------------------------


@pytest.mark.parametrize("script", ["serve", "test", "check", "format"])
def test_machine_without_a_new_enough_python_is_refused(bare: Checkout, script: str) -> None:
    """Exit code 2 and one sentence that says what is needed; no environment is begun."""
    bare.add_python("python3", supported=False)
    done = bare.run(script)
    assert done.returncode == 2
    assert done.stderr == (
        "tintype: Python 3.11, 3.12 or 3.13 is needed and none is on PATH:"
        " install one, or name it in TINTYPE_PYTHON.\n"
    )
    assert not (bare.root / ".venv").exists()


def test_python_that_does_not_run_is_passed_over(bare: Checkout) -> None:
    """A version manager's shim for a Python it does not have is on PATH, and fails; the next one serves."""
    bare.add_program("python3.13", "echo 'command not found' >&2; exit 127")
    bare.add_python("python3.11")
    assert "with Python of python3.11\n" in bare.run("serve").stderr


def test_newest_python_is_taken(checkout: Checkout) -> None:
    """Of several that will do, the newest makes the environment."""
    checkout.add_python("python3.12")
    assert "with Python of python3.12\n" in checkout.run("serve").stderr


def test_python_without_its_venv_module_is_named(bare: Checkout) -> None:
    """Where the one good Python cannot make environments, the sentence says how to mend that."""
    bare.add_python("python3", venv_module=False)
    done = bare.run("serve")
    assert done.returncode == 2
    assert done.stderr.startswith("tintype: python3 lacks its venv module: install it")
    assert "python3-venv" in done.stderr


def test_python_that_is_asked_for_is_used(checkout: Checkout) -> None:
    """TINTYPE_PYTHON beats every other, replaces an environment made with another, and stays the server's."""
    checkout.run("serve")
    mine = checkout.add_python("mine")
    assert "with Python of mine\n" in checkout.run("serve", variables={"TINTYPE_PYTHON": str(mine)}).stderr
    assert checkout.run("serve").stderr == ""


def test_python_that_is_asked_for_must_do(checkout: Checkout) -> None:
    """A TINTYPE_PYTHON that does not run is refused, not replaced by another."""
    done = checkout.run("serve", variables={"TINTYPE_PYTHON": "/nowhere/python"})
    assert done.returncode == 2
    assert "TINTYPE_PYTHON is /nowhere/python" in done.stderr


def test_python_that_is_asked_for_is_no_setting_of_the_server(checkout: Checkout) -> None:
    """The server refuses variables of its prefix that it does not know; this one never reaches it."""
    mine = checkout.add_python("mine")
    assert "TINTYPE_PYTHON" not in checkout.run("serve", variables={"TINTYPE_PYTHON": str(mine)}).stdout


# --- The environment -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "what"), [("serve", "."), ("test", ".[test]"), ("check", ".[dev]"), ("format", ".[dev]")]
)
def test_packages_come_at_their_pins(checkout: Checkout, script: str, what: str) -> None:
    """Each script installs what it needs, held to constraints.txt."""
    checkout.make_repository()
    checkout.run(script)
    (call,) = checkout.calls(INSTALL)
    assert call.endswith(f"-c constraints.txt -e {what}")


def test_uv_is_preferred_and_downloads_no_python(checkout: Checkout) -> None:
    """With uv on PATH it makes and fills the environment, from a Python of the machine."""
    checkout.add_program(
        "uv",
        'echo "uv $*, downloads $UV_PYTHON_DOWNLOADS" >>"$CALLS"\n'
        'case $1 in venv) "$4" -m venv "$5" ;; pip) "$4" -m pip install . ;; esac',
    )
    done = checkout.run("serve")
    assert done.stdout.startswith("tintype serve")
    assert checkout.calls("uv venv --allow-existing --python ")
    (call,) = checkout.calls("uv pip install")
    assert call.endswith("--python .venv/bin/python -c constraints.txt -e ., downloads never")


def test_second_start_installs_nothing(checkout: Checkout) -> None:
    """A start that finds its environment says nothing and asks no interpreter anything."""
    checkout.run("test")
    before = checkout.calls("")
    done = checkout.run("test")
    assert done.stderr == ""
    assert [call for call in checkout.calls("")[len(before) :] if "-m pytest" not in call] == []


def test_fuller_environment_serves_too(checkout: Checkout) -> None:
    """What is enough for the tests is enough for the server, but not the other way round."""
    checkout.run("serve")
    checkout.run("test")
    assert len(checkout.calls(INSTALL)) == 2
    checkout.run("serve")
    assert len(checkout.calls(INSTALL)) == 2


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_changed_pins_are_installed(checkout: Checkout, name: str) -> None:
    """When what is needed has changed, it is installed into the environment that is there."""
    checkout.run("serve")
    with (checkout.root / name).open("a") as file:
        file.write("# changed\n")
    checkout.run("serve")
    assert len(checkout.calls(INSTALL)) == 2
    assert len(checkout.calls(MAKE_VENV)) == 1


def test_moved_checkout_is_prepared_again(checkout: Checkout) -> None:
    """An environment names its own place; in another one it is made anew."""
    checkout.run("serve")
    checkout.root = checkout.root.rename(checkout.root.with_name("moved"))
    checkout.run("serve")
    assert len(checkout.calls(MAKE_VENV)) == 2


def test_failing_install_shows_its_output_and_is_begun_again(checkout: Checkout) -> None:
    """What pip said is shown, the exit code is 1, and the next start begins from nothing."""
    done = checkout.run("serve", variables={"PIP_FAILS": "no route to the packages"})
    assert done.returncode == 1
    assert "no route to the packages\n" in done.stderr
    assert done.stdout == ""
    assert checkout.run("serve").returncode == 0
    assert len(checkout.calls(MAKE_VENV)) == 2


def test_interrupted_install_is_begun_again(checkout: Checkout, tmp_path: Path) -> None:
    """A start that is killed in the middle leaves nothing that a later one would trust."""
    os.mkfifo(tmp_path / "gate")
    with checkout.start("serve", variables={"PIP_WAITS": str(tmp_path / "gate")}) as process:
        assert process.stderr is not None
        assert any("installing" in line for line in process.stderr)
        os.killpg(process.pid, signal.SIGTERM)
    assert checkout.run("serve").returncode == 0
    assert len(checkout.calls(MAKE_VENV)) == 2


@pytest.mark.skipif(not shutil.which("flock"), reason="nothing to lock with")
def test_two_starts_at_once_install_once(checkout: Checkout, tmp_path: Path) -> None:
    """The second start waits for the first, and then uses what that one installed."""
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    first = checkout.start("serve", variables={"PIP_WAITS": str(gate)})
    assert first.stderr is not None
    assert any("installing" in line for line in first.stderr)
    second = checkout.start("serve")
    assert second.stderr is not None
    assert "another start" in second.stderr.readline()
    gate.write_text("go on\n")
    assert (Ended.of(first).returncode, Ended.of(second).returncode) == (0, 0)
    assert len(checkout.calls(INSTALL)) == 1
