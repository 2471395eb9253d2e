"""Kills a real server in the middle of uploads, again and again, and tells what was lost: nothing should be.

    python -m scripts.crash_uploads [--rounds 5] [--uploads 200] [--json FILE]

The exit code is 1 if an acknowledged upload was lost, or the library not whole after cleaning.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.e2e.crashing import Round, run_round

COLUMNS = "{:>6} {:>8} {:>13} {:>8} {:<12} {:>9}"


def main() -> int:
    """Run the rounds and print what came of each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often the server is killed")
    parser.add_argument("--uploads", type=int, default=200, help="uploads that are begun in each round, at most")
    parser.add_argument("--clients", type=int, default=4, help="how many upload side by side")
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the others count on from it")
    parser.add_argument("--json", type=Path, help="also write the rounds to this file")
    arguments = parser.parse_args()
    print(COLUMNS.format("seed", "uploads", "acknowledged", "orphans", "cleaned by", "problems"))
    rounds: list[Round] = []
    known: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as name:
        for seed in range(arguments.seed, arguments.seed + arguments.rounds):
            rounds.append(
                run_round(Path(name), known, seed=seed, uploads=arguments.uploads, clients=arguments.clients)
            )
            print_round(rounds[-1])
    print(f"{len(known)} acknowledged uploads, {sum(len(done.problems) for done in rounds)} problems")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(done) for done in rounds], indent=2))
    return any_problem(rounds)


def print_round(done: Round) -> None:
    """One line, and one for each problem."""
    print(
        COLUMNS.format(
            done.seed, done.started, done.acknowledged, done.orphans, done.cleaned_by, len(done.problems)
        ),
        *done.problems,
        sep="\n  ",
        flush=True,
    )


def any_problem(rounds: Sequence[Round]) -> bool:
    """Tell whether something was lost."""
    return any(done.problems for done in rounds)


if __name__ == "__main__":
    sys.exit(main())
