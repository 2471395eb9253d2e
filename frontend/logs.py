"""How log events become lines: coloured words on a terminal, JSON for machines, always on standard error.

Whatever came into a line, keys leave it here; ``frontend/masking.py`` knows them.
"""

from __future__ import annotations

import json
import logging
import sys
from contextlib import suppress
from typing import TextIO

import structlog

from frontend.masking import mask_line
from frontend.request_log import for_people
from frontend.settings import LogSettings

# Made once: json.dumps would make one for each line.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=repr).encode


def configure_logs(settings: LogSettings) -> None:
    """Set up structlog for the whole process."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(_for_machines() if as_json else _for_people()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level.upper()]
        ),
        logger_factory=lambda *_: LineWriter(sys.stderr),
        cache_logger_on_first_use=True,
    )


class LineWriter:
    """Writes lines to ``file``, each in one piece and without keys.

    Keys are masked here and not where values are put in: in a finished line nothing can be overlooked, tracebacks
    least of all. A log that cannot be written is no reason not to serve.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def msg(self, line: str) -> None:
        """Write one line, unless the disk is full or nobody reads: there would be no place to say so."""
        with suppress(OSError):
            self._file.write(mask_line(line) + "\n")
            self._file.flush()

    debug = info = warning = error = exception = critical = msg


def _for_machines() -> list[structlog.typing.Processor]:
    # Tracebacks without the values of variables: among those are keys, headers and the bytes of images.
    transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [structlog.processors.ExceptionRenderer(transformer), _to_json]


def _for_people() -> list[structlog.typing.Processor]:
    return [for_people, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]


def _to_json(_logger: object, _name: str, event: structlog.typing.EventDict) -> str:
    return _encode(event)
