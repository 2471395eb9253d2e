"""What it costs to let somebody in, by keys, limits and signatures, on a cached hit; and what time betrays.

    python -m scripts.bench.access [--requests 3000] [--tries 10000] [--json FILE]

No sockets and no workers: requests are handed to the server's own wiring, with a real catalogue, one of each kind
in turns, so that noise falls on all of them alike. The second table compares right and wrong keys and signatures:
had one of them been compared byte by byte, those that differ late would take longer.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import structlog
import trio
from pydantic import SecretStr

from frontend.access.tokens import PREFIX, new_token
from frontend.admin_key import AdminKey
from shared.signing import is_signed_by, sign, signature
from tests.frontend.api.library_site import ADMIN_KEY, LibrarySite, png

SIGNING_KEY = b"a-signing-key-of-the-benchmark"
PLAN = "w=10"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Microseconds of one kind of hit, and how much more that is than the first kind's median."""

    what: str
    median_us: float
    p99_us: float
    more_us: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Two things that must take the same time: medians in nanoseconds, and Welch's t of the trimmed times."""

    what: str
    one_ns: float
    other_ns: float
    welch_t: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=3000, help="hits of each kind")
    parser.add_argument("--tries", type=int, default=10_000, help="comparisons of each kind")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    costs = trio.run(measure_costs, arguments.requests)
    leaks = measure_leaks(arguments.tries)
    print_tables(costs, leaks)
    if arguments.json:
        report = {"costs": [asdict(cost) for cost in costs], "leaks": [asdict(leak) for leak in leaks]}
        arguments.json.write_text(json.dumps(report, indent=2))


async def measure_costs(requests: int) -> list[Cost]:
    """Time cached hits of a public and a private image."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"log_requests": False, "signing_keys": (SecretStr(SIGNING_KEY.decode()),)}
        async with LibrarySite.open(Path(folder), **settings) as site:
            public = await site.add(png(1), name="public.png")
            private = await site.add(png(2), name="private.png", private="true")
            free, rated = await make_key(site, None), await make_key(site, 1_000_000.0)
            signed = sign("/images/private.png", PLAN, key=SIGNING_KEY, expires_s=int(time.time()) + 3600)
            of_public, of_private = (f"/images/{image['filename']}" for image in (public, private))
            kinds: dict[str, tuple[str, Mapping[str, str]]] = {
                "public, no key": (f"{of_public}?{PLAN}", {}),
                "public, a key that is not looked at": (f"{of_public}?{PLAN}", bearer(free)),
                "private, key without a limit": (f"{of_private}?{PLAN}", bearer(free)),
                "private, key with a limit": (f"{of_private}?{PLAN}", bearer(rated)),
                "private, the administrator's key": (f"{of_private}?{PLAN}", bearer(ADMIN_KEY)),
                "private, signed address": (f"{of_private}?{signed}", {}),
            }
            return compared(await timed(site, kinds, requests))


async def make_key(site: LibrarySite, requests_per_second: float | None) -> str:
    """Make a reader's key; return it."""
    body = {"username": f"u{requests_per_second}", "requests_per_second": requests_per_second}
    answer = await site.send("POST", "/api-keys", body)
    return str(answer.json()["api_key"])


def bearer(key: str) -> dict[str, str]:
    """The header that a key is sent in."""
    return {"authorization": f"Bearer {key}"}


async def timed(
    site: LibrarySite, kinds: Mapping[str, tuple[str, Mapping[str, str]]], requests: int
) -> dict[str, list[int]]:
    """Ask for each kind in turn; the first time it is made, and not counted."""
    times: dict[str, list[int]] = {what: [] for what in kinds}
    for number in range(requests + 1):
        for what, (target, headers) in kinds.items():
            began_ns = time.perf_counter_ns()
            answer = await site.client.get(target, **headers)
            took_ns = time.perf_counter_ns() - began_ns
            if answer.status != 200:
                raise RuntimeError(f"{what}: {answer.status} {answer.body!r}")
            if number:
                times[what].append(took_ns)
    return times


def compared(times: Mapping[str, Sequence[int]]) -> list[Cost]:
    """Medians, and how much more they are than the first one."""
    medians = {what: statistics.median(took) / 1000 for what, took in times.items()}
    first_us = next(iter(medians.values()))
    return [
        Cost(
            what=what,
            median_us=median_us,
            p99_us=statistics.quantiles(times[what], n=100)[98] / 1000,
            more_us=median_us - first_us,
        )
        for what, median_us in medians.items()
    ]


def measure_leaks(tries: int) -> list[Leak]:
    """Compare what must take the same time."""
    right, other = new_token(), new_token()
    admin = AdminKey.of(right)
    path, query = "/images/cat.png", "w=640&h=480&fit=cover"
    good = signature(path, query, key=SIGNING_KEY)
    check = partial(is_signed_by, path, keys=(SIGNING_KEY,))
    signed, first_off, last_off = (f"{query}&sig={each}" for each in (good, flipped(good, 0), flipped(good, 41)))
    key_first_off, key_last_off = flipped(right, len(PREFIX)), flipped(right, len(right) - 2)
    return [
        leak("key: right, wrong", admin.is_key, right, other, tries),
        leak("key: wrong in its first, in its last letter", admin.is_key, key_first_off, key_last_off, tries),
        leak("signature: right, wrong", check, signed, first_off, tries),
        leak("signature: wrong in its first, in its last letter", check, first_off, last_off, tries),
    ]


def flipped(text: str, at: int) -> str:
    """The same with another letter in one place."""
    return text[:at] + ("A" if text[at] != "A" else "E") + text[at + 1 :]


def leak(what: str, call: Callable[[str], object], one: str, other: str, tries: int) -> Leak:
    """Time both, in an order that dice tell, and at many places in memory: some are faster than others."""
    dice = random.Random(7)  # noqa: S311 - no secret
    copies = {True: copied(one), False: copied(other)}
    times: dict[bool, list[int]] = {True: [], False: []}
    order = [True, False] * tries
    dice.shuffle(order)
    for is_one in order:
        text = dice.choice(copies[is_one])
        began_ns = time.perf_counter_ns()
        call(text)
        times[is_one].append(time.perf_counter_ns() - began_ns)
    # What the machine did meanwhile is not of interest: the slowest tenth goes.
    kept = [sorted(times[is_one])[: tries * 9 // 10] for is_one in (True, False)]
    means = [statistics.fmean(took) for took in kept]
    error = sum(statistics.variance(took) / len(took) for took in kept) ** 0.5
    medians = [statistics.median(took) for took in kept]
    return Leak(what=what, one_ns=medians[0], other_ns=medians[1], welch_t=(means[0] - means[1]) / error)


def copied(text: str) -> list[str]:
    """The same text in a thousand places."""
    return ["".join([text[:1], text[1:]]) for _ in range(1000)]


def print_tables(costs: Sequence[Cost], leaks: Sequence[Leak]) -> None:
    """Print everything for people."""
    print(f"{'cached hit':<44}{'median us':>12}{'p99 us':>12}{'more us':>12}")
    for cost in costs:
        print(f"{cost.what:<44}{cost.median_us:>12.1f}{cost.p99_us:>12.1f}{cost.more_us:>12.1f}")
    print(f"\n{'comparison':<52}{'one ns':>10}{'other ns':>10}{'Welch t':>10}   (|t| below 3: not told apart)")
    for each in leaks:
        print(f"{each.what:<52}{each.one_ns:>10.0f}{each.other_ns:>10.0f}{each.welch_t:>10.2f}")


if __name__ == "__main__":
    main()
