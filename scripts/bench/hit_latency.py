"""How long a cached hit takes while every worker is busy with slow encodes, against the same with idle workers.

    python -m scripts.bench.hit_latency [--requests 3000] [--json FILE]

Starts a server of its own on loopback. One client measures on one kept connection; as many others as there are
workers, and as many again in the queue, ask for distinct AVIF encodes meanwhile.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Self

from PIL import Image

from tests.e2e.server import RunningServer, running_server

HIT = "/photo.jpg?w=640&f=webp"
SLOW = "/photo.jpg?w=2000&f=avif&q=80&blur={}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=3000, help="hits measured in each state")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    workers = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw_photo(folder)
        with running_server(folder, "--workers", str(workers), "--rate-limit-requests", "0") as server:
            idle = measure(server, arguments.requests)
            with saturated(server, clients=2 * workers) as load:
                busy = measure(server, arguments.requests)
            report = {"workers": workers, "idle": idle, "saturated": busy, "slow jobs done": load.done}
    print_table(idle, busy, load.done, workers)
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2))


def draw_photo(folder: Path) -> None:
    """A large picture with detail everywhere."""
    (folder / "images").mkdir()
    noise = Image.effect_noise((2400, 1600), 60)
    gradient = Image.linear_gradient("L").resize(noise.size)
    Image.merge("RGB", (noise, gradient, Image.blend(noise, gradient, 0.5))).save(folder / "images" / "photo.jpg")


def connect(server: RunningServer) -> http.client.HTTPSConnection:
    """One connection that is kept."""
    return http.client.HTTPSConnection("localhost", server.port, context=server.tls(), timeout=60)


def fetch(connection: http.client.HTTPSConnection, path: str) -> str:
    """Ask, read everything, and return how the answer was come by."""
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return answer.headers["x-cache"]


def measure(server: RunningServer, requests: int) -> dict[str, float]:
    """Latency of hits in milliseconds: p50, p99 and the longest."""
    connection = connect(server)
    fetch(connection, HIT)
    took_ms = []
    for _ in range(requests):
        begin = time.perf_counter()
        if fetch(connection, HIT) != "hit":
            raise RuntimeError("not a hit")
        took_ms.append((time.perf_counter() - begin) * 1000)
    cuts = statistics.quantiles(took_ms, n=100)
    return {"p50_ms": cuts[49], "p99_ms": cuts[98], "max_ms": max(took_ms)}


class saturated:  # noqa: N801 - reads as the state it stands for
    """While the block runs, every worker has a slow job, and as many wait."""

    def __init__(self, server: RunningServer, *, clients: int) -> None:
        self.done = 0
        self._server = server
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        while True:
            health = self._server.health()
            if health["busy"] == health["configured"]:
                return self
            time.sleep(0.01)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, number: int) -> None:
        connection = connect(self._server)
        for turn in range(1, 2000):
            if self._stop.is_set():
                return
            fetch(connection, SLOW.format(1 + number * 10 + turn / 200))
            self.done += 1


def print_table(idle: dict[str, float], busy: dict[str, float], done: int, workers: int) -> None:
    """For people."""
    print(
        f"cached hit over TLS, HTTP/1.1, one kept connection; {workers} workers, {done} slow jobs done meanwhile\n"
    )
    print(f"{'':12}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}")
    for name, row in (("idle", idle), ("saturated", busy)):
        print(f"{name:12}{row['p50_ms']:10.2f}{row['p99_ms']:10.2f}{row['max_ms']:10.2f}")
    print(f"{'ratio':12}{busy['p50_ms'] / idle['p50_ms']:10.2f}{busy['p99_ms'] / idle['p99_ms']:10.2f}")


if __name__ == "__main__":
    main()
