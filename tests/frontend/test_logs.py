"""Log lines: JSON for machines, and nothing in them that is nobody's business."""

import json
from collections.abc import Iterator

import pytest
import structlog

from frontend.logs import configure_logs
from frontend.settings import LogSettings


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
