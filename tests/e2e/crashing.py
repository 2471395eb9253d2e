"""``kill -9`` of a real server in the middle of uploads, and what is there afterwards.

One round: clients upload, the server is killed at a moment that the seed chooses, it is started again, every
upload that was acknowledged is fetched and compared, and the library is checked and cleaned by the commands.
"""

from __future__ import annotations

import json
import math
import random
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import httpx

from tests.e2e.server import ADMIN_KEY, RunningServer, running_server
from tests.pictures import png_chunk

MIN_BYTES, MAX_BYTES = 3_000, 1_000_000
MAX_DELAY_S = 0.05
LAST_WAIT_S = 2.0
COMMAND_TIMEOUT_S = 60
_AUTHORIZED = {"authorization": f"Bearer {ADMIN_KEY}"}


@dataclass
class Round:
    """What became of one round; a round without ``problems`` is as it should be."""

    seed: int
    started: int = 0
    acknowledged: int = 0
    orphans: int = 0
    cleaned_by: str = ""
    problems: list[str] = field(default_factory=list)


@dataclass
class Uploads:
    """What the clients of one round got done before the server was killed; ``acknowledged`` is by file name."""

    kill_after: int
    delay_s: float
    started: int = 0
    acknowledged: dict[str, bytes] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Count an upload."""
        with self._lock:
            self.started += 1

    def acknowledge(self, name: str, data: bytes, *, server: RunningServer) -> None:
        """Note an upload that was answered 201; with one of them, chosen before, the end is set going."""
        with self._lock:
            self.acknowledged[name] = data
            is_last = len(self.acknowledged) == self.kill_after
        if is_last:
            threading.Timer(self.delay_s, server.process.kill).start()


def noise_png(dice: random.Random, *, size_bytes: float) -> bytes:
    """A picture of about so many bytes, that no other is like and that does not compress."""
    side = math.isqrt(round(size_bytes / 3))
    rows = b"".join(b"\0" + dice.randbytes(3 * side) for _ in range(side))
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", zlib.compress(rows, 0)) + png_chunk(b"IEND", b"")


def any_size_bytes(dice: random.Random) -> float:
    """Few KB or 1 MB, or anything between, small ones as often as large ones."""
    return math.exp(dice.uniform(math.log(MIN_BYTES), math.log(MAX_BYTES)))


def run_round(folder: Path, known: dict[str, bytes], *, seed: int, uploads: int, clients: int) -> Round:
    """Upload, kill, start again, compare, clean. What is acknowledged is added to ``known``, by file name."""
    dice = random.Random(seed)
    pictures = [noise_png(dice, size_bytes=any_size_bytes(dice)) for _ in range(uploads)]
    with running_server(folder, "--workers", "2") as server:
        done = upload_until_killed(server, pictures, clients=clients, dice=dice)
    known.update(done.acknowledged)
    outcome = Round(seed=seed, started=done.started, acknowledged=len(done.acknowledged))
    outcome.problems += done.refused
    with running_server(folder, "--workers", "1") as server:
        outcome.problems += differences(server, known)
        outcome.problems += [] if server.stop() == 0 else ["the server did not stop as it should"]
    clean(folder / "data", outcome)
    return outcome


def upload_until_killed(
    server: RunningServer, pictures: Sequence[bytes], *, clients: int, dice: random.Random
) -> Uploads:
    """Let several clients upload side by side, and kill the server while they are at it."""
    some, most = len(pictures) // 10, len(pictures) - 2 * clients
    done = Uploads(kill_after=dice.randint(some, most), delay_s=dice.uniform(0, MAX_DELAY_S))
    with ThreadPoolExecutor(clients) as threads:
        futures = [
            threads.submit(_upload, server, pictures[number::clients], done, http2=number % 2 == 1)
            for number in range(clients)
        ]
    for future in futures:
        future.result()
    try:
        server.process.wait(LAST_WAIT_S)
    except subprocess.TimeoutExpired:
        done.refused.append("too few uploads were acknowledged: the server was not killed")
    return done


def _upload(server: RunningServer, pictures: Sequence[bytes], done: Uploads, *, http2: bool) -> None:
    with server.client(http2=http2) as client:
        for data in pictures:
            done.begin()
            try:
                answer = client.post(
                    "/upload", files={"file": ("noise.png", data)}, data={"tags": '["crash"]'}, headers=_AUTHORIZED
                )
            except httpx.TransportError:
                return
            if answer.status_code == HTTPStatus.CREATED:
                done.acknowledge(answer.json()["filename"], data, server=server)
            else:
                done.refused.append(f"an upload was answered {answer.status_code}: {answer.text}")


def differences(server: RunningServer, known: Mapping[str, bytes]) -> list[str]:
    """Fetch everything and say what is not there byte for byte."""
    with server.client() as client:
        bodies = {name: client.get(f"/images/{name}").content for name in known}
    return [f"{name} is not what was uploaded" for name, data in known.items() if bodies[name] != data]


def clean(data: Path, outcome: Round) -> None:
    """Let the check find nothing but orphans, and after cleaning nothing at all: by either command in turn."""
    outcome.cleaned_by = "gc" if outcome.seed % 2 else "fsck --mend"
    _, found = tintype(data, "fsck", *(["--mend"] if outcome.cleaned_by != "gc" else []), "--json")
    flaws = [line for line in found if "flaw" in line]
    outcome.orphans = sum(line["flaw"] == "orphan" for line in flaws)
    outcome.problems += [f"the check found {line}" for line in flaws if line["flaw"] != "orphan"]
    if outcome.cleaned_by == "gc":
        tintype(data, "gc", "--older-than", "0s", "--json")
    code, found = tintype(data, "fsck", "--deep", "--json")
    outcome.problems += [f"after cleaning: {found}"] if code else []


def tintype(data: Path, *words: str) -> tuple[int, list[dict[str, object]]]:
    """Run a command on the data of a server that is not running; return its exit code and what it printed."""
    command = [sys.executable, "-m", "frontend", *words, "--data-path", str(data)]
    ended = subprocess.run(
        command, capture_output=True, cwd=data.parent, text=True, timeout=COMMAND_TIMEOUT_S, check=False
    )
    if ended.returncode not in (0, 1):
        raise AssertionError(f"{words[0]} ended with {ended.returncode}: {ended.stderr}")
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()]
