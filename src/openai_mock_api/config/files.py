"""Configuration files on disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from openai_mock_api.config.reading import read
from openai_mock_api.errors import ConfigError, Problem

if TYPE_CHECKING:
    from openai_mock_api.config.reading import Document


def read_file(path: Path) -> Document:
    """Read a file of YAML or JSON. Raises ``ConfigError``, saying what to do, when that is impossible."""
    return read(decoded(contents(path), str(path)), str(path))


def contents(path: Path) -> bytes:
    """Read a file. Raises ``ConfigError``, saying what to do, when that is impossible."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise _failure(path, f"no such file; looked in {Path.cwd()}, check the path") from None
    except IsADirectoryError:
        raise _failure(path, "is a directory; name a file in it") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _failure(path, f"cannot be read: {reason}; check the path and its permissions") from None


def _failure(path: Path, message: str) -> ConfigError:
    return ConfigError([Problem(message, source=str(path))])


def decoded(data: bytes, name: str) -> str:
    """Decode UTF-8. Raises ``ConfigError`` saying where it is none."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line, column = data.count(b"\n", 0, error.start) + 1, error.start - data.rfind(b"\n", 0, error.start)
        message = f"not UTF-8: the byte 0x{data[error.start]:02x} cannot stand here; save the file as UTF-8"
        raise ConfigError([Problem(message, source=name, line=line, column=column)]) from None
