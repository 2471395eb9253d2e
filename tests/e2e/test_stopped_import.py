"""An import that is stopped half-way, in whatever manner, and begun again."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from frontend.library.consistency import Flaw
from tests.e2e.crashing import noise_png, tintype

IMAGES = 30

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_stopped_import_goes_on_where_it_was(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """What was told as added is known the second time, the rest is added then, and the library is whole."""
    dice, tree, data = random.Random(number), tmp_path / "tree", tmp_path / "data"
    tree.mkdir()
    for index in range(IMAGES):
        (tree / f"{index:02}.png").write_bytes(noise_png(dice, size_bytes=50_000))
    words = ["import", str(tree), "--tags", "a", "--json", "--workers", "2"]
    command = [sys.executable, "-m", "frontend", *words, "--data-path", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [json.loads(process.stdout.readline()) for _ in range(dice.randrange(1, IMAGES // 2))]
        process.send_signal(number)
        rest, _ = process.communicate()
    assert process.returncode == code
    told += map(json.loads, rest.splitlines())
    added = {line["path"] for line in told if line.get("outcome") == "added"}
    _, (*again, _summary) = tintype(data, *words)
    assert added <= {line["path"] for line in again if line["outcome"] == "known"}
    assert {line["outcome"] for line in again} == {"known", "added"}
    found = tintype(data, "fsck", "--deep", "--json")[1]
    assert found == [{"summary": {"examined": IMAGES, "mended": 0, "left": 0} | dict.fromkeys(Flaw, 0)}]
