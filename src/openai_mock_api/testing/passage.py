"""One answer on its way to a client in the same process, which takes each piece when it wants it."""

from __future__ import annotations

import asyncio
import math
import threading
from email.utils import formatdate
from typing import TYPE_CHECKING, Final, NamedTuple

from openai_mock_api.server.adapters.sending import Sending
from openai_mock_api.server.pacer import EARLY

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from openai_mock_api.http import Headers, Request
    from openai_mock_api.server.adapters.core import Core
    from openai_mock_api.server.pacer import Pacer

#: Clients of several threads are let in one after the other, so that what is answered once is answered once. Reentrant,
#: for a gate's condition that makes a request of its own.
_TURNSTILE: Final = threading.RLock()

_NO_LOOP: Final = (
    "this answer takes time (a delay, pacing, a gate, a function), which is awaited with asyncio, and no event loop of "
    "asyncio is running here; start the mock and use its base_url"
)


class LateError(Exception):
    """A piece did not come within the seconds that the client waits: a signal, which never reaches a user."""

    def __init__(self, patience: float) -> None:
        super().__init__(f"nothing came within {patience:g} s, as the mock's clock counts")


class Passage:
    """An answer, made at once, that leaves piece by piece.

    First the client awaits ``begin`` and takes the ``head``; then it takes the ``pieces``, and awaits the ``turn`` of
    each. Nothing has to be awaited as long as it does not wait. ``patience`` is how many seconds the client waits for
    each piece, None for as long as it takes: seconds of the clock, or real ones when they are over sooner.
    """

    def __init__(self, core: Core, request: Request, patience: float | None) -> None:
        self._core = core
        self._method = request.method
        self._patience = math.inf if patience is None else patience
        self._asked = core.clock.monotonic()
        with _TURNSTILE:
            self.response = core.handle(request)
        self._sending: Sending | None = None
        self._lost = False
        response, stream = self.response, self.response.stream
        paced = stream is not None and stream.delays is not None
        self.waits: bool = paced or response.delay > 0 or response.pending is not None or response.gate is not None
        """Whether the next piece has to be waited for."""

    async def begin(self) -> None:
        """Wait until status and headers may leave. Raises ``LateError`` and ``CutError``."""
        pacer = self._pacer()
        late = self._core.clock.monotonic() - self._asked
        self._sending = Sending(self.response, pacer)
        await _in_time(self._sending.made(), pacer, self._patience, late)

    def turn(self, delay: float) -> Coroutine[None, None, None]:
        """Wait until the next piece may leave, ``delay`` seconds after the last. Raises as ``begin`` does."""
        return self._turn(delay, self._core.clock.monotonic())

    async def _turn(self, delay: float, asked: float) -> None:
        assert self._sending is not None
        late = self._core.clock.monotonic() - asked
        await _in_time(self._sending.freed(delay), self._pacer(), self._patience, late)

    def head(self) -> Headers:
        """Return the headers, as they go over the wire. An answer that has nothing else to wait for is complete."""
        response = self.response
        plain = response.stream is None
        framing = (b"content-length", b"%d" % len(response.body)) if plain else (b"transfer-encoding", b"chunked")
        headers = [(b"date", formatdate(usegmt=True).encode()), *response.headers()]
        if plain or self._method == "HEAD":
            self.waits, response.finished = False, True
        return headers if self._method == "HEAD" and not plain else [*headers, framing]

    def pieces(self) -> Iterator[tuple[float, bytes]]:
        """Yield the body, as (seconds to wait before, bytes). Each event of a stream is a piece of its own."""
        response = self.response
        if self._method == "HEAD":
            return
        if response.stream is None:
            yield 0.0, response.body
            return
        yield from response.stream.frames()

    def took(self, piece: bytes) -> bytes:
        """Note that the client has taken a piece, and return it."""
        response = self.response
        if response.stream is not None:
            response.sent += 1
            response.finished = response.sent == len(response.stream)
        return piece

    def leave(self) -> None:
        """Note that the client wants no more. It has hung up, unless it has everything or the connection is lost."""
        response = self.response
        if response.finished or response.hung_up or self._lost:
            return
        if self._sending is None:
            response.hung_up = True
        else:
            self._sending.leave()

    def lose(self) -> str:
        """Note that the connection was cut. Return what a client says of it."""
        self._lost = True
        if self.response.sent:
            return "peer closed connection without sending complete message body (incomplete chunked read)"
        return "Server disconnected without sending a response."

    def _pacer(self) -> Pacer:
        try:
            return self._core.pacers.of(asyncio.get_running_loop())
        except RuntimeError:
            raise RuntimeError(_NO_LOOP) from None


class _End(NamedTuple):
    """The end of a client's patience."""

    loop: asyncio.AbstractEventLoop
    limit: asyncio.Timeout

    def proceed(self) -> None:
        """Interrupt what is waited for, unless it has just come."""
        if not self.limit.expired():
            self.limit.reschedule(self.loop.time())


async def _in_time(ready: Coroutine[None, None, float], pacer: Pacer, patience: float, late: float) -> None:
    """Wait for the moment that ``ready`` tells. Raises ``LateError`` when the client, asking ``late`` ago, gives up.

    Where it is known when a piece is due, it is not how busy the machine is that decides which comes first. A piece
    that is due at the very end is in time.
    """
    if patience == math.inf:
        await pacer.until(await ready)
        return
    loop = asyncio.get_running_loop()
    last = pacer.time() - late + patience + EARLY
    try:
        async with asyncio.timeout(None) as limit:
            end = _End(loop, limit)
            tick, timer = pacer.at(last, end), loop.call_later(patience + EARLY, end.proceed)
            try:
                due = await ready
                await pacer.until(min(due, last))
            finally:
                timer.cancel()
                pacer.cancel(tick, end)
    except TimeoutError:
        raise LateError(patience) from None
    if due > last:
        raise LateError(patience)
