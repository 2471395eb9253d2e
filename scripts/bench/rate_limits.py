"""Time the limits of the in-process memory database, and weigh them: one address, and a million different ones.

    python -m scripts.bench.rate_limits [--addresses 1000000] [--json FILE]

The clock stands still but for one row, so that no limit recovers: that is the worst that a flood can do. The
column "p99.99" tells whether one call in ten thousand does more work. Times are the thread's own, without its
waiting for a processor.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from random import Random

import trio

from frontend.access.client_address import ClientAddresses, limit_key
from frontend.memory_database import Rate
from frontend.memory_database.in_process import MAX_LIMITS, InProcess

RATE = Rate(per_s=2, burst=100)
TIMED_CALLS = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What one way of using the limits took: per call, in hardly any call more; and what is kept afterwards."""

    what: str
    calls: int
    us_per_call: float
    p9999_us: float
    limits_kept: int
    grown_mib: float
    bytes_per_limit: float


def resident_bytes() -> int:
    """How much memory this process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def measure(what: str, database: InProcess, keys: Callable[[int], str], *, calls: int) -> Figure:
    """Take once for each key, and see what has become of memory."""
    gc.collect()
    before_bytes, before_limits = resident_bytes(), database.limits
    began_ns = time.thread_time_ns()
    for number in range(calls):
        await database.take(keys(number), RATE)
    taken_ns = time.thread_time_ns() - began_ns
    for_keys_ns = keys_alone_ns(keys, calls)
    gc.collect()
    grown_bytes = resident_bytes() - before_bytes
    grown_limits = database.limits - before_limits
    return Figure(
        what=what,
        calls=calls,
        us_per_call=(taken_ns - for_keys_ns) / calls / 1000,
        limits_kept=database.limits,
        grown_mib=grown_bytes / (1 << 20),
        bytes_per_limit=grown_bytes / grown_limits if grown_limits > 1 else 0.0,
        p9999_us=await percentile_9999_ns(database, lambda number: keys(calls + number)) / 1000,
    )


def keys_alone_ns(keys: Callable[[int], str], calls: int) -> int:
    """How long it takes to make up the keys, which no server does."""
    began_ns = time.thread_time_ns()
    for number in range(calls):
        keys(number)
    return time.thread_time_ns() - began_ns


async def percentile_9999_ns(database: InProcess, keys: Callable[[int], str]) -> int:
    """The time that one call in ten thousand exceeds."""
    taken_ns = []
    for number in range(TIMED_CALLS):
        key = keys(number)
        began_ns = time.thread_time_ns()
        await database.take(key, RATE)
        taken_ns.append(time.thread_time_ns() - began_ns)
    taken_ns.sort()
    return taken_ns[-TIMED_CALLS // 10_000]


def address_key(number: int) -> str:
    """Name the limit of one of four billion addresses."""
    return f"miss:{number >> 24 & 255}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


async def measure_all(addresses: int) -> list[Figure]:
    """Measure every way, in databases of their own."""
    ticks = iter(range(10**12))

    def standing() -> InProcess:
        return InProcess(clock=lambda: 1000.0, dice=Random(5))  # noqa: S311 - dice, not secrets

    # A hundred thousand newcomers a second, each recovered after half a second.
    running = InProcess(clock=lambda: 1000 + next(ticks) / 100_000, dice=Random(5))  # noqa: S311 - dice, not secrets
    full = standing()
    return [
        await measure("one address", standing(), lambda _: "miss:203.0.113.9", calls=TIMED_CALLS),
        await measure("different addresses, until full", full, address_key, calls=MAX_LIMITS),
        await measure("different addresses, full", full, lambda n: address_key(n + addresses), calls=addresses),
        await measure("different addresses, 100 000 a second", running, address_key, calls=addresses),
    ]


def measure_addresses() -> dict[str, float]:
    """Time what tells the client, in microseconds."""
    proxies = ClientAddresses(["10.0.0.0/8"])
    ways: dict[str, Callable[[], object]] = {
        "client: a stranger": partial(proxies.of, "203.0.113.9", {}),
        "client: behind a proxy": partial(proxies.of, "10.0.0.1", {"x-forwarded-for": "203.0.113.9"}),
        "client: 64 KB of commas": partial(proxies.of, "10.0.0.1", {"x-forwarded-for": "," * 65_536}),
        "client: 64 KB of trusted hops": partial(proxies.of, "10.0.0.1", {"x-forwarded-for": "10.0.0.1," * 7281}),
        "limit of an IPv4 address": partial(limit_key, "203.0.113.9"),
        "limit of an IPv6 address": partial(limit_key, "2001:db8:1:2:3:4:5:6"),
    }
    return {what: us_per_call(call) for what, call in ways.items()}


def us_per_call(call: Callable[[], object], *, calls: int = 5000) -> float:
    """Return the best of three rounds, loop and all."""
    rounds_ns = []
    for _ in range(3):
        began_ns = time.thread_time_ns()
        for _ in range(calls):
            call()
        rounds_ns.append(time.thread_time_ns() - began_ns)
    return min(rounds_ns) / calls / 1000


def print_table(figures: list[Figure], addresses_us: dict[str, float]) -> None:
    """Print everything for people."""
    titles = ("calls", "us/take", "p99.99 us", "kept", "grown MiB", "bytes each")
    print(f"{'limits':<40}" + "".join(f"{title:>12}" for title in titles))
    for figure in figures:
        columns = f"{figure.calls:>12}{figure.us_per_call:>12.2f}{figure.p9999_us:>12.0f}{figure.limits_kept:>12}"
        print(f"{figure.what:<40}{columns}{figure.grown_mib:>12.1f}{figure.bytes_per_limit:>12.0f}")
    for what, microseconds in addresses_us.items():
        print(f"{what:<40}{'':>12}{microseconds:>12.2f}")


def main() -> None:
    """Measure, print a table, and write the JSON file if one is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--addresses", type=int, default=1_000_000, help="different addresses in a flood")
    parser.add_argument("--json", type=Path, help="file to write the figures to")
    options = parser.parse_args()

    figures, addresses_us = trio.run(measure_all, options.addresses), measure_addresses()
    print_table(figures, addresses_us)
    if options.json:
        result = {
            "machine": f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}",
            "limits": [asdict(figure) for figure in figures],
            "addresses_us": addresses_us,
        }
        options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
