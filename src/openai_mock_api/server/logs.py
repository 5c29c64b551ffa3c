"""Logging through the standard library, under the name ``openai_mock_api``. Keys never reach a log."""

from __future__ import annotations

import logging
import os
import select
import stat
import sys
from contextlib import suppress
from typing import Any, ClassVar, Final, Literal, TextIO

import msgspec

NAME: Final = "openai_mock_api"

#: The logger of request lines.
REQUESTS: Final = f"{NAME}.requests"

#: Seconds that a reader of stdout gets to make room before lines are left out.
PATIENCE: Final = 1.0

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


class _Tolerant(logging.Handler):
    """Says the first time that a line cannot be written, instead of a traceback each time. The server goes on."""

    _failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - the parent's signature
        if not self._failed and sys.stderr is not None:
            self._failed = True
            with suppress(OSError):
                sys.stderr.write(f"The log cannot be written: {sys.exc_info()[1]}\n")


class _Stdout(_Tolerant, logging.StreamHandler[Any]):
    """Writes lines to stdout."""


class _File(_Tolerant, logging.FileHandler):
    """Appends lines to a file."""


class _Pipe:
    """Stdout where it is a pipe: what nobody makes room for by reading is left out, so that it holds no request up."""

    def __init__(self, stdout: TextIO) -> None:
        self._stdout = stdout
        self._poll = select.poll()
        self._poll.register(stdout, select.POLLOUT)
        self._stuck = False

    def write(self, text: str) -> None:
        """Write as much as there is room for. Raises ``OSError``."""
        self._stdout.flush()  # what others have printed comes first
        data = text.encode(self._stdout.encoding, "backslashreplace")
        for start in range(0, len(data), select.PIPE_BUF):
            self._stuck = not self._poll.poll(0 if self._stuck else PATIENCE * 1000)
            if self._stuck:
                return
            os.write(self._stdout.fileno(), data[start : start + select.PIPE_BUF])

    def flush(self) -> None:
        """Do nothing: nothing is kept."""


def _is_pipe(stdout: TextIO | None) -> bool:
    """Whether it can be written to as a pipe. Windows cannot say whether there is room in one."""
    if stdout is None or not hasattr(select, "poll"):
        return False
    with suppress(OSError, ValueError):  # what stands in for it in a test has no descriptor, or is closed
        return stat.S_ISFIFO(os.fstat(stdout.fileno()).st_mode)
    return False


def stdout_handler(form: LogFormat) -> logging.Handler:
    """A handler that writes to stdout."""
    handler = _Stdout(_Pipe(sys.stdout) if _is_pipe(sys.stdout) else sys.stdout)
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter("%(levelname)s: %(message)s"))
    return handler


def file_handler(path: str | os.PathLike[str]) -> logging.Handler:
    """A handler that appends JSON lines to a file. Raises ``OSError`` when it cannot be opened."""
    handler = _File(path, encoding="utf-8")
    handler.setFormatter(JsonLines())
    return handler
