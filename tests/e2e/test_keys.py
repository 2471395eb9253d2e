"""Keys against a running server: what is revoked stops at once, and a limit holds however many ask at once."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
import trio

from tests.e2e.library_client import LibraryClient
from tests.e2e.server import RunningServer, running_server

CONNECTIONS, STREAMS = 10, 100
PER_S = 10


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of its own, for its log is read."""
    with running_server(tmp_path_factory.mktemp("keys"), "--workers", "1") as running:
        yield running


@pytest.fixture
def admin(server: RunningServer) -> Iterator[LibraryClient]:
    """The administrator, who stays connected."""
    with LibraryClient(server) as client:
        yield client


def new_key(admin: LibraryClient, username: str, **fields: object) -> dict[str, str]:
    """Make a key; return the header that bears it."""
    answer = admin.send("POST", "/api-keys", {"username": username, **fields})
    assert answer.status_code == 201, answer.text
    return {"authorization": f"Bearer {answer.json()['api_key']}"}


def run_keys(server: RunningServer, *arguments: str) -> None:
    """Run ``tintype keys`` beside the server, as an operator would."""
    data = server.cert.parent.parent
    command = [sys.executable, "-m", "frontend", "keys", *arguments, "--data-path", str(data)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TINTYPE_")}
    subprocess.run(command, check=True, capture_output=True, timeout=30, env=environment)


@pytest.mark.parametrize(
    ("how", "error"), [("delete", "unauthorized"), ("status", "inactive_key"), ("another process", "inactive_key")]
)
@pytest.mark.parametrize("http2", [True, False], ids=["HTTP/2", "HTTP/1.1"])
def test_revoked_key_stops_on_an_open_connection(
    server: RunningServer, admin: LibraryClient, how: str, error: str, http2: bool
) -> None:
    """The next request is refused, though connection and key were good for the one before."""
    username = f"{how.replace(' ', '-')}-{http2}"
    headers = new_key(admin, username)
    with server.client(http2=http2) as client:
        first = client.get("/tags", headers=headers)
        assert first.status_code == 200
        if how == "delete":
            admin.http.delete(f"/api-keys/{username}")
        elif how == "status":
            admin.send("PATCH", f"/api-keys/{username}/status", {"is_active": False})
        else:
            run_keys(server, "deactivate", username)
        second = client.get("/tags", headers=headers)
        assert (second.status_code, second.json()["error"]) == (401, error)
        assert [answer.http_version for answer in (first, second)] == ["HTTP/2" if http2 else "HTTP/1.1"] * 2
        if http2:
            # Streams of one connection are counted up.
            assert [answer.extensions["stream_id"] for answer in (first, second)] == [1, 3]


def test_key_made_by_another_process_works(server: RunningServer, admin: LibraryClient) -> None:
    """A name that was unknown a moment ago is known as soon as the command has ended."""
    run_keys(server, "create", "made-outside", "--role", "editor")
    keys = {key["username"]: key for key in admin.tell("/api-keys")}
    assert keys["made-outside"]["role"] == "editor"


@dataclass(frozen=True, slots=True)
class Logged:
    """One request, as the server saw it."""

    status: int
    begin: datetime
    end: datetime


def logged(log: Path, *, user: str) -> list[Logged]:
    """The requests that were made with somebody's key."""
    found = []
    for line in map(json.loads, log.read_text().splitlines()):
        if line["event"] == "request" and line.get("user") == user:
            end = datetime.fromisoformat(line["timestamp"])
            begin = end - timedelta(milliseconds=line["duration_ms"])
            found.append(Logged(line["status"], begin, end))
    return found


def allowed_in(period: timedelta) -> int:
    """How many requests the limit lets through when more than enough come for so long: a burst, then the rate."""
    return PER_S + math.floor(PER_S * period.total_seconds())


@pytest.mark.timeout(60)
async def test_thousand_at_once_are_held_to_the_limit(server: RunningServer, tmp_path: Path) -> None:
    """One key of ten a second, ten connections of a hundred streams: what passes is what the formula says."""
    with LibraryClient(server) as admin:
        headers = new_key(admin, "many", requests_per_second=PER_S)
    statuses: Counter[int] = Counter()

    async def ask(client: httpx.AsyncClient) -> None:
        answer = await client.get("/tags", headers=headers)
        statuses[answer.status_code] += 1
        assert (answer.status_code == 429) == ("retry-after" in answer.headers)
        assert answer.headers["ratelimit-limit"] == str(PER_S)

    async def connect() -> None:
        async with (
            httpx.AsyncClient(
                base_url=server.url, verify=server.tls(), http1=False, http2=True, timeout=30
            ) as client,
            trio.open_nursery() as streams,
        ):
            for _ in range(STREAMS):
                streams.start_soon(ask, client)

    async with trio.open_nursery() as connections:
        for _ in range(CONNECTIONS):
            connections.start_soon(connect)

    with trio.fail_after(5):
        # A line may be written just after its answer has arrived.
        while len(seen := logged(server.log, user="many")) < CONNECTIONS * STREAMS:  # noqa: ASYNC110 - a file
            await trio.sleep(0.01)
    # Each was decided about between its beginning and its end.
    first, last = min(each.begin for each in seen), max(each.end for each in seen)
    first_end = min(each.end for each in seen)
    last_refused = max(each.begin for each in seen if each.status == 429)
    least, most = allowed_in(last_refused - first_end), allowed_in(last - first)
    print(f"{dict(statuses)} in {(last - first).total_seconds():.3f} s; by the formula {least} to {most}")
    assert sum(statuses.values()) == len(seen) == CONNECTIONS * STREAMS
    assert set(statuses) == {200, 429}
    assert least <= statuses[200] <= most
