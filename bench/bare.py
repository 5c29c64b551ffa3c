"""The yardstick: httptools on uvloop with nothing in between. ``python -m bench.bare FRAMES PORT``.

Every request is parsed and answered with the same bytes, as one write, or paced as one write and one timer a frame.
``FRAMES`` is a MessagePack list of pairs: seconds after the request, bytes.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import httptools
import msgspec
import uvloop

if TYPE_CHECKING:
    from collections.abc import Callable

Frames = list[tuple[float, bytes]]


class Constant(asyncio.Protocol):
    """Answers in one write."""

    transport: asyncio.Transport

    def __init__(self, frames: Frames) -> None:
        self._answer = b"".join(data for _, data in frames)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods alone
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.transport.write(self._answer)


class Paced(Constant):
    """Answers with a timer and a write for each frame."""

    def __init__(self, frames: Frames) -> None:
        super().__init__(frames)
        self._frames = frames
        self._loop = asyncio.get_running_loop()

    def on_message_complete(self) -> None:
        self._begun = self._loop.time()
        self._at = 0
        self._send()

    def _send(self) -> None:
        self.transport.write(self._frames[self._at][1])
        self._at += 1
        if self._at < len(self._frames):
            self._loop.call_at(self._begun + self._frames[self._at][0], self._send)


async def serve(frames: Frames, port: int) -> None:
    """Serve until killed."""
    protocol: Callable[[Frames], Constant] = Paced if len(frames) > 1 else Constant
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(frames), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(msgspec.msgpack.decode(Path(sys.argv[1]).read_bytes(), type=Frames), int(sys.argv[2])))
