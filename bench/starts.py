"""Starting in a process that has everything imported. ``python -m bench.starts ROUNDS``.

Prints JSON, in milliseconds: ``MockServer.start``, a bare ``uvicorn.Server`` in a thread, and ``MockServer.reset``.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from statistics import median
from typing import Any, Final

import msgspec
from uvicorn import Config, Server

from bench import exchange
from bench.rounds import interleaved
from bench.rules import CONTAINS, Rules, body
from openai_mock_api import MockServer

RULES: Final = Rules([CONTAINS], 100)

#: Resets of which the median is taken, each after a request.
RESETS: Final = 100


async def hello(_: Any, __: Any, send: Any) -> None:
    """Answer every request: the smallest ASGI application."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


class Announced(Server):
    """A uvicorn server that says when it serves."""

    def __init__(self) -> None:
        super().__init__(Config(hello, port=0, lifespan="off", log_config=None, access_log=False))
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


def start_ours() -> float:
    """Start and stop a mock; return how long the start took."""
    mock = MockServer(RULES.config, port=0)
    begun = time.perf_counter()
    mock.start()
    took = time.perf_counter() - begun
    exchange.ask(mock.port, body(RULES.hits()[0]))
    mock.stop()
    return took * 1000


def start_uvicorn() -> float:
    """Start and stop uvicorn in a thread; return how long the start took."""
    begun = time.perf_counter()
    server = Announced()
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    server.ready.wait()
    took = time.perf_counter() - begun
    server.should_exit = True
    thread.join()
    return took * 1000


def reset(mock: MockServer) -> float:
    """Return how long it takes to forget a request that has come by a client's open connection."""
    asked = body(RULES.hits()[0])
    with socket.create_connection(("127.0.0.1", mock.port)) as connection:
        return median(_forget(mock, connection, asked) for _ in range(RESETS))


def _forget(mock: MockServer, connection: socket.socket, asked: bytes) -> float:
    exchange.ask_on(connection, asked)
    begun = time.perf_counter()
    mock.reset()
    return (time.perf_counter() - begun) * 1000


def measure(rounds: int) -> dict[str, float]:
    """Measure all three in turn."""
    with MockServer(RULES.config, port=0) as mock:
        measures = {"start": start_ours, "uvicorn": start_uvicorn, "reset": lambda: reset(mock)}
        return {name: median(taken[1:]) for name, taken in interleaved(measures, rounds + 1).items()}


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(measure(int(sys.argv[1]))).decode())
