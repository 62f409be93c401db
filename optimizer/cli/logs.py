"""Logging: text for people, or one JSON object per line for machines."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import TextIO

from optimizer.cli.log_limit import LibraryLimit

QUIET = ("httpx", "httpcore", "uvicorn", "pymodbus", "watchfiles", "asyncio")
"""Libraries that log every request. Only their warnings are shown."""
PROGRESS = "optimizer.progress"
"""The logger for progress lines. They have no level and no name."""


class LogFormat(StrEnum):
    """The format of log lines."""

    TEXT = "text"
    JSON = "json"


class JsonLines(logging.Formatter):
    """One object per line: time, level, logger, message, and the fields of the record."""

    def format(self, record: logging.LogRecord) -> str:
        document = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return json.dumps(document, ensure_ascii=False, default=str)


class TextLines(logging.Formatter):
    """`WARNING carport: …`; progress lines unchanged. The time is added unless journald adds it."""

    def __init__(self, with_time: bool) -> None:
        super().__init__()
        self._with_time = with_time
        self.now: Callable[[], datetime] = _machine_now
        """The time of the lines, aware; the time of the machine until that of the house is known."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.exc_info:
            message = f"{message}\n{self.formatException(record.exc_info)}"
        if record.name == PROGRESS:
            return message
        time = f"{self.now():%H:%M:%S} " if self._with_time else ""
        return f"{time}{record.levelname} {message}"


def set_up(style: LogFormat, level: int = logging.INFO, journald: bool = False, stream: TextIO | None = None) -> None:
    """Send all logging to `stream` (standard error) in one style; call once, before anything else."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if style is LogFormat.JSON else TextLines(with_time=not journald))
    handler.addFilter(LibraryLimit())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger(PROGRESS).setLevel(logging.INFO)


def tell_house_time(zone: tzinfo, now: Callable[[], datetime] | None = None) -> None:
    """From now on, text lines show the time of the house's zone and of its clock `now`, like progress lines."""
    clock = now or _machine_now
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, TextLines):
            handler.formatter.now = lambda: clock().astimezone(zone)


def _machine_now() -> datetime:
    return datetime.now().astimezone()
