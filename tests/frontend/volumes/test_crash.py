"""``kill -9`` while both volumes are written: what was acknowledged is there, and nothing torn is seen."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import trio

from frontend.volumes.ephemeral import EphemeralVolume
from frontend.volumes.generations import Generations
from frontend.volumes.persistent import PersistentVolume
from tests.checkout import ROOT
from tests.frontend.volumes.crash_writer import CAPACITY_BYTES, bytes_of, variant_key
from tests.frontend.volumes.disks import files_below, until

ROUNDS = 5
pytestmark = pytest.mark.timeout(60)


def write_until_killed(folder: Path, *, seed: int) -> dict[str, list[int]]:
    """Kill the writer after some acknowledgements, whatever it is doing; return all that it gave."""
    command = [sys.executable, "-m", "tests.frontend.volumes.crash_writer", str(folder), str(seed)]
    acknowledged: dict[str, list[int]] = {"original": [], "deleted": [], "variant": []}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        # From twelve on, one of the three tasks has stored four, and deleted the fourth.
        enough = random.Random(seed).randrange(12, 40)
        for line in writer.stdout:
            what, _, number = line.partition(" ")
            if what in acknowledged:  # the log goes there too
                acknowledged[what].append(int(number))
            if len(acknowledged["original"]) + len(acknowledged["deleted"]) == enough:
                writer.kill()
    assert writer.returncode == -9
    return acknowledged


async def check_originals(folder: Path, acknowledged: dict[str, list[int]]) -> None:
    """Every file is whole and every acknowledgement holds; the books agree with the disk."""
    async with PersistentVolume.open(folder, max_bytes=0, max_entries=0) as volume:
        hashes = set()
        async for sha256, _ in volume.iterate():
            hashes.add(sha256)
            assert hashlib.sha256(volume.path(sha256).read_bytes()).hexdigest() == sha256
        assert {hashlib.sha256(bytes_of(number)).hexdigest() for number in acknowledged["original"]} <= hashes
        assert hashes.isdisjoint(
            hashlib.sha256(bytes_of(number)).hexdigest() for number in acknowledged["deleted"]
        )
        sizes = files_below(folder).values()
        statistics = volume.statistics()
        assert (statistics.entries, statistics.bytes) == (len(sizes), sum(sizes))


async def check_variants(folder: Path, acknowledged: dict[str, list[int]]) -> int:
    """Every variant is given out whole or not at all; the books agree with the disk. Returns how many are."""
    async with EphemeralVolume.open(
        folder, capacity_bytes=CAPACITY_BYTES, capacity_entries=1000, generations=Generations()
    ) as volume:
        await until(lambda: not volume.statistics().is_indexing)
        sizes = files_below(folder).values()
        statistics = volume.statistics()
        assert (statistics.entries, statistics.bytes) == (len(sizes), sum(sizes))
        assert sum(sizes) <= CAPACITY_BYTES
        for number in acknowledged["variant"]:
            found = await volume.get(variant_key(number))
            assert found is None or found[1] == bytes_of(number)
        assert volume.statistics().errors == 0
        return volume.statistics().hits


async def test_kill_at_any_moment_tears_nothing(tmp_path: Path) -> None:
    """Several times over: what a client was told is stored is there, what was deleted stays away."""
    everything: dict[str, list[int]] = {"original": [], "deleted": [], "variant": []}
    for seed in range(1, ROUNDS + 1):
        acknowledged = await trio.to_thread.run_sync(partial(write_until_killed, tmp_path, seed=seed))
        for what, numbers in acknowledged.items():
            everything[what] += numbers
        await check_originals(tmp_path / "pvol", everything)
        assert await check_variants(tmp_path / "evol", everything)
    assert all(everything.values())
