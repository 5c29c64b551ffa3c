"""Our command as a process of its own, on a free port."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Seconds that the command gets to start, and to stop.
PATIENCE: Final = 30

_STARTED: Final = re.compile(r"server started on port (\d+)")


@contextmanager
def serving(config: Path, log: Path, *options: str) -> Iterator[str]:
    """Serve a configuration for the block, writing what the command prints to ``log``. Give the server's address."""
    command = [sys.executable, "-m", "openai_mock_api", "--config", str(config), "--port", "0", *options]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield f"http://127.0.0.1:{_port(process, log)}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    """Wait for the line that tells the port."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        found = _STARTED.search(log.read_text(encoding="utf-8"))
        if found:
            return int(found.group(1))
        time.sleep(0.02)
    raise RuntimeError(f"openai-mock-api did not start:\n{log.read_text(encoding='utf-8')}")
