"""One answer at a gate, as who sends it sees it."""

from __future__ import annotations

import math
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from openai_mock_api.journal import Exchange
    from openai_mock_api.server.gates import Gate


class Held:
    """One answer at a gate, for who sends it. ``allowed`` counts the events that may leave; a plain answer is one."""

    def __init__(self, exchange: Exchange, gate: Gate, since: float, allowed: float) -> None:
        self.exchange = exchange
        self.since = since
        self.allowed = allowed
        self.cut = False
        self.gone = False
        self._gate = gate
        self._wake: Callable[[], object] | None = None

    @property
    def waits(self) -> bool:
        """Whether it, or the rest of it, is still the gate's to let go."""
        return not (self.gone or self.cut or self.allowed == math.inf or self.exchange.response.finished)

    def admits(self) -> bool:
        """Whether the next piece may leave. Status and headers go with the first event, and the end with the last."""
        response = self.exchange.response
        ended = response.stream is not None and response.sent >= len(response.stream)
        return not self.cut and (self.allowed > response.sent or ended)

    def watch(self, loop: asyncio.AbstractEventLoop, look: Callable[[], None]) -> None:
        """Let ``look`` be called in the loop when something has changed. From now on the longest time runs."""
        self._wake = partial(loop.call_soon_threadsafe, look)
        loop.call_later(self._gate.longest, self._expire)

    def leave(self) -> None:
        """Note that the client has hung up."""
        if self.waits:
            self._gate.cancel(self)

    def wake(self) -> None:
        """Let who sends it look again."""
        if self._wake is not None:
            with suppress(RuntimeError):  # the loop has closed
                self._wake()

    def _expire(self) -> None:
        if self.waits:
            self._gate.expire(self)
