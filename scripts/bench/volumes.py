"""Time the two volumes on disk: storing, reading, and the index of a hundred thousand files made anew.

    python -m scripts.bench.volumes [--folder DIR] [--files 100000] [--json FILE]

Beside the figures stands the floor: the same bytes written and read by plain blocking calls, with no thread, no
head, no checksum and no limits. What the volumes add to that is what they cost. While the index is made, the event
loop is watched: how late it wakes is how much longer a request would take.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import trio

from frontend.volumes.ephemeral import EphemeralVolume
from frontend.volumes.generations import Generations
from frontend.volumes.persistent import PersistentVolume
from frontend.volumes.variant_file import VariantKey, VariantMeta

SIZES = {"20 KB": 20_000, "1 MB": 1_000_000}
ROUNDS = 200
CAPACITY_BYTES = 64 << 30
FILE_BYTES = 100
VARIANTS_PER_IMAGE = 8
WATCH_EVERY_S = 0.002
META = VariantMeta(mime="image/webp", width=720, height=588, frames=1, has_alpha=False)


@dataclass(frozen=True, slots=True)
class Row:
    """How long one kind of call took, in microseconds."""

    what: str
    size: str
    p50_us: float
    p99_us: float


def main() -> None:
    """Measure, print a table, and write the JSON file if one is asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--folder", type=Path, help="where to write; by default the system's temporary folder")
    parser.add_argument("--files", type=int, default=100_000, help="files to index, at most a million")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        rows = trio.run(measure_calls, Path(folder))
        index = trio.run(measure_index, Path(folder), min(options.files, 1_000_000))
    for name, figure in index.items():
        print(f"{name:<44}{figure:10.2f}")
    if options.json:
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        figures = {"machine": machine, "calls": [asdict(row) for row in rows], "index": index}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


async def measure_calls(folder: Path) -> list[Row]:
    """Time every call, one after the other."""
    rows: list[Row] = []
    print(f"{'':<34}{'':>8}{'p50 µs':>12}{'p99 µs':>12}")
    generations = Generations()
    async with (
        EphemeralVolume.open(
            folder / "evol", capacity_bytes=CAPACITY_BYTES, capacity_entries=1 << 20, generations=generations
        ) as variants,
        PersistentVolume.open(folder / "pvol", max_bytes=0, max_entries=0) as originals,
    ):
        for size, size_bytes in SIZES.items():
            bodies = [os.urandom(16) + bytes(size_bytes - 16) for _ in range(ROUNDS)]
            for what, call in calls(folder, bodies, variants=variants, originals=originals).items():
                row = await timed(what, size, call)
                rows.append(row)
                print(f"{row.what:<34}{row.size:>8}{row.p50_us:12.0f}{row.p99_us:12.0f}", flush=True)
    return rows


def calls(
    folder: Path, bodies: list[bytes], *, variants: EphemeralVolume, originals: PersistentVolume
) -> dict[str, Callable[[int], Awaitable[object]]]:
    """What is timed, by name; each is given the number of the round."""
    generations = Generations()
    keys = [variant_key(number) for number in range(ROUNDS)]

    async def put(number: int) -> None:
        token = generations.begin(keys[number].image)
        if not await variants.put(keys[number], META, bodies[number], token=token):
            raise RuntimeError("the variant was not stored")

    async def store(number: int) -> None:
        async with originals.receive(max_bytes=1 << 30) as incoming:
            await incoming.write(bodies[number])
            await incoming.commit()

    async def plain_write(number: int) -> None:
        plain_file(folder, number).write_bytes(bodies[number])

    async def plain_durable_write(number: int) -> None:
        write_durably(plain_file(folder, number), bodies[number])

    async def plain_read(number: int) -> None:
        plain_file(folder, number).read_bytes()

    return {
        "floor: write, blocking": plain_write,
        "floor: read, blocking": plain_read,
        "floor: write and sync, blocking": plain_durable_write,
        "eVol put, new": put,
        "eVol put, replacing": put,
        "eVol get": lambda number: variants.get(keys[number]),
        "eVol miss": lambda number: variants.get(variant_key(1_000_000 + number)),
        "pVol receive and commit": store,
        "pVol stat": lambda _number: originals.stat("0" * 64),
    }


def plain_file(folder: Path, number: int) -> Path:
    """A file of no volume."""
    return folder / f"plain {number}"


def write_durably(path: Path, body: bytes) -> None:
    """As little as a durable write can be."""
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


async def timed(what: str, size: str, call: Callable[[int], Awaitable[object]]) -> Row:
    """Time a call a number of times."""
    took_us = []
    for number in range(ROUNDS):
        begin_ns = time.perf_counter_ns()
        await call(number)
        took_us.append((time.perf_counter_ns() - begin_ns) / 1000)
    took_us.sort()
    return Row(what, size, took_us[ROUNDS // 2], took_us[ROUNDS * 99 // 100])


async def measure_index(folder: Path, files: int) -> dict[str, float]:
    """Make files, close, open again, and wait until all are known."""
    folder = folder / "index"
    make_files(folder, files)
    lateness_ms: list[float] = []
    begin_s = time.perf_counter()
    async with EphemeralVolume.open(
        folder, capacity_bytes=CAPACITY_BYTES, capacity_entries=1 << 20, generations=Generations()
    ) as volume:
        open_ms = (time.perf_counter() - begin_s) * 1000
        while volume.statistics().is_indexing:
            due_s = time.perf_counter() + WATCH_EVERY_S
            await trio.sleep(WATCH_EVERY_S)
            lateness_ms.append((time.perf_counter() - due_s) * 1000)
        took_s = time.perf_counter() - begin_s
        if volume.statistics().entries != files:
            raise RuntimeError(f"{volume.statistics().entries} of {files} files were found")
    lateness_ms.sort()
    return {
        "files indexed": files,
        "until the volume serves, ms": open_ms,
        "until all are known, s": took_s,
        "event loop late meanwhile, p50 ms": lateness_ms[len(lateness_ms) // 2],
        "event loop late meanwhile, p99 ms": lateness_ms[math.floor(len(lateness_ms) * 0.99)],
        "event loop late meanwhile, longest ms": lateness_ms[-1],
    }


def make_files(folder: Path, files: int) -> None:
    """Lay them out as the volume does; nobody will read them."""
    for number in range(files):
        key = variant_key(number)
        path = folder / key.image[:2] / key.image
        path.mkdir(parents=True, exist_ok=True)
        (path / key.variant).write_bytes(bytes(FILE_BYTES))


def variant_key(number: int) -> VariantKey:
    """The key of a variant; images are spread as hashes would spread them."""
    image = number // VARIANTS_PER_IMAGE * 0x9E3779B97F4A7C15 % 2**64
    return VariantKey(f"{image:016x}" * 2, f"{number:032x}")


if __name__ == "__main__":
    main()
