"""Answers that take time: their pieces, and when each of them leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from openai_mock_api.server.pacer import Tick, pacer_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

    from uvicorn.protocols.http.flow_control import FlowControl

    from openai_mock_api.http import Response, Stream

#: Seconds by which a piece may leave early: what the timers of the loop can tell apart.
EARLY: Final = 0.001

_LAST_CHUNK: Final = b"0\r\n\r\n"


class Connection(Protocol):
    """What a delivery needs of the connection that it serves."""

    loop: asyncio.AbstractEventLoop
    flow: FlowControl
    transport: asyncio.Transport

    def deliver(self, delivery: Delivery | None) -> None:
        """Note the answer under way."""

    def answered(self, keep_alive: bool) -> None:
        """Note that an answer has left."""

    def go_on(self) -> None:
        """Turn to who waits in line."""


def in_one_chunk(head: bytes, stream: Stream) -> bytes:
    """All events of a stream as one chunk, behind the head."""
    data = stream.whole()
    return b"".join((head, b"%x\r\n" % len(data), data, b"\r\n", _LAST_CHUNK))


def pieces(response: Response, head: bytes, method: str) -> Iterator[tuple[float, bytes, int]]:
    """Yield what goes over the wire as (seconds to wait before, bytes, number of events in them)."""
    stream = response.stream
    if method == "HEAD":
        yield response.delay, head, 0
    elif stream is None:
        yield response.delay, head + response.body, 0
    elif stream.delays is None:
        yield response.delay, in_one_chunk(head, stream), len(stream)
    else:
        yield response.delay, head, 0
        for delay, data in stream.frames():
            yield delay, b"%x\r\n%b\r\n" % (len(data), data), 1
        yield 0.0, _LAST_CHUNK, 0


class Delivery:
    """An answer that takes time: paced, or held up by a slow reader.

    Pieces are due at moments counted from the start, so that lateness does not add up.
    """

    def __init__(
        self, connection: Connection, response: Response, pieces: Iterator[tuple[float, bytes, int]], keep_alive: bool
    ) -> None:
        self.keep_alive = keep_alive
        self._connection = connection
        self._response = response
        self._pieces = pieces
        self._next: tuple[float, bytes, int] | None = None
        self._due = connection.loop.time()
        self._tick: Tick | None = None

    def start(self) -> None:
        """Take over the connection."""
        self._connection.deliver(self)
        self._advance()

    def proceed(self) -> None:
        """Go on when it is time or the client has read, and let the connection go on when that was the end."""
        if self._advance():
            self._connection.go_on()

    def abandon(self, *, hung_up: bool) -> None:
        """Stop: the connection is gone. The journal is told whether it was the client's doing."""
        if self._tick is not None:
            self._tick.cancel(self)
        self._connection.deliver(None)
        self._response.hung_up = hung_up

    def _advance(self) -> bool:
        """Send what is due, until a later moment, a full buffer or the end; say whether it was the end."""
        self._tick = None
        connection = self._connection
        soon = connection.loop.time() + EARLY
        while not connection.flow.write_paused:
            if self._next is None and not self._fetch():
                self._finish()
                return True
            if self._due > soon:
                self._tick = pacer_of(connection.loop).at(self._due, self)
                return False
            self._send()
        return False

    def _fetch(self) -> bool:
        self._next = next(self._pieces, None)
        if self._next is not None:
            self._due += self._next[0]
        return self._next is not None

    def _send(self) -> None:
        assert self._next is not None
        _, data, events = self._next
        self._next = None
        self._connection.transport.write(data)
        self._response.sent += events

    def _finish(self) -> None:
        self._response.finished = True
        self._connection.deliver(None)
        self._connection.answered(self.keep_alive)
