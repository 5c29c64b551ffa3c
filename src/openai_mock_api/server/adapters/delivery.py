"""Answers that take time: their pieces, and when each of them leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

from openai_mock_api.server.pacer import EARLY, Pacer, Tick

if TYPE_CHECKING:
    from collections.abc import Iterator

    from uvicorn.protocols.http.flow_control import FlowControl

    from openai_mock_api.http import Response, Stream
    from openai_mock_api.server.held import Held

_LAST_CHUNK: Final = b"0\r\n\r\n"


class Connection(Protocol):
    """What a delivery needs of the connection that it serves."""

    loop: asyncio.AbstractEventLoop
    flow: FlowControl
    transport: asyncio.Transport

    @property
    def pacer(self) -> Pacer:
        """The pacer of the loop."""

    def deliver(self, delivery: Delivery | None) -> None:
        """Note the answer under way."""

    def answered(self, keep_alive: bool) -> None:
        """Note that an answer has left."""

    def go_on(self) -> None:
        """Turn to who waits in line."""


def in_one_chunk(head: bytes, stream: Stream) -> bytes:
    """All events of a stream as one chunk, behind the head. Where there are none, only the end, an empty chunk."""
    size = stream.size
    return stream.whole(b"%b%x\r\n" % (head, size), b"\r\n" + _LAST_CHUNK) if size else head + _LAST_CHUNK


def pieces(response: Response, head: bytes, method: str) -> Iterator[tuple[float, bytes, int]]:
    """Yield what goes over the wire as (seconds to wait before, bytes, number of events in them)."""
    stream = response.stream
    if method == "HEAD":
        yield response.delay, head, 0
    elif stream is None:
        yield response.delay, head + response.body, 0
    elif stream.delays is None and response.gate is None:
        yield response.delay, in_one_chunk(head, stream), len(stream)
    else:
        yield response.delay, head, 0
        for delay, data in stream.frames():
            yield delay, b"%x\r\n%b\r\n" % (len(data), data), 1
        yield 0.0, _LAST_CHUNK, 0


class Delivery:
    """An answer that takes time: still being made, kept back by a gate, paced, or held up by a slow reader.

    Pieces are due at moments counted from the start, so that lateness does not add up. What was still being made or was
    kept back is not late: its pieces count from the moment at which it goes on.
    """

    def __init__(
        self, connection: Connection, response: Response, pieces: Iterator[tuple[float, bytes, int]], keep_alive: bool
    ) -> None:
        self.keep_alive = keep_alive
        self._connection = connection
        self._response = response
        self._pieces = pieces
        self._next: tuple[float, bytes, int] | None = None
        self._pacer = connection.pacer
        self._due = self._pacer.moment(response.begun)
        self._tick: Tick | None = None
        self._gate: Held | None = response.gate
        self._making: asyncio.Future[None] | None = None
        self._blocked = self._begun = False

    def start(self) -> None:
        """Take over the connection."""
        self._connection.deliver(self)
        if self._gate is not None:
            self._gate.watch(self._connection.loop, self._look)
        if self._response.pending is not None:
            self._blocked = True
            self._making = asyncio.ensure_future(self._response.pending, loop=self._connection.loop)
            self._making.add_done_callback(self._made)
        else:
            self._advance()

    def proceed(self) -> None:
        """Go on when it is time or the client has read, and let the connection go on when that was the end."""
        if not self._blocked and self._advance():
            self._connection.go_on()

    def abandon(self, *, hung_up: bool) -> None:
        """Stop: the connection is gone. The journal is told whether it was the client's doing."""
        gate, self._gate = self._gate, None
        if self._tick is not None:
            self._pacer.cancel(self._tick, self)
        making, self._making = self._making, None
        if making is not None:
            making.cancel()
        self._blocked = True
        self._connection.deliver(None)
        self._response.hung_up = hung_up and not (gate is not None and gate.cut)
        if gate is not None and self._response.hung_up:
            gate.leave()

    def _made(self, _: asyncio.Future[None]) -> None:
        """Go on with what has been made, unless nobody waits for it any more."""
        if self._making is not None:
            self._making = None
            self._unblock()

    def _look(self) -> None:
        """See what the gate was told."""
        if self._gate is None:
            return
        if self._gate.cut:
            self._connection.transport.abort()
        elif self._blocked and self._making is None:
            self._unblock()

    def _unblock(self) -> None:
        self._blocked = False
        self._due = max(self._due, self._pacer.time())
        self.proceed()

    def _advance(self) -> bool:
        """Send what is due, until a later moment, a gate, a full buffer or the end; say whether it was the end."""
        self._tick = None
        connection = self._connection
        soon = self._pacer.time() + EARLY
        while not connection.flow.write_paused:
            if self._next is None and not self._fetch():
                self._finish()
                return True
            if self._gate is not None and not self._passes(self._gate):
                return False
            if self._due > soon:
                self._tick = self._pacer.at(self._due, self)
                return False
            self._send()
        return False

    def _passes(self, gate: Held) -> bool:
        """Whether the gate lets the next piece go. The first one has always waited there, and is not late."""
        self._blocked = not gate.admits()
        if not self._begun:
            self._due = max(self._due, self._pacer.time())
        return not self._blocked

    def _fetch(self) -> bool:
        self._next = next(self._pieces, None)
        if self._next is not None:
            self._due += self._next[0]
        return self._next is not None

    def _send(self) -> None:
        assert self._next is not None
        _, data, events = self._next
        self._next = None
        self._begun = True
        self._connection.transport.write(data)
        self._response.sent += events

    def _finish(self) -> None:
        self._gate = None
        self._response.finished = True
        self._connection.deliver(None)
        self._connection.answered(self.keep_alive)
