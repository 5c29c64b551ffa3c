"""Servers under test, each a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from bench import exchange, node
from bench.machine import ROOT, SERVER_CORE, children_on
from bench.rules import body

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.bare import Frames
    from bench.rules import Rules

#: Seconds that a server gets until it answers.
PATIENCE: Final = 120

#: Seconds between two looks whether a server answers.
PAUSE: Final = 0.0005

COMMAND: Final = str(Path(sys.executable).with_name("openai-mock-api"))

_FOLDER: Final = tempfile.TemporaryDirectory(prefix="openai-mock-api-bench-")


class Server(NamedTuple):
    """A running server. ``start`` is how many seconds went by from the command to the first answer."""

    port: int
    pid: int
    start: float


def file_of(content: bytes, suffix: str = ".json") -> Path:
    """Write a file that lasts as long as the benchmark."""
    with tempfile.NamedTemporaryFile(suffix=suffix, dir=_FOLDER.name, delete=False) as file:
        file.write(content)
    return Path(file.name)


def config_file(rules: Rules) -> Path:
    """Write a configuration that ours and the npm package read: JSON, which is YAML too."""
    return file_of(msgspec.json.encode(rules.config))


def fixtures_file(rules: Rules) -> Path:
    """Write the same for aimock."""
    return file_of(msgspec.json.encode(rules.fixtures))


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def ours(config: Path, asking: bytes, *flags: str, core: int | None = SERVER_CORE) -> Iterator[Server]:
    """Run the command, quiet unless ``flags`` say otherwise."""
    port = free_port()
    command = [COMMAND, "-c", str(config), "-p", str(port), *(flags or ("--quiet",))]
    with _running(command, port, asking, core) as server:
        yield server


@contextmanager
def ours_untabled(config: Path) -> Iterator[Server]:
    """Run the command without token tables. It is asked for its health only."""
    port = free_port()
    command = [sys.executable, "-m", "bench.untabled", "-c", str(config), "-p", str(port), "--quiet"]
    with _running(command, port, b"", SERVER_CORE) as server:
        yield server


@contextmanager
def bare(frames: Frames) -> Iterator[Server]:
    """Run the yardstick."""
    port, file = free_port(), file_of(msgspec.msgpack.encode(frames), ".msgpack")
    command = [sys.executable, "-m", "bench.bare", str(file), str(port)]
    with _running(command, port, body("anything"), SERVER_CORE) as server:
        yield server


@contextmanager
def npm(config: Path, asking: bytes, *, core: int | None = SERVER_CORE) -> Iterator[Server]:
    """Run the npm package. It cannot be told to be quiet."""
    port = free_port()
    command = ["node", str(node.script("npm openai-mock-api")), "-c", str(config), "-p", str(port)]
    with _running(command, port, asking, core) as server:
        yield server


@contextmanager
def aimock(fixtures: Path, asking: bytes, *, core: int | None = SERVER_CORE) -> Iterator[Server]:
    """Run aimock, silent."""
    port = free_port()
    command = ["node", str(node.script("aimock")), "-f", str(fixtures), "-p", str(port), "--log-level", "silent"]
    with _running(command, port, asking, core) as server:
        yield server


@contextmanager
def _running(command: Sequence[str], port: int, asking: bytes, core: int | None) -> Iterator[Server]:
    """Start a command, wait until it answers, and end it afterwards."""
    errors, quiet = file_of(b"", ".log"), subprocess.DEVNULL
    with children_on(core), errors.open("wb") as log:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=_environment(), stdin=quiet, stdout=quiet, stderr=log)
    try:
        if not _answers(process, port, asking):
            raise RuntimeError(f"{' '.join(command)} does not answer. {errors.read_text()[:2000]}")
        yield Server(port, process.pid, time.perf_counter() - begun)
    finally:
        process.kill()
        process.wait()


def _environment() -> dict[str, str]:
    """The environment that users have: without our variables, and with compiled modules kept."""
    left_out = ("OPENAI_MOCK_", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}


def _answers(process: subprocess.Popen[bytes], port: int, asking: bytes) -> bool:
    """Ask until there is an answer. False when the process has ended, or patience has."""
    end = time.perf_counter() + PATIENCE
    while process.poll() is None and time.perf_counter() < end:
        try:
            exchange.ask(port, asking, PATIENCE)
        except OSError:
            time.sleep(PAUSE)
        else:
            return True
    return False
