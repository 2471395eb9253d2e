"""Gives damaged images of every format to real workers: what becomes of them are pictures, or specified errors.

    python -m scripts.fuzz_images [--files 5000] [--formats png,jpeg] [--seed 1] [--json FILE] [--findings FOLDER]

Formats take turns; each ends by itself. Files that cost a worker, make it fail in a way that no file may, or keep
it busy for long, are kept in the folder, and the first of each kind also as small as it can be made. The exit code
is 1 if a worker was lost, failed so, or if its memory grew. With PYTHONFAULTHANDLER=1 in the environment a worker
that crashes says where.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import trio

from frontend.settings import PoolSettings
from shared.errors import ServiceError
from shared.limits import MIB
from tests.workers.fuzzing.crew import RESULT, SLOW_S, Tally, minimised, outcome_alone, run_format
from tests.workers.fuzzing.seeds import FORMATS

MAX_GROWTH_BYTES = 8 * MIB
COLUMNS = "{:<6} {:>6} {:>7} {:>8} {:>9} {:>5} {:>5} {:>9} {:>8} {:>9} {:>8}"
HEADINGS = ("format", "files", RESULT, "refused", "internal", "lost", f">{SLOW_S:g} s", "slowest s", "answers",
            "warm MiB", "end MiB")  # fmt: skip


def main() -> int:
    """Take format by format and print what came of each."""
    arguments = _arguments()
    settings = PoolSettings(workers=arguments.workers)
    print(COLUMNS.format(*HEADINGS))
    tallies = []
    for name in arguments.formats:
        tally = trio.run(_run, name, arguments, settings)
        tallies.append(tally)
        print_tally(tally)
    if arguments.json:
        arguments.json.write_text(json.dumps([as_json(tally) for tally in tallies], indent=2))
    return any(map(is_bad, tallies))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=5000, help="damaged files of each format")
    parser.add_argument("--formats", type=_formats, default=FORMATS, help="of these formats only")
    parser.add_argument("--seed", type=int, default=1, help="another one, other damage")
    parser.add_argument("--workers", type=int, default=2, help="how many run side by side")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--findings", type=Path, help="keep the files that something is wrong with in this folder")
    return parser.parse_args()


def _formats(text: str) -> tuple[str, ...]:
    """Raises ValueError for a format that is not known."""
    names = tuple(text.split(","))
    if unknown := set(names) - set(FORMATS):
        raise ValueError(unknown)
    return names


async def _run(name: str, arguments: argparse.Namespace, settings: PoolSettings) -> Tally:
    tally = await run_format(name, files=arguments.files, seed=arguments.seed, settings=settings)
    if arguments.findings:
        arguments.findings.mkdir(parents=True, exist_ok=True)
        await _keep(tally, f"{name}-{arguments.seed}", arguments.findings, settings)
    return tally


async def _keep(tally: Tally, prefix: str, folder: Path, settings: PoolSettings) -> None:
    """Write the files of all findings, with what was found; the first of each kind also made small."""
    seen = set()
    for case, outcome in (*tally.bugs, *tally.slow):
        path = folder / f"{prefix}-{case.index}.{tally.name}"
        path.write_bytes(case.body)
        notes = f"{outcome.kind} after {outcome.took_s:.2f} s\n{outcome.detail}\n"
        if outcome.is_bug and outcome.signature not in seen:
            seen.add(outcome.signature)
            again = await outcome_alone(case, settings)
            notes += f"in a worker of its own: {again.kind}\n"
            if again.is_bug:
                path.with_suffix(f".small.{tally.name}").write_bytes(await minimised(case, again, settings))
        path.with_suffix(".txt").write_text(notes)


def print_tally(tally: Tally) -> None:
    """One line, one for the errors, and one for each kind of bug."""
    kinds, life = tally.kinds, tally.longest_life
    lost = sum(count for kind, count in kinds.items() if kind.startswith("lost"))
    internal, results = kinds[ServiceError.slug], kinds[RESULT]
    print(COLUMNS.format(
        tally.name, kinds.total(), results, kinds.total() - results - internal - lost, internal, lost,
        len(tally.slow), f"{tally.slowest_s:.2f}", len(life.resident_bytes),
        f"{life.warm_bytes / MIB:.1f}", f"{life.end_bytes / MIB:.1f}",
    ))  # fmt: skip
    print("       " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common() if kind != RESULT))
    for kind, place in sorted({outcome.signature for _, outcome in tally.bugs}):
        print(f"       {kind}: {place}")
    sys.stdout.flush()


def as_json(tally: Tally) -> dict[str, object]:
    """The figures of a format."""
    return {
        "format": tally.name,
        "outcomes": dict(tally.kinds),
        "slow": [case.index for case, _ in tally.slow],
        "bugs": [
            {"index": case.index, "kind": outcome.kind, "detail": outcome.detail} for case, outcome in tally.bugs
        ],
        "slowest_s": round(tally.slowest_s, 3),
        "workers": [
            {"answers": len(life.resident_bytes), "warm_bytes": life.warm_bytes, "end_bytes": life.end_bytes}
            for life in tally.lives
        ],
    }


def is_bad(tally: Tally) -> bool:
    """Whether something happened that must not, whatever a file is like."""
    return bool(tally.bugs) or tally.longest_life.growth_bytes > MAX_GROWTH_BYTES


if __name__ == "__main__":
    sys.exit(main())
