"""Log lines: JSON for machines, and nothing in them that is nobody's business."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import structlog
import trio

from frontend.logs import LineWriter, configure_logs
from frontend.masking import shown_query
from frontend.settings import LogSettings
from shared.errors import DeadlineExceededError
from shared.limits import Limits
from tests.asgi_client import AsgiClient
from tests.frontend.log_lines import LogLines
from tests.frontend.site import Site
from tests.frontend.watched_app import Event, Receive, Send, watched

KEY = "tintype_" + "Ab3-_" * 8 + "xyz"
ADMIN_KEY = "tintype_admin_" + "Zq8-_" * 8 + "xyz"
SIGNATURE = "c2lnbmF0dXJlLW9mLTMyLWJ5dGVz"
SECRETS = (KEY[8:], ADMIN_KEY[14:], SIGNATURE, "hunter2hunter2")
HEADERS = {
    "authorization": f"Bearer {ADMIN_KEY}",
    "user-agent": f"curl/8 {KEY}",
    "referer": f"https://ada:hunter2hunter2@shop.example/?sig={SIGNATURE}",
    "cookie": f"session={KEY}",
}


@pytest.fixture(autouse=True)
def _reset() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_traceback_tells_no_values(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What a variable held when something failed is not written to the log."""
    configure_logs(LogSettings.model_validate({"log_format": log_format}))
    _fail_with("the-" + "key")
    lines = capsys.readouterr().err
    assert "ValueError" in lines
    assert "_fail_with" in lines
    assert "the-key" not in lines


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Each event is a line of its own, with its level, its time and its fields."""
    configure_logs(LogSettings(log_format="json"))
    structlog.get_logger().info("job.done", took_ms=7)
    (line,) = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert (event["event"], event["level"], event["took_ms"]) == ("job.done", "info", 7)
    assert event["timestamp"].endswith("Z")


def test_unimportant_lines_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing below the level that is set is written."""
    configure_logs(LogSettings(log_level="warning"))
    structlog.get_logger().info("job.done")
    assert capsys.readouterr().err == ""


def _fail_with(secret: str) -> None:
    try:
        raise ValueError(len(secret))
    except ValueError:
        structlog.get_logger().exception("job.failed")


@pytest.mark.parametrize("form", ["json", "console"])
def test_key_leaves_every_line(form: Literal["json", "console"], capsys: pytest.CaptureFixture[str]) -> None:
    """A key is masked wherever it is: in a text, in a list within, in a name, in the text of an exception."""
    with LogLines.of(capsys, form=form) as lines:
        log, event = structlog.get_logger(), f"job.{KEY}"
        log.info(event, text=f"/{KEY}/x", within={"list": [KEY], KEY: 1}, **{f"x{KEY}": 1})
        try:
            try:
                raise KeyError(KEY)
            except KeyError as error:
                raise ValueError(f"sig={SIGNATURE}, Bearer {ADMIN_KEY}") from error
        except ValueError:
            log.exception("job.failed")
        text = lines.text()
    assert "tintype_***" in text
    assert "ValueError" in text
    assert "KeyError" in text
    assert not [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize(
    "target",
    [
        f"/cat.png?w=10&sig={SIGNATURE}",
        f"/cat.png?w=10&SIG={SIGNATURE}&exp=1",
        f"/cat.png?w=10&key={KEY}",
        f"/{KEY}/cat.png?w=10",
        f"/health?x={KEY}",
        f"/none.png?sig={SIGNATURE}",
        f"/cat.png?w={KEY}",
    ],
)
async def test_exchange_leaves_no_secret(
    form: Literal["json", "console"], target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a client sends along, and however its request ends, no secret of it is in any line."""
    async with Site.open(tmp_path, limits=Limits()) as site:
        site.put("cat.png")
        client = AsgiClient(app=watched(site.lane))
        with LogLines.of(capsys, form=form) as lines:
            for failure in (
                ValueError(f"a bug at {target} with {HEADERS}"),
                DeadlineExceededError(f"cat.png {KEY}"),
                None,
            ):
                site.pool.failures = [failure] if failure else []
                for method in ("GET", "HEAD", "POST"):
                    await client.ask(method, target, headers=HEADERS)
            text = lines.text()
    assert text.count("request_id") >= 9
    assert not [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize(
    "query",
    [
        f"%73ig={SIGNATURE}",
        f"s%49G={SIGNATURE}",
        "password=hunter2hunter2",
        "url=https%3A%2F%2Fada%3Ahunter2hunter2%40shop.example",
        f"access_token={KEY}",
    ],
)
async def test_crash_leaves_no_secret(
    form: Literal["json", "console"], query: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A crash is told with the query that led to it, and without what in it lets someone in."""

    async def app(scope: Event, _receive: Receive, _send: Send) -> None:
        try:
            raise ZeroDivisionError(HEADERS["authorization"])
        except ZeroDivisionError:
            shown = shown_query(scope["query_string"].decode("latin-1"))
            structlog.get_logger().exception("request.crashed", query=shown)
            raise

    with LogLines.of(capsys, form=form) as lines:
        with pytest.raises(ZeroDivisionError):
            await AsgiClient(app=watched(app)).ask("GET", f"/cat.png?w=10&{query}", headers=HEADERS)
        text = lines.text()
    assert text.count("w=10&") == 2
    assert "ZeroDivisionError" in text
    assert not [secret for secret in SECRETS if secret in text]


def test_full_disk_does_not_stop_the_server() -> None:
    """Where a line cannot be written nothing happens: requests go on being answered."""
    full = Path("/dev/full").open("w", buffering=1)  # noqa: SIM115 - closing it fails, and is meant to
    LineWriter(full).info("a line")
    with pytest.raises(OSError, match="No space"):
        full.close()


async def test_line_leaves_in_one_piece(tmp_path: Path) -> None:
    """Each line is one write, so that lines of several processes do not mix in one file."""
    receiving, sending = trio.socket.socketpair(trio.socket.AF_UNIX, trio.socket.SOCK_SEQPACKET)
    with receiving, sending, open(sending.fileno(), "w", buffering=1, closefd=False) as file:  # noqa: ASYNC230
        LineWriter(file).info("one")
        LineWriter(file).error("two")
        assert [await receiving.recv(99), await receiving.recv(99)] == [b"one\n", b"two\n"]
