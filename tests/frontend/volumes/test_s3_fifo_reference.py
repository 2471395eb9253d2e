"""S3-FIFO misses as often as its authors' own simulator, libCacheSim, on the same traces."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import libcachesim
import pytest

from frontend.volumes.s3_fifo import S3Fifo

OBJECTS = 20_000
REQUESTS = 40_000
TOLERANCE = 0.005
UNBOUNDED = 1 << 40
SKEWS = (0.6, 0.8, 1.0, 1.2)
CACHE_SHARES = (0.001, 0.01, 0.1)

SIZES_BYTES = {
    "one size": [1] * OBJECTS,
    "any size": random.Random(3).choices(range(1_000, 60_000), k=OBJECTS),
    # What is popular is light: here a ghost counted in keys and one counted in bytes differ most.
    "popular and light": [1_000 + rank * 40_000 // OBJECTS for rank in range(OBJECTS)],
}


def zipf_trace(*, skew: float) -> Sequence[int]:
    """Requests for objects 0, 1, 2…, object ``n`` weighing ``1 / (n + 1) ** skew``."""
    weights = itertools.accumulate((rank + 1) ** -skew for rank in range(OBJECTS))
    dice = random.Random(7)
    return dice.choices(range(OBJECTS), cum_weights=list(weights), k=REQUESTS)


def our_miss_ratio(cache: S3Fifo[int], trace: Sequence[int], sizes_bytes: Sequence[int]) -> float:
    """Replay the trace, putting what is missed."""
    misses = 0
    for number in trace:
        key = str(number)
        if cache.get(key) is None:
            misses += 1
            cache.put(key, number, size_bytes=sizes_bytes[number])
    return misses / len(trace)


def reference_miss_ratio(capacity: int, trace: Sequence[int], sizes_bytes: Sequence[int]) -> float:
    """Replay the trace in the simulator, whose get inserts what it misses."""
    cache = libcachesim.S3FIFO(cache_size=capacity, hashpower=16, consider_obj_metadata=False)
    request = libcachesim.Request()
    hits = 0
    for number in trace:
        request.obj_id, request.obj_size = number, sizes_bytes[number]
        hits += cache.get(request)
    return 1 - hits / len(trace)


@pytest.mark.parametrize("sizes", SIZES_BYTES)
@pytest.mark.parametrize("skew", SKEWS)
def test_miss_ratio_equals_the_reference(skew: float, sizes: str) -> None:
    """On Zipf traces, bounded by bytes, the miss ratios differ by less than half a percentage point."""
    trace, sizes_bytes = zipf_trace(skew=skew), SIZES_BYTES[sizes]
    for share in CACHE_SHARES:
        capacity_bytes = int(sum(sizes_bytes) * share)
        ours = our_miss_ratio(
            S3Fifo(capacity_bytes=capacity_bytes, capacity_entries=UNBOUNDED), trace, sizes_bytes
        )
        reference = reference_miss_ratio(capacity_bytes, trace, sizes_bytes)
        assert 0 < reference < 1, share
        assert ours == pytest.approx(reference, abs=TOLERANCE), share


@pytest.mark.parametrize("skew", SKEWS)
def test_miss_ratio_equals_the_reference_in_entries(skew: float) -> None:
    """Bounded by entries instead, objects of any size miss as objects of one size do in the reference."""
    trace = zipf_trace(skew=skew)
    for share in CACHE_SHARES:
        capacity_entries = int(OBJECTS * share)
        cache: S3Fifo[int] = S3Fifo(capacity_bytes=UNBOUNDED, capacity_entries=capacity_entries)
        ours = our_miss_ratio(cache, trace, SIZES_BYTES["any size"])
        reference = reference_miss_ratio(capacity_entries, trace, SIZES_BYTES["one size"])
        assert ours == pytest.approx(reference, abs=TOLERANCE), share
