"""Load from the client's core: wrk where it is installed, else a client in Python, which is the slower of the two."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from bench.exchange import PATH
from bench.machine import CLIENT_CORE, ROOT, busy, children_on
from bench.rules import COUNTER, KEY
from bench.servers import file_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.servers import Server

_SCRIPT: Final = Path(__file__).with_name("rotation.lua")


class Load(msgspec.Struct, frozen=True):
    """What a client counted. ``p50`` and ``p99`` are in milliseconds; ``refused`` had a status from 400 on.

    ``busy`` is the processor time of the server in seconds: on a machine that does nothing else, all of ``seconds``.
    """

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    failed: int
    busy: float | None = None

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def microseconds(self) -> float:
        """Time of the server for a request, as its core is never idle."""
        return self.seconds / self.requests * 1e6

    @property
    def busy_microseconds(self) -> float:
        """Processor time of the server for a request; the time that went by where it is not known."""
        return self.microseconds if self.busy is None else self.busy / self.requests * 1e6

    @property
    def share(self) -> float:
        """The part of its core that the server had."""
        return 1.0 if self.busy is None else self.busy / self.seconds


def client() -> str:
    """Say which client is used: ``CLIENT=python`` asks for the slower one."""
    if os.environ.get("CLIENT") != "python" and shutil.which("wrk"):
        return "wrk"
    return "the Python client (wrk is faster: where the server is fast, this client is what is measured)"


def requests_file(bodies: Iterable[bytes]) -> Path:
    """Write the requests that a client sends in turn."""
    return file_of(b"\n".join(bodies) + b"\n", ".jsonl")


def load(server: Server, bodies: Path, seconds: int, connections: int = 32, *, unique: bool = False) -> Load:
    """Keep a server busy. With ``unique`` every request has another number where the bodies say ``COUNTER``."""
    before = busy(server.pid)
    counted = msgspec.json.decode(_counted(server.port, bodies, seconds, connections, unique=unique), type=Load)
    if counted.failed or counted.requests == 0:
        raise RuntimeError(f"{counted.failed} of {counted.requests} requests failed")
    after = busy(server.pid)
    return counted if before is None or after is None else msgspec.structs.replace(counted, busy=after - before)


def _counted(port: int, bodies: Path, seconds: int, connections: int, *, unique: bool) -> bytes:
    """Run the client; return what it reports."""
    arguments = [str(bodies), KEY, COUNTER if unique else ""]
    if client() == "wrk":
        wrk = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(_SCRIPT)]
        command = [*wrk, f"http://127.0.0.1:{port}{PATH}", "--", *arguments]
    else:
        command = [sys.executable, "-m", "bench.client", str(port), str(seconds), str(connections), *arguments]
    with children_on(CLIENT_CORE):
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stderr


def crowding(*loads: Iterable[Load]) -> list[str]:
    """Note that the servers shared their core with others, if they did."""
    least = min(load.share for taken in loads for load in taken)
    return (
        []
        if least > 0.9
        else [f"the machine was busy: a server had {least:.0%} of its core; run again when it is idle"]
    )
