"""Logging through the standard library, under the name ``openai_mock_api``. Keys never reach a log."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Final, Literal

import msgspec

if TYPE_CHECKING:
    import os

NAME: Final = "openai_mock_api"

#: The logger of request lines.
REQUESTS: Final = f"{NAME}.requests"

LogFormat = Literal["text", "json"]


class JsonLines(logging.Formatter):
    """One JSON object a line: ``timestamp``, ``level``, ``logger``, ``message``, and ``http``'s fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Encode a record."""
        line = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "http", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


class LogFile:
    """Handlers that were added to the package's logger, and how it was before."""

    def __init__(self, handlers: list[logging.Handler], level: int) -> None:
        self._logger = logging.getLogger(NAME)
        self._handlers = handlers
        self._before = self._logger.level
        self._logger.setLevel(level)
        for handler in handlers:
            self._logger.addHandler(handler)

    def close(self) -> None:
        """Take the handlers away again and restore the level."""
        for handler in self._handlers:
            self._logger.removeHandler(handler)
            handler.close()
        self._logger.setLevel(self._before)


def configure_logging(verbose: bool, log_file: str | os.PathLike[str] | None) -> LogFile | None:
    """Add what a server in a test asks for: JSON lines to a file, and to stdout when verbose. None for neither."""
    if not verbose and log_file is None:
        return None
    handlers: list[logging.Handler] = []
    if verbose:
        handlers.append(stdout_handler("text"))
    if log_file is not None:
        handlers.append(file_handler(log_file))
    return LogFile(handlers, logging.DEBUG if verbose else logging.INFO)


def stdout_handler(form: LogFormat) -> logging.Handler:
    """A handler that writes to stdout."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter("%(levelname)s: %(message)s"))
    return handler


def file_handler(path: str | os.PathLike[str]) -> logging.Handler:
    """A handler that appends JSON lines to a file. Raises ``OSError`` when it cannot be opened."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(JsonLines())
    return handler
