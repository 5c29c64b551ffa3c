"""When the pieces of an answer leave, for those who await them: as a delivery's do, without its connection."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from openai_mock_api.http import Response, Stream
    from openai_mock_api.server.held import Held
    from openai_mock_api.server.pacer import Pacer

#: The extension of a scope by which our own server hands over the ``transport`` of a connection, to be broken.
CUT: Final = "openai_mock_api.cut"


class CutError(Exception):
    """The connection is to be cut: a signal, which never reaches a user."""


class Sending:
    """One answer on its way.

    ``begin`` comes before status and headers are sent, ``events`` sends a stream's. Who does more than wait until it
    is time asks ``made`` and ``freed`` when that is, and counts the events in the response.
    """

    def __init__(self, response: Response, pacer: Pacer) -> None:
        self._response = response
        self._pacer = pacer
        self._due = pacer.moment(response.begun)
        self._gate: Held | None = response.gate
        self._changed = asyncio.Event()
        self._first = True
        self.begun = False
        """Whether status and headers have been sent."""
        if self._gate is not None:
            self._gate.watch(asyncio.get_running_loop(), self._changed.set)

    async def begin(self) -> None:
        """Wait until status and headers may leave. The response is complete then. Raises ``CutError``."""
        await self._pacer.until(await self.made())

    async def events(self, stream: Stream) -> AsyncIterator[bytes]:
        """Yield the events as they may leave, together where nothing parts them. Raises ``CutError``."""
        if stream.delays is None and self._gate is None:
            yield stream.whole()
            self._response.sent = len(stream)
            return
        for delay, data in stream.frames():
            await self._pacer.until(await self.freed(delay))
            yield data
            self._response.sent += 1

    async def made(self) -> float:
        """Wait until the response is complete, and nothing but time keeps status and headers back.

        Returns when they may leave, as the pacer counts. Raises ``CutError``.
        """
        if self._response.pending is not None:
            await self._response.pending
            self._due = max(self._due, self._pacer.time())
        return await self.freed(self._response.delay)

    async def freed(self, delay: float) -> float:
        """Wait until nothing but time keeps the next piece back, which is due ``delay`` seconds after the last.

        Returns when it may leave, as the pacer counts. Raises ``CutError``.
        """
        self._due += delay
        if self._gate is not None and await self._has_waited(self._gate):
            self._due = max(self._due, self._pacer.time())
        return self._due

    def leave(self) -> None:
        """Note that the client has hung up."""
        self._response.hung_up = True
        if self._gate is not None:
            self._gate.leave()

    async def _has_waited(self, gate: Held) -> bool:
        """Wait for the gate, and say whether the next piece has waited there, as the first one always has.

        Such a piece is not late, and neither is what follows it.
        """
        waited, self._first = self._first, False
        while not gate.admits():
            if gate.cut:
                raise CutError
            waited = True
            await self._changed.wait()
            self._changed.clear()
        return waited
