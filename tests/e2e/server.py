"""A real ``tintype serve``: a process of its own, real TLS, real workers, on a free port."""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ADMIN_KEY = "the-key-of-the-tests-0123456789"
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0


@dataclass(slots=True)
class RunningServer:
    """Where it answers, and the process behind it."""

    process: subprocess.Popen[bytes]
    port: int
    cert: Path
    log: Path

    @property
    def url(self) -> str:
        """Without the slash at the end."""
        return f"https://localhost:{self.port}"

    def tls(self) -> ssl.SSLContext:
        """Trusts this server's own certificate and nothing else."""
        return ssl.create_default_context(cafile=str(self.cert))

    def client(self, *, http2: bool = False) -> httpx.Client:
        """A client that verifies the certificate."""
        return httpx.Client(base_url=self.url, verify=self.tls(), http1=not http2, http2=http2, timeout=30)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """One request on a connection of its own."""
        with self.client() as client:
            return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def health(self) -> dict[str, object]:
        """What ``/health`` says of the workers."""
        answer: dict[str, dict[str, object]] = self.get("/health").json()
        return answer["workers"]

    def stats(self) -> dict[str, dict[str, dict[str, int]]]:
        """What ``/_stats`` says."""
        answer: dict[str, dict[str, dict[str, int]]] = self.get(
            "/_stats", authorization=f"Bearer {ADMIN_KEY}"
        ).json()
        return answer

    def workers(self) -> list[int]:
        """The process ids of its workers."""
        found: list[int] = []
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
        return [pid for pid in found if b"workers" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Signal it and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(STOP_TIMEOUT_S)


@contextmanager
def running_server(folder: Path, *flags: str, images: Path | None = None) -> Iterator[RunningServer]:
    """Start a server whose data lies in ``folder``; end it, by force if it lingers."""
    images = images or folder / "images"
    images.mkdir(exist_ok=True)
    data, log = folder / "data", folder / "server.log"
    command = [sys.executable, "-m", "frontend", "serve", "--port", "0", "--log-format", "json"]
    paths = ["--images-path", str(images), "--data-path", str(data)]
    with log.open("ab") as output:
        begin = output.tell()
        process = subprocess.Popen(
            [*command, *paths, *flags],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            env={**os.environ, "TINTYPE_ADMIN_KEY": ADMIN_KEY},
        )
    try:
        port = _wait_for_port(process, log, begin)
        yield RunningServer(process, port, data / "tls" / "cert.pem", log)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for_port(process: subprocess.Popen[bytes], log: Path, begin: int) -> int:
    """Read the log until it names the port. There is no other sign: the port is the kernel's choice."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_bytes()[begin:].decode().splitlines():
            if '"server.ready"' in line:
                url = str(json.loads(line)["url"])
                return int(re.sub(r".*:(\d+)$", r"\1", url))
        time.sleep(0.02)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")
