"""Logging through the standard library, under the name ``openai_mock_api``. Keys never reach a log."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, ClassVar, Final, Literal

import msgspec

if TYPE_CHECKING:
    import os

NAME: Final = "openai_mock_api"

#: The logger of request lines.
REQUESTS: Final = f"{NAME}.requests"

LogFormat = Literal["text", "json"]

_logger: Final = logging.getLogger(NAME)


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
    """Handlers on the package's logger for as long as a server runs. The most talkative server sets the level."""

    _open: ClassVar[list[LogFile]] = []

    def __init__(self, handlers: list[logging.Handler], level: int) -> None:
        self.level = level
        self._handlers = handlers
        self._open.append(self)
        for handler in handlers:
            _logger.addHandler(handler)
        self._set_level()

    def close(self) -> None:
        """Take the handlers away again."""
        self._open.remove(self)
        for handler in self._handlers:
            _logger.removeHandler(handler)
            handler.close()
        self._set_level()

    def _set_level(self) -> None:
        _logger.setLevel(min((log.level for log in self._open), default=logging.NOTSET))


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
