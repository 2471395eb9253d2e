"""``kill -9`` of the front end in the middle of uploads; ``scripts/crash_uploads.py`` does the same at length."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.crashing import run_round

pytestmark = pytest.mark.timeout(90)


def test_acknowledged_uploads_survive_the_death_of_the_server(tmp_path: Path) -> None:
    """Killed twice: every 201 is there byte for byte; of the rest there are orphans at most, until removed."""
    known: dict[str, bytes] = {}
    for seed in (1, 2):
        outcome = run_round(tmp_path, known, seed=seed, uploads=40, clients=4)
        assert outcome.problems == []
        assert 0 < outcome.acknowledged < outcome.started
