"""Compare S3-FIFO's miss ratio with LRU's and with libCacheSim's, and time its get and put.

Every policy replays the same Zipf traces, bounded by bytes. libCacheSim, by S3-FIFO's authors, gives
the reference for both policies, so that our own LRU checks the replay itself. Run it with

    python scripts/bench/s3_fifo.py --json s3_fifo.json
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import platform
import random
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import libcachesim

from frontend.volumes.memory import MemoryVolume
from frontend.volumes.s3_fifo import S3Fifo

SKEWS = (0.6, 0.8, 1.0, 1.2)
CACHE_SHARES = (0.001, 0.01, 0.1)
UNBOUNDED = 1 << 40
TIMED_CALLS = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The miss ratios of one trace at one cache size."""

    sizes: str
    skew: float
    cache_share: float
    s3_fifo: float
    lru: float
    reference_s3_fifo: float
    reference_lru: float


@dataclass(frozen=True, slots=True)
class Trace:
    """The objects asked for, by number, and what each of them weighs."""

    requests: Sequence[int]
    sizes_bytes: Sequence[int]


class Lru:
    """The least recently used policy, to compare with."""

    def __init__(self, *, capacity_bytes: int) -> None:
        self._objects: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._capacity_bytes = capacity_bytes
        self._used_bytes = 0

    def get(self, key: str) -> int | None:
        """Return the object and make it the newest."""
        held = self._objects.get(key)
        if held is None:
            return None
        self._objects.move_to_end(key)
        return held[0]

    def put(self, key: str, value: int, *, size_bytes: int) -> bool:
        """Hold an object that is not held, if the cache is large enough for it."""
        if size_bytes > self._capacity_bytes:
            return False
        while self._used_bytes + size_bytes > self._capacity_bytes:
            self._used_bytes -= self._objects.popitem(last=False)[1][1]
        self._objects[key] = (value, size_bytes)
        self._used_bytes += size_bytes
        return True


def zipf_requests(*, objects: int, requests: int, skew: float) -> Sequence[int]:
    """Ask for objects 0, 1, 2…, object ``n`` weighing ``1 / (n + 1) ** skew``."""
    weights = itertools.accumulate((rank + 1) ** -skew for rank in range(objects))
    dice = random.Random(7)  # noqa: S311  (dice, not secrets)
    return dice.choices(range(objects), cum_weights=list(weights), k=requests)


def object_sizes(*, objects: int) -> dict[str, Sequence[int]]:
    """Give every object its bytes, in three ways."""
    dice = random.Random(3)  # noqa: S311  (dice, not secrets)
    return {
        "one size": [1] * objects,
        "log-normal": [1_000 + min(100_000, int(dice.lognormvariate(9.5, 1))) for _ in range(objects)],
        "popular is light": [1_000 + rank * 40_000 // objects for rank in range(objects)],
    }


def miss_ratio(cache: S3Fifo[int] | Lru, trace: Trace) -> float:
    """Replay the trace, putting what is missed."""
    misses = 0
    for number in trace.requests:
        key = str(number)
        if cache.get(key) is None:
            misses += 1
            cache.put(key, number, size_bytes=trace.sizes_bytes[number])
    return misses / len(trace.requests)


def reference_miss_ratio(policy: type[libcachesim.CacheBase], trace: Trace, *, capacity_bytes: int) -> float:
    """Replay the trace in the simulator, whose get inserts what it misses."""
    cache = policy(cache_size=capacity_bytes, hashpower=18, consider_obj_metadata=False)
    request = libcachesim.Request()
    hits = 0
    for number in trace.requests:
        request.obj_id, request.obj_size = number, trace.sizes_bytes[number]
        hits += cache.get(request)
    return 1 - hits / len(trace.requests)


def measure_miss_ratios(*, objects: int, requests: int) -> Iterator[Row]:
    """Replay every trace at every cache size under every policy."""
    sizes = object_sizes(objects=objects)
    for skew in SKEWS:
        asked_for = zipf_requests(objects=objects, requests=requests, skew=skew)
        for (name, sizes_bytes), share in itertools.product(sizes.items(), CACHE_SHARES):
            trace, capacity_bytes = Trace(asked_for, sizes_bytes), int(sum(sizes_bytes) * share)
            s3_fifo: S3Fifo[int] = S3Fifo(capacity_bytes=capacity_bytes, capacity_entries=UNBOUNDED)
            yield Row(
                sizes=name,
                skew=skew,
                cache_share=share,
                s3_fifo=miss_ratio(s3_fifo, trace),
                lru=miss_ratio(Lru(capacity_bytes=capacity_bytes), trace),
                reference_s3_fifo=reference_miss_ratio(libcachesim.S3FIFO, trace, capacity_bytes=capacity_bytes),
                reference_lru=reference_miss_ratio(libcachesim.LRU, trace, capacity_bytes=capacity_bytes),
            )


def call_ns(call: Callable[[str], object], keys: Sequence[str]) -> float:
    """Return the nanoseconds per call, loop and all: the best of three rounds over the keys."""
    rounds_ns = []
    for _ in range(3):
        gc.collect()
        started_ns = time.perf_counter_ns()
        for key in keys:
            call(key)
        rounds_ns.append((time.perf_counter_ns() - started_ns) / len(keys))
    return min(rounds_ns)


def measure_calls() -> dict[str, float]:
    """Time hits and evicting puts on ten thousand objects, for the policy and for the volume."""
    cache: S3Fifo[str] = S3Fifo(capacity_bytes=UNBOUNDED, capacity_entries=10_000)
    volume: MemoryVolume[str] = MemoryVolume(
        capacity_bytes=UNBOUNDED, capacity_entries=10_000, ttl_s=3600, clock=time.monotonic
    )
    held = [f"mVol://{number:064x}" for number in range(10_000)]
    for key in held:
        cache.put(key, key, size_bytes=1)
        volume.put(key, key, size_bytes=1)
    dice = random.Random(11)  # noqa: S311  (dice, not secrets)
    hits = dice.choices(held, k=TIMED_CALLS)
    # More keys than the cache and its ghost hold: every put of every round evicts.
    newcomers = [f"mVol://{number:064x}" for number in range(10_000, 10_000 + TIMED_CALLS)]
    return {
        "S3Fifo.get, hit": call_ns(cache.get, hits),
        "MemoryVolume.get, hit": call_ns(volume.get, hits),
        "S3Fifo.put, evicting": call_ns(lambda key: cache.put(key, key, size_bytes=1), newcomers),
        "MemoryVolume.put, evicting": call_ns(lambda key: volume.put(key, key, size_bytes=1), newcomers),
    }


def print_row(row: Row) -> None:
    """Print one line of the table, the ratios in per cent."""
    ratios = (row.s3_fifo, row.reference_s3_fifo, row.lru, row.reference_lru)
    columns = "".join(f"{ratio * 100:12.3f}" for ratio in ratios)
    difference = (row.s3_fifo - row.reference_s3_fifo) * 100
    print(f"{row.sizes:<17}{row.skew:>5}{row.cache_share:>8.1%}{columns}{difference:12.4f}", flush=True)


def main() -> None:
    """Measure, print a table, and write the JSON file if one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--objects", type=int, default=100_000, help="different objects in a trace")
    parser.add_argument("--requests", type=int, default=500_000, help="requests in a trace")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args()

    print(f"{options.objects} objects, {options.requests} requests; miss ratios in per cent")
    titles = ("S3-FIFO", "libCacheSim", "LRU", "libCacheSim", "difference")
    print(f"{'sizes':<17}{'skew':>5}{'cache':>8}" + "".join(f"{title:>12}" for title in titles))
    rows = []
    for row in measure_miss_ratios(objects=options.objects, requests=options.requests):
        print_row(row)
        rows.append(row)
    calls_ns = measure_calls()
    for name, nanoseconds in calls_ns.items():
        print(f"{name:<28}{nanoseconds:8.0f} ns")
    if options.json:
        figures = {
            "machine": f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}",
            "objects": options.objects,
            "requests": options.requests,
            "miss_ratios": [asdict(row) for row in rows],
            "call_ns": calls_ns,
        }
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
