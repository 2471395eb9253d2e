"""A checkout to try the scripts in: their own text, a made-up project, and a PATH without surprises."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
FAKE_PYTHON = Path(__file__).with_name("fake_python.sh").read_text()
# What the scripts may use of a system; Python is not among it.
TOOLS = [
    *("sh", "bash", "cat", "chmod", "cksum", "cp", "dirname", "flock"),
    *("git", "grep", "head", "ls", "mkdir", "rm", "sed"),
]

Process = subprocess.Popen[str]


class Ended(NamedTuple):
    """How a script ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str

    @classmethod
    def of(cls, process: Process) -> "Ended":
        """Let ``process`` come to its end."""
        with process:
            output, errors = process.communicate()
        return cls(process.returncode, output, errors)


class Checkout:
    """A fresh clone in ``folder``, as far as the scripts can tell."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "my clone"
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir()
        self._programs = folder / "programs"
        self._programs.mkdir()
        self._calls = folder / "calls"
        for tool in TOOLS:
            if path := shutil.which(tool):
                (self._programs / tool).symlink_to(path)
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        (self.root / "pyproject.toml").write_text('[project]\nname = "tintype"\n')
        (self.root / "constraints.txt").write_text("trio==0.35.0\n")

    def add_python(self, name: str, *, supported: bool = True, venv_module: bool = True) -> Path:
        """Put an interpreter on PATH."""
        yes = {True: "yes", False: "no"}
        facts = f"origin={name} supported={yes[supported]} venv_module={yes[venv_module]}"
        return self.add_program(name, f"{facts}\n{FAKE_PYTHON}")

    def add_program(self, name: str, lines: str) -> Path:
        """Put a shell script on PATH."""
        program = self._programs / name
        program.write_text(f"#!/bin/sh\n{lines}\n")
        program.chmod(0o755)
        return program

    def start(
        self, script: str, *arguments: str, cwd: Path | None = None, variables: Mapping[str, str] | None = None
    ) -> Process:
        """Start a script in an environment of its own; its output can be read while it runs."""
        return subprocess.Popen(
            [self.root / "scripts" / script, *arguments],
            cwd=cwd or self.root,
            env={"PATH": str(self._programs), "CALLS": str(self._calls), **(variables or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(
        self, script: str, *arguments: str, cwd: Path | None = None, variables: Mapping[str, str] | None = None
    ) -> Ended:
        """Run a script to its end."""
        return Ended.of(self.start(script, *arguments, cwd=cwd, variables=variables))

    def calls(self, containing: str) -> list[str]:
        """What the interpreters were asked to do, as far as it contains some words."""
        lines = self._calls.read_text().splitlines() if self._calls.exists() else []
        return [line for line in lines if containing in line]

    def make_repository(self) -> None:
        """Make the checkout known to git."""
        subprocess.run(["git", "init", "--quiet"], cwd=self.root, env={"PATH": os.environ["PATH"]}, check=True)
