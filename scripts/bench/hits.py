"""Cached hits over TLS, HTTP/1.1 and HTTP/2: tintype, nginx with the same bytes as a static file, bare Hypercorn.

    python -m scripts.bench.hits [--seconds 5] [--json FILE]

Needs nginx, wrk and h2load (Debian: nginx-light wrk nghttp2-client). All servers and clients run on this machine,
on loopback, one after the other; what counts is the ratio.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from tests.e2e.server import RunningServer, running_server

HIT = "/photo.jpg?w=320&f=webp&q=90"
CONNECTIONS = 16


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=5, help="how long each load lasts")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    if missing := [name for name in ("nginx", "wrk", "h2load") if shutil.which(name) is None]:
        sys.exit(f"not installed: {', '.join(missing)}")
    with tempfile.TemporaryDirectory() as name:
        rows = dict(measure_all(Path(name), arguments.seconds))
    print_table(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2))


def measure_all(folder: Path, seconds: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield requests per second by server and version of HTTP."""
    (folder / "images").mkdir()
    noise = Image.effect_noise((1200, 900), 50)
    Image.merge("RGB", (noise, Image.linear_gradient("L").resize(noise.size), noise)).save(
        folder / "images" / "photo.jpg"
    )
    with running_server(folder) as server:
        body = server.get(HIT).content
        print(f"{len(body)} bytes, {CONNECTIONS} connections, {seconds} s each", flush=True)
        yield "tintype", load(server.url + HIT, seconds)
        (folder / "body.webp").write_bytes(body)
        with nginx(folder, server) as url:
            yield "nginx, static", load(url, seconds)
        with hypercorn(folder, server) as url:
            yield "bare Hypercorn", load(url, seconds)


def load(url: str, seconds: int) -> dict[str, float]:
    """Requests per second over both versions."""
    flags = ["-t2", f"-c{CONNECTIONS}", f"-d{seconds}"]
    http1 = run("wrk", *flags, url)
    http2 = run("h2load", "-t2", f"-c{CONNECTIONS}", "-m4", f"-D{seconds}", url)
    if "Non-2xx" in http1 or not re.search(r" 0 failed, 0 errored", http2):
        raise RuntimeError(f"not all answers were right:\n{http1}\n{http2}")
    return {
        "HTTP/1.1": float(found(r"Requests/sec:\s+([\d.]+)", http1)),
        "HTTP/2": float(found(r"([\d.]+) req/s", http2)),
    }


def run(*command: str) -> str:
    """Run a program and return what it prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def found(pattern: str, text: str) -> str:
    """Return the group of a pattern that must be there."""
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"no {pattern} in:\n{text}")
    return match[1]


@contextmanager
def nginx(folder: Path, server: RunningServer) -> Iterator[str]:
    """One nginx worker with the body as a file."""
    configuration = f"""
        daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
        events {{ worker_connections 256; }}
        http {{
          access_log off; sendfile on; keepalive_requests 1000000000; types {{ image/webp webp; }}
          server {{
            listen 127.0.0.1:8471 ssl http2; root {folder}; ssl_protocols TLSv1.3;
            ssl_certificate {server.cert}; ssl_certificate_key {server.cert.with_name("key.pem")};
          }}
        }}"""
    (folder / "nginx.conf").write_text(textwrap.dedent(configuration))
    folder.chmod(0o755)
    with started(["nginx", "-e", f"{folder}/nginx.log", "-c", f"{folder}/nginx.conf"]):
        yield wait_for("https://127.0.0.1:8471/body.webp", server)


@contextmanager
def hypercorn(folder: Path, server: RunningServer) -> Iterator[str]:
    """The smallest ASGI application that sends the body."""
    (folder / "bare.py").write_text(
        textwrap.dedent(f"""
        from pathlib import Path
        import hypercorn.config, hypercorn.trio, trio
        body = Path({str(folder / "body.webp")!r}).read_bytes()
        headers = [(b"content-type", b"image/webp"), (b"content-length", str(len(body)).encode())]
        async def app(scope, receive, send):
            if scope["type"] == "lifespan":
                while (event := (await receive())["type"]) != "lifespan.shutdown":
                    await send({{"type": event + ".complete"}})
                return await send({{"type": "lifespan.shutdown.complete"}})
            await send({{"type": "http.response.start", "status": 200, "headers": headers}})
            await send({{"type": "http.response.body", "body": body}})
        config = hypercorn.config.Config()
        config.bind, config.keep_alive_max_requests = ["127.0.0.1:8472"], 10**9
        config.certfile, config.keyfile = {str(server.cert)!r}, {str(server.cert.with_name("key.pem"))!r}
        trio.run(hypercorn.trio.serve, app, config)
        """)
    )
    with started([sys.executable, str(folder / "bare.py")]):
        yield wait_for("https://127.0.0.1:8472/", server)


@contextmanager
def started(command: list[str]) -> Iterator[None]:
    """Run a server for the block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for(url: str, server: RunningServer) -> str:
    """Return the URL once it answers."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, context=server.tls()):
                return url
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer")


def print_table(rows: dict[str, dict[str, float]]) -> None:
    """For people: requests per second, and tintype's share of the others'."""
    print(f"\n{'requests/s':18}{'HTTP/1.1':>10}{'HTTP/2':>10}   tintype ÷ it")
    ours = rows["tintype"]
    for name, row in rows.items():
        ratios = "  ".join(f"{ours[version] / row[version]:6.2f}" for version in row)
        print(f"{name:18}{row['HTTP/1.1']:10.0f}{row['HTTP/2']:10.0f}   {ratios}")


if __name__ == "__main__":
    main()
