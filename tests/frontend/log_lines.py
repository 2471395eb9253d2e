"""The log as it is written by the real configuration, caught line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pytest
import structlog

from frontend.logs import configure_logs
from frontend.settings import LogSettings


class LogLines:
    """What has been written to standard error since it was last looked at."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    @classmethod
    @contextmanager
    def of(
        cls,
        capsys: pytest.CaptureFixture[str],
        *,
        form: Literal["console", "json"] = "json",
        level: Literal["info", "warning"] = "info",
    ) -> Iterator[LogLines]:
        """Configure the log for the block."""
        configure_logs(LogSettings(log_format=form, log_level=level))
        # Else loggers of modules would go on writing to this test's standard error.
        structlog.configure(cache_logger_on_first_use=False)
        try:
            yield cls(capsys)
        finally:
            structlog.reset_defaults()

    def text(self) -> str:
        """All of it."""
        return self._capsys.readouterr().err

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """Each line of the JSON form; those of one event, if one is named."""
        events = [json.loads(line) for line in self.text().splitlines()]
        return [event for event in events if event["event"] == (name or event["event"])]
