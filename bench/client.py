"""The client for machines without wrk. ``python -m bench.client PORT SECONDS CONNECTIONS FILE KEY COUNTER``.

Every connection sends its next request as soon as it has a whole answer.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from pathlib import Path
from typing import cast

import msgspec
import uvloop

from bench.exchange import complete, request


class Requests:
    """The requests, in turn, and what became of them."""

    def __init__(self, bodies: list[bytes], counter: bytes) -> None:
        self._turn = itertools.cycle([request(body) for body in bodies])
        self._counter = counter
        self._number = itertools.count()
        self.times: list[float] = []
        self.refused = 0
        self.failed = 0
        self.over = False

    def next(self) -> bytes:
        """Return the next request."""
        data = next(self._turn)
        return data.replace(self._counter, b"%08d" % next(self._number), 1) if self._counter else data


class Connection(asyncio.Protocol):
    """One connection, kept alive."""

    transport: asyncio.Transport

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods alone
        self._send()

    def _send(self) -> None:
        self._data = b""
        self._begun = time.perf_counter()
        self.transport.write(self._requests.next())

    def data_received(self, data: bytes) -> None:
        self._data = self._data + data if self._data else data
        if self._requests.over or not complete(self._data):
            return
        self._requests.times.append(time.perf_counter() - self._begun)
        self._requests.refused += self._data[9:10] >= b"4"
        self._send()

    def connection_lost(self, _: Exception | None) -> None:
        self._requests.failed += not self._requests.over


async def run(port: int, seconds: int, connections: int, requests: Requests) -> dict[str, float]:
    """Load a server for some seconds."""
    loop = asyncio.get_running_loop()
    begun = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: Connection(requests), "127.0.0.1", port)
    await asyncio.sleep(seconds)
    requests.over = True
    times = sorted(requests.times)
    return {
        "requests": len(times),
        "seconds": time.perf_counter() - begun,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[len(times) * 99 // 100] * 1000,
        "refused": requests.refused,
        "failed": requests.failed,
    }


if __name__ == "__main__":
    port, seconds, connections = map(int, sys.argv[1:4])
    asked = Requests(Path(sys.argv[4]).read_bytes().splitlines(), sys.argv[6].encode())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stderr.write(msgspec.json.encode(runner.run(run(port, seconds, connections, asked))).decode())
