"""Holds a real server to its own OpenAPI document: Schemathesis makes the requests, and judges the answers.

    scripts/fuzz_api [--max-examples 20] [--max-time-s 90] [--seed 1] [any option of `schemathesis run`]

Twice, over HTTPS on loopback: with the administrator's key and without any. Each run ends by itself. It fails on a
status, a type, a header or a body that the document does not tell of, and on every failure of ours but those that
are answers: no worker free, a source that gives nothing, too slow, no room. Nothing is fetched from elsewhere: the
only hosts that are asked for are such as never exist.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.e2e.conftest import draw_images
from tests.e2e.server import ADMIN_KEY, RunningServer, running_server

BEYOND_BUDGET_S = 120.0
"""How long a run may go on after its time is up, to finish what it has begun."""
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
CONFIG = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "3xx", "4xx", 502, 503, 504, 507]

[checks.response_schema_conformance]
validate-formats = true

[dictionaries.names]
values = ["cat.jpg", "photo.jpg", "alpha.png", "turning.gif", "added.jpg", "no such.jpg", "..%2Fcat.jpg"]

[dictionaries.library]
values = ["added.jpg"]

[dictionaries.doomed]
values = ["doomed.jpg", "cat.jpg", "no such.jpg"]

[parameters]
"path.name" = { dictionary = "names", probability = 0.8 }

# Else the library would soon be empty, and all the rest find nothing.
[[operations]]
include-name = "DELETE /images/{name}"
parameters = { "path.name" = { dictionary = "doomed", probability = 0.8 } }

# A file in the folder has no tags.
[[operations]]
include-path = "/images/{name}/tags"
parameters = { "path.name" = { dictionary = "library", probability = 0.8 } }
"""


def main() -> int:
    """Run with a key and without; return 1 if either found something."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz_api", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--max-examples", type=int, default=20, help="generated requests by operation and kind")
    parser.add_argument("--max-time-s", type=int, default=90, help="time of each of the two runs")
    parser.add_argument("--seed", type=int, default=1, help="other requests for every other number")
    parser.add_argument("--keep-log", type=Path, help="a file for the server's log")
    arguments, options = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        images = draw_images(folder / "images")
        shutil.copy(images / "photo.jpg", images / "cat.jpg")
        (folder / "schemathesis.toml").write_text(CONFIG)
        # Else most of what is asked without a key would be answered with 429.
        flags = ("--workers", "2", "--rate-limit-requests", "0")
        with running_server(folder, *flags, images=images) as server:
            add_image(server, images / "photo.jpg", name="added.jpg")
            add_image(server, images / "alpha.png", name="doomed.jpg")
            found = [fuzz(server, folder, arguments, options, key=key) for key in (ADMIN_KEY, None)]
        if arguments.keep_log:
            shutil.copy(server.log, arguments.keep_log)
        crashes = [line for line in server.log.read_text().splitlines() if '"request.crashed"' in line]
    for line in crashes:
        print(line)
    return int(any(found) or bool(crashes))


def add_image(server: RunningServer, path: Path, *, name: str) -> None:
    """Give the library something to tell of."""
    with server.client() as client:
        client.post(
            "/upload",
            headers={"authorization": f"Bearer {ADMIN_KEY}"},
            files={"file": path.read_bytes()},
            data={"tags": '["cat", "night"]', "name": name},
        ).raise_for_status()


def fuzz(
    server: RunningServer, folder: Path, arguments: argparse.Namespace, options: list[str], *, key: str | None
) -> bool:
    """Run Schemathesis once; tell whether it found something."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml"),
        *("run", f"{server.url}/openapi.json", "--origin", server.url, "--tls-verify", str(server.cert)),
        *("--checks", ",".join(CHECKS), "--max-examples", str(arguments.max_examples)),
        *("--max-time", str(arguments.max_time_s), "--seed", str(arguments.seed)),
        *("--generation-database", "none", "--request-timeout", "30", "--continue-on-failure", "--no-color"),
        *("--warnings", "off", *options),
    ]
    if key is not None:
        command += ["--header", f"Authorization: Bearer {key}"]
    print(f"--- {'with the administrator’s key' if key else 'without a key'}", flush=True)
    done = subprocess.run(command, cwd=folder, timeout=arguments.max_time_s + BEYOND_BUDGET_S, check=False)
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
