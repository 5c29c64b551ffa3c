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
from bench.machine import CLIENT_CORE, ROOT, children_on
from bench.rules import COUNTER, KEY
from bench.servers import file_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCRIPT: Final = Path(__file__).with_name("rotation.lua")


class Load(msgspec.Struct, frozen=True):
    """What a client counted. ``p50`` and ``p99`` are in milliseconds; ``refused`` had a status from 400 on."""

    requests: int
    seconds: float
    p50: float
    p99: float
    refused: int
    failed: int

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    @property
    def microseconds(self) -> float:
        """Time of the server for a request, as its core is never idle."""
        return self.seconds / self.requests * 1e6


def client() -> str:
    """Say which client is used: ``CLIENT=python`` asks for the slower one."""
    if os.environ.get("CLIENT") != "python" and shutil.which("wrk"):
        return "wrk"
    return "the Python client (wrk is faster: where the server is fast, this client is what is measured)"


def requests_file(bodies: Iterable[bytes]) -> Path:
    """Write the requests that a client sends in turn."""
    return file_of(b"\n".join(bodies) + b"\n", ".jsonl")


def load(port: int, bodies: Path, seconds: int, connections: int = 32, *, unique: bool = False) -> Load:
    """Keep a server busy. With ``unique`` every request has another number where the bodies say ``COUNTER``."""
    arguments = [str(bodies), KEY, COUNTER if unique else ""]
    if client() == "wrk":
        wrk = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(_SCRIPT)]
        command = [*wrk, f"http://127.0.0.1:{port}{PATH}", "--", *arguments]
    else:
        command = [sys.executable, "-m", "bench.client", str(port), str(seconds), str(connections), *arguments]
    with children_on(CLIENT_CORE):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    counted = msgspec.json.decode(done.stderr, type=Load)
    if counted.failed or counted.requests == 0:
        raise RuntimeError(f"{counted.failed} of {counted.requests} requests failed")
    return counted
