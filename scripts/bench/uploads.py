"""Many large uploads at once: how fast they are taken in, and what they cost the front end in memory.

    python -m scripts.bench.uploads [--uploads 64] [--megabytes 20] [--http2]

Server and clients run on this machine, on loopback: the figures for speed are the two together. Every upload is
another picture, decoded by a worker and synced to disk before it is acknowledged. It needs as much room in the
folder for temporary files as is uploaded.
"""

from __future__ import annotations

import argparse
import io
import math
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from PIL import Image

from tests.e2e.server import ADMIN_KEY, RunningServer, running_server

BOUNDARY = "a-boundary"
HEADERS = {
    "authorization": f"Bearer {ADMIN_KEY}",
    "content-type": f"multipart/form-data; boundary={BOUNDARY}",
}
CHUNK_BYTES = 64 << 10
BMP_HEAD_BYTES = 54
LOOK_EVERY_S = 0.02


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--uploads", type=int, default=64, help="how many at once")
    parser.add_argument("--megabytes", type=int, default=20, help="how large each is")
    parser.add_argument("--http2", action="store_true", help="over HTTP/2, each on a connection of its own")
    arguments = parser.parse_args()
    side_px = math.isqrt(arguments.megabytes * 1_000_000 // 3)
    file = io.BytesIO()
    Image.new("RGB", (side_px, side_px), "navy").save(file, "BMP")
    with tempfile.TemporaryDirectory() as name, running_server(Path(name)) as server:
        measure(server, file.getvalue(), uploads=arguments.uploads, http2=arguments.http2)


def measure(server: RunningServer, picture: bytes, *, uploads: int, http2: bool) -> None:
    """Upload variations of the picture, all at once, and watch the front end meanwhile."""
    statuses: list[int] = []

    def upload(number: int) -> None:
        with server.client(http2=http2) as client:
            body = form(picture, number)
            answer = client.post("/upload", content=body, headers=HEADERS, timeout=httpx.Timeout(600))
            statuses.append(answer.status_code)

    upload(0)
    before_kib = most_kib = resident_kib(server)
    started_s = time.monotonic()
    threads = [threading.Thread(target=upload, args=(number,)) for number in range(1, uploads + 1)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most_kib = max(most_kib, resident_kib(server))
        time.sleep(LOOK_EVERY_S)
    took_s = time.monotonic() - started_s
    megabytes = uploads * len(picture) / 1_000_000
    taken_in = statuses.count(201) - 1
    print(f"{taken_in} of {uploads} uploads of {len(picture):,} bytes were taken in, in {took_s:.1f} s")
    print(f"{megabytes / took_s:.0f} MB/s, {uploads / took_s:.1f} pictures/s")
    print(
        f"VmRSS of the front end: {before_kib:,} KiB before, at most {most_kib:,} KiB (+{most_kib - before_kib:,})"
    )


def form(picture: bytes, number: int) -> Iterator[bytes]:
    """A form with the picture, whose first pixels are the number."""
    yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="tags"\r\n\r\n["bench"]\r\n'.encode()
    yield (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{number}.bmp"\r\n\r\n'
    ).encode()
    pixels = memoryview(picture)[BMP_HEAD_BYTES:]
    yield picture[:BMP_HEAD_BYTES]
    yield number.to_bytes(8, "big")
    for at in range(8, len(pixels), CHUNK_BYTES):
        yield bytes(pixels[at : at + CHUNK_BYTES])
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


def resident_kib(server: RunningServer) -> int:
    """The memory of the front end."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


if __name__ == "__main__":
    main()
