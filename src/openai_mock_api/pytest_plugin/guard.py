"""The escape guard: nothing in this process may connect to the real OpenAI hosts while the mock is active.

It stands where every connection to them passes: before a host's name is looked up, and before TLS begins with a host,
however its address was found (a proxy, a resolver of another library).
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import ssl
import sys
import sysconfig
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

#: Where the real API is: OpenAI's own hosts, and those of Azure's resources.
REAL: Final = re.compile(
    r"(?:.+\.)?openai\.com|.+\.openai\.azure\.(?:com|us|cn)|.+\.(?:cognitiveservices|services\.ai)\.azure\.com"
)

#: Where Python's own modules are.
_STANDARD: Final = sysconfig.get_path("stdlib") + os.sep

#: Folders whose modules are nobody's own code.
_INSTALLED: Final = re.compile(r"[\\/](?:site|dist)-packages[\\/]")

#: This package, which may be installed from a checkout.
_OURS: Final = str(Path(__file__).parents[1]) + os.sep


class Escape(NamedTuple):
    """An attempt to reach a real host, and the line of the tested code that made it."""

    host: str
    site: str

    def __str__(self) -> str:
        return f"something connects to {self.host} while the mock is active: {self.site}"


def real_host(value: object) -> str | None:
    """Return the name of a real host, as it was given, or None for anything else."""
    if isinstance(value, bytes | bytearray):
        value = value.decode("latin-1")
    if isinstance(value, str) and REAL.fullmatch(value.rstrip(".").lower()):
        return value
    return None


def call_site() -> str:
    """Say which line of the tested code has led here: the innermost that belongs to no library."""
    frames = traceback.extract_stack()
    own = [frame for frame in frames if _is_own(frame.filename)]
    if own:
        return _shown(own[-1])
    return f"in thread {threading.current_thread().name!r}, from no code of the project's own"


def _is_own(file: str) -> bool:
    return not (file.startswith(("<", _STANDARD, _OURS)) or _INSTALLED.search(file))


def _shown(frame: traceback.FrameSummary) -> str:
    path = os.path.relpath(frame.filename)
    return f"{path}:{frame.lineno} in {frame.name}: {frame.line}"


class Guard:
    """Refuses connections to real hosts, for as long as its patches hold, and remembers them as ``escapes``.

    Whoever tries gets a failure of pytest, in place. ``except Exception`` does not stop it.
    """

    def __init__(self) -> None:
        self.escapes: list[Escape] = []

    def watch(self, patches: pytest.MonkeyPatch) -> None:
        """Watch until ``patches`` are undone."""
        for owner, name in self._doors():
            patches.setattr(owner, name, self._guarded(getattr(owner, name)))

    def _doors(self) -> list[tuple[Any, str]]:
        """Return the functions that every connection passes. What asyncio does it does in calls without our caller."""
        doors: list[tuple[Any, str]] = [(socket, "getaddrinfo")]
        doors += [(ssl.SSLContext, name) for name in ("wrap_socket", "wrap_bio")]
        return doors + [(loop, name) for loop in _loops() for name in ("getaddrinfo", "create_connection", "start_tls")]

    def _guarded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(*args: Any, **options: Any) -> Any:
            for value in (*args, *options.values()):
                if host := real_host(value):
                    self._refuse(host)
            return function(*args, **options)

        return guarded

    def _refuse(self, host: str) -> None:
        escape = Escape(host, call_site())
        self.escapes.append(escape)
        pytest.fail(f"openai-mock: {escape}", pytrace=False)


def _loops() -> list[Any]:
    """Return the kinds of event loops that this process knows."""
    uvloop: Any = sys.modules.get("uvloop")
    return [asyncio.BaseEventLoop, *([uvloop.Loop] if uvloop else [])]
