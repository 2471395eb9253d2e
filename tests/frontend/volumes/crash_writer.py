"""A process that stores originals and variants without end, and says of each when it is stored: made to be killed.

Run with the folder and a seed. What it stores can be told from the number of the line alone.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
from pathlib import Path

import trio

from frontend.volumes.ephemeral import EphemeralVolume
from frontend.volumes.generations import Generations
from frontend.volumes.persistent import PersistentVolume
from frontend.volumes.variant_file import VariantKey, VariantMeta

META = VariantMeta(mime="image/webp", width=1, height=1, frames=1, has_alpha=False)
CAPACITY_BYTES = 4 << 20


def bytes_of(number: int) -> bytes:
    """What is stored under a number: of any length up to 100 KB."""
    dice = random.Random(number)
    return dice.randbytes(dice.randrange(1, 100_000))


def variant_key(number: int) -> VariantKey:
    """Under which key: four variants to an image."""
    return VariantKey(hashlib.md5(str(number // 4).encode()).hexdigest(), f"{number:032x}")  # noqa: S324 - no secret


async def write(folder: Path, seed: int) -> None:
    """Keep several of both kinds on their way at any moment."""
    generations = Generations()
    async with (
        PersistentVolume.open(folder / "pvol", max_bytes=0, max_entries=0) as originals,
        EphemeralVolume.open(
            folder / "evol", capacity_bytes=CAPACITY_BYTES, capacity_entries=1000, generations=generations
        ) as variants,
        trio.open_nursery() as nursery,
    ):
        for task in range(3):
            nursery.start_soon(store_originals, originals, 1_000_000 * seed + 100_000 * task)
            nursery.start_soon(store_variants, variants, generations, 1_000_000 * seed + 100_000 * task)


async def store_originals(volume: PersistentVolume, number: int) -> None:
    """In three pieces each; every fourth is deleted again."""
    while True:
        number += 1
        data = bytes_of(number)
        async with volume.receive(max_bytes=1 << 20) as incoming:
            for piece in (data[:1000], data[1000:30_000], data[30_000:]):
                await incoming.write(piece)
            stored = await incoming.commit()
        if number % 4:
            say("original", number)
        else:
            await volume.delete(stored.hash)
            say("deleted", number)


async def store_variants(volume: EphemeralVolume, generations: Generations, number: int) -> None:
    """And delete an image now and then."""
    while True:
        number += 1
        key = variant_key(number)
        await volume.put(key, META, bytes_of(number), token=generations.begin(key.image))
        if number % 40 == 0:
            await volume.delete_image(key.image)
        say("variant", number)


def say(what: str, number: int) -> None:
    """Acknowledge, in one write that is never torn."""
    os.write(sys.stdout.fileno(), f"{what} {number}\n".encode())


if __name__ == "__main__":
    trio.run(write, Path(sys.argv[1]), int(sys.argv[2]))
