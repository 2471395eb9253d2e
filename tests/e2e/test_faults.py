"""Faults that must be survived: of workers, of images, of the process itself."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.e2e.server import RunningServer, running_server

KEYGEN = Path(__file__).parents[2] / "keygen.sh"

pytestmark = pytest.mark.timeout(90)


def wait_until(holds: Callable[[], bool]) -> None:
    """Look again and again until it holds; there is no event to wait for in another process."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_job_survives_the_death_of_its_worker(images: Path, tmp_path: Path) -> None:
    """A worker killed in the middle of a job is replaced, and the request succeeds."""
    with running_server(tmp_path, "--workers", "1", images=images) as server, ThreadPoolExecutor() as threads:
        (worker,) = server.workers()
        os.kill(worker, signal.SIGSTOP)
        request: Future[httpx.Response] = threads.submit(server.get, "/photo.jpg?w=300")
        wait_until(lambda: server.health()["busy"] == 1)
        os.kill(worker, signal.SIGKILL)
        assert request.result().status_code == 200
        assert server.health()["crashes"] == 1
        assert server.workers() != [worker]


def test_hanging_worker_is_replaced_after_the_deadline(images: Path, tmp_path: Path) -> None:
    """A job past its deadline is a 504, and the next one finds a fresh worker."""
    flags = ("--workers", "1", "--job-timeout", "500ms")
    with running_server(tmp_path, *flags, images=images) as server:
        (worker,) = server.workers()
        os.kill(worker, signal.SIGSTOP)
        answer = server.get("/photo.jpg?w=300")
        assert (answer.status_code, answer.json()["error"]) == (504, "deadline_exceeded")
        wait_until(lambda: server.health()["ready"] == 1)
        assert server.get("/photo.jpg?w=300").status_code == 200
        assert server.health()["deadlines"] == 1
        assert worker not in server.workers()


def test_health_tells_when_no_worker_is_there(images: Path, tmp_path: Path) -> None:
    """While no worker runs, health is 503; once one runs again, 200."""
    with running_server(tmp_path, "--workers", "1", images=images) as server:
        assert server.get("/health").status_code == 200
        for _ in range(4):  # each death makes the pause before the next start longer
            (worker,) = server.workers()
            os.kill(worker, signal.SIGKILL)
            wait_until(lambda: server.health()["ready"] == 0)
            answer = server.get("/health")
            assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
            wait_until(lambda: server.health()["ready"] == 1)
        assert server.get("/health").json()["status"] == "ok"


def test_memory_ceiling_costs_one_job(tmp_path: Path) -> None:
    """An image that needs more memory than a worker may have is refused, and the server goes on."""
    folder = tmp_path / "images"
    folder.mkdir()
    Image.new("RGB", (6000, 6000), "red").save(folder / "large.png")
    Image.new("RGB", (60, 60), "red").save(folder / "small.png")
    with running_server(tmp_path, "--workers", "1", "--worker-memory", "256MiB") as server:
        answer = server.get("/large.png?blur=20&f=bmp")
        assert (answer.status_code, answer.json()["error"]) == (422, "out_of_memory")
        assert server.get("/small.png?w=30").status_code == 200


@pytest.fixture(scope="module")
def bad_images(server: RunningServer, images: Path) -> Path:
    """Lay files into the server's folder that no one should trust."""
    photo = (images / "photo.jpg").read_bytes()
    (images / "truncated.jpg").write_bytes(photo[: len(photo) // 2])
    (images / "text.jpg").write_text("I am a text.\n" * 100)
    (images / "empty.jpg").write_bytes(b"")
    png = bytearray(_png_head(30_000, 30_000))
    (images / "bomb.png").write_bytes(png)
    return images


def _png_head(width: int, height: int) -> bytes:
    import struct
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        ("/bomb.png?w=100", 422, "too_many_pixels"),
        ("/truncated.jpg?w=100", 422, "corrupt_image"),
        ("/text.jpg?w=100", 415, "unsupported_format"),
        ("/text.jpg", 415, "unsupported_format"),
        ("/empty.jpg?w=100", 415, "unsupported_format"),
        ("/photo.jpg?w=9000", 400, "bad_parameter"),
        ("/photo.jpg?w=10&h=90000", 400, "bad_parameter"),
        ("/photo.jpg?crop=5000,0,10,10", 400, "bad_parameter"),
        ("/photo.jpg?frame=3", 400, "bad_parameter"),
        ("/photo.jpg?w=100&f=exe", 400, "bad_parameter"),
        ("/photo.jpg?" + "&".join(f"a{n}=1" for n in range(1000)), 400, "bad_parameter"),
        ("/photo.jpg?a=" + "b" * 20_000, 414, "url_too_long"),
        ("/nothing.jpg?w=100", 404, "image_not_found"),
        ("/images", 401, "unauthorized"),
        ("/images/", 404, "not_found"),
    ],
)
def test_bad_request_is_told_clearly(
    server: RunningServer, bad_images: Path, path: str, status: int, error: str
) -> None:
    """What cannot be served is a clear error in the one shape, and tells nothing of this machine."""
    answer = server.get(path)
    content = answer.json()
    assert (answer.status_code, content["code"], content["error"]) == (status, status, error)
    assert content["message"]
    assert content["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["cache-control"] == "no-store"
    assert str(bad_images) not in answer.text
    assert "Traceback" not in answer.text


def test_sigterm_under_load_loses_no_request(images: Path, tmp_path: Path) -> None:
    """Every request that was accepted is answered, and the exit code is 0."""
    with running_server(tmp_path, "--workers", "2", images=images) as server, ThreadPoolExecutor(24) as threads:
        requests = [threads.submit(_ask, server, number) for number in range(24)]
        wait_until(lambda: int(str(server.health()["jobs"])) >= 2)
        assert server.stop() == 0
        statuses = [request.result() for request in requests]
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= 2


def _ask(server: RunningServer, number: int) -> int:
    return server.get(f"/photo.jpg?w={200 + number}&f=webp").status_code


def test_second_signal_stops_at_once(images: Path, tmp_path: Path) -> None:
    """Who will not wait for what runs need not."""
    with running_server(tmp_path, "--workers", "1", images=images) as server, ThreadPoolExecutor() as threads:
        os.kill(server.workers()[0], signal.SIGSTOP)
        request = threads.submit(server.get, "/photo.jpg?w=300")
        wait_until(lambda: server.health()["busy"] == 1)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: b"server.draining" in server.log.read_bytes())
        assert server.stop() == 1
        assert request.exception() is not None or request.result().status_code == 503


def test_sighup_takes_up_a_new_certificate(images: Path, tmp_path: Path) -> None:
    """After SIGHUP new connections get the new certificate; one that does not work changes nothing."""
    tls = tmp_path / "tls"
    for name in (tmp_path / "first", tmp_path / "second"):
        subprocess.run([KEYGEN, name], check=True, capture_output=True)
    shutil.copytree(tmp_path / "first", tls)
    with running_server(tmp_path, "--workers", "1", "--cert-path", str(tls), images=images) as server:
        server.cert = tmp_path / "first" / "cert.pem"
        assert server.get("/health").status_code == 200
        shutil.copytree(tmp_path / "second", tls, dirs_exist_ok=True)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: b"certificate.reloaded" in server.log.read_bytes())
        server.cert = tmp_path / "second" / "cert.pem"
        assert server.get("/health").status_code == 200
        (tls / "key.pem").write_text("no key")
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: b"certificate.not_reloaded" in server.log.read_bytes())
        assert server.get("/health").status_code == 200


def test_start_that_cannot_work_says_why(server: RunningServer, images: Path, tmp_path: Path) -> None:
    """A port that is taken, a data folder in use, a file for a folder: one sentence and exit code 2."""
    data = server.cert.parents[1]
    for flags, said in (
        (
            ["--port", str(server.port), "--data-path", str(tmp_path / "data")],
            f"cannot listen on 127.0.0.1:{server.port}: A",
        ),
        (["--port", "0", "--data-path", str(data)], "another tintype"),
        (
            ["--images-path", str(images / "photo.jpg"), "--data-path", str(tmp_path / "data")],
            str(images / "photo.jpg"),
        ),
    ):
        command = [
            sys.executable,
            "-m",
            "frontend",
            "serve",
            "--workers",
            "1",
            "--images-path",
            str(images),
            *flags,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=tmp_path, check=False)
        (sentence,) = [line for line in done.stderr.splitlines() if line.startswith("tintype: ")]
        assert done.returncode == 2
        assert sentence.startswith(f"tintype: {said}")
        assert "Traceback" not in done.stderr
