"""The client of paced streams. ``python -m bench.readers PORT STREAMS EVENTS INTERVAL FILE``.

It opens all connections, sends the requests spread over one second, notes the moment of every read, and works out
afterwards how late each token was, counted from its request. ``EVENTS`` is how many a stream has; the first
(the role) and the second (the first token) are due at once, each further token ``INTERVAL`` seconds later. Prints
JSON: how many streams finished, and the lateness in milliseconds.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from pathlib import Path
from typing import Final, cast

import msgspec
import uvloop

from bench.exchange import request

#: Seconds over which the requests are spread.
SPREAD: Final = 1.0

#: Seconds after which what has not finished is lost.
PATIENCE: Final = 60.0

#: Connections that are opened at the same time.
OPENING: Final = 100

#: Events of a stream before the first token that is waited for, and after the last: finish reason and ``[DONE]``.
FIRST: Final = 2
LAST: Final = 2


class Reader(asyncio.Protocol):
    """One stream. ``reads`` holds the moment of each read and how many events had come by then."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.sent = 0.0
        self.events = 0
        self.reads: list[tuple[float, int]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods alone

    def send(self, data: bytes) -> None:
        """Ask for the stream."""
        self.sent = time.monotonic()
        self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        self.events += data.count(b"\n\n")
        self.reads.append((time.monotonic(), self.events))

    def lateness(self, events: int, interval: float) -> list[float]:
        """Seconds between the moment when each token was due and when it was read."""
        late, seen = [], FIRST
        for moment, total in self.reads:
            tokens = min(total, events - LAST)
            late += [moment - self.sent - (event - FIRST + 1) * interval for event in range(seen, tokens)]
            seen = max(seen, tokens)
        return late


async def opened(port: int, count: int) -> list[Reader]:
    """Open the connections."""
    loop = asyncio.get_running_loop()
    readers: list[Reader] = []
    while len(readers) < count:
        opening = [loop.create_connection(Reader, "127.0.0.1", port) for _ in range(min(OPENING, count - len(readers)))]
        readers += [reader for _, reader in await asyncio.gather(*opening)]
    return readers


async def read(port: int, count: int, events: int, interval: float, body: bytes) -> dict[str, float]:
    """Read all streams."""
    loop = asyncio.get_running_loop()
    readers = await opened(port, count)
    gc.freeze()
    begin = loop.time() + 0.1
    for place, reader in enumerate(readers):
        loop.call_at(begin + place * SPREAD / count, reader.send, request(body))
    end = begin + PATIENCE
    while loop.time() < end and any(reader.events < events for reader in readers):  # noqa: ASYNC110
        await asyncio.sleep(0.25)  # cheaper than an event for every read
    return report(readers, events, interval)


def report(readers: list[Reader], events: int, interval: float) -> dict[str, float]:
    """Sum up."""
    late = sorted(value * 1000 for reader in readers for value in reader.lateness(events, interval))
    return {
        "finished": sum(reader.events == events for reader in readers),
        "p50": late[len(late) // 2],
        "p99": late[len(late) * 99 // 100],
        "most": late[-1],
    }


if __name__ == "__main__":
    port, count, events = map(int, sys.argv[1:4])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(read(port, count, events, float(sys.argv[4]), Path(sys.argv[5]).read_bytes()))
    sys.stdout.write(msgspec.json.encode(found).decode())
