"""How log events become lines: coloured words on a terminal, JSON for machines, always on standard error."""

from __future__ import annotations

import logging
import sys

import structlog

from frontend.settings import LogSettings


def configure_logs(settings: LogSettings) -> None:
    """Set up structlog for the whole process."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *_exception_processors(as_json=as_json),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _exception_processors(*, as_json: bool) -> list[structlog.typing.Processor]:
    """Tracebacks without the values of variables: among those are keys, headers and the bytes of images."""
    if not as_json:
        return []
    transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [structlog.processors.ExceptionRenderer(transformer)]
