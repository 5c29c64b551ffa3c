"""Timers for thousands of paced answers: all that are due in the same millisecond share one.

libuv's timers have a resolution of a millisecond, so nothing is lost by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import asyncio


class Due(Protocol):
    """Something that goes on when it is time."""

    def proceed(self) -> None:
        """Go on."""


class Tick:
    """One millisecond and who waits for it."""

    def __init__(self, timer: asyncio.TimerHandle) -> None:
        self.timer = timer
        self.waiting: dict[Due, None] = {}

    def cancel(self, due: Due) -> None:
        """Wait no longer; the last one stops the timer."""
        self.waiting.pop(due, None)
        if not self.waiting:
            self.timer.cancel()


class Pacer:
    """The ticks of one event loop that somebody waits for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ticks: dict[int, Tick] = {}

    def at(self, when: float, due: Due) -> Tick:
        """Let ``due`` proceed at ``when``, a time of the loop's clock in seconds."""
        number = round(when * 1000)
        tick = self._ticks.get(number)
        if tick is None or not tick.waiting:
            tick = self._ticks[number] = Tick(self._loop.call_at(number / 1000, self._fire, number))
        tick.waiting[due] = None
        return tick

    def _fire(self, number: int) -> None:
        waiting = self._ticks.pop(number).waiting
        while waiting:
            due = next(iter(waiting))
            del waiting[due]
            due.proceed()


_pacers: WeakKeyDictionary[asyncio.AbstractEventLoop, Pacer] = WeakKeyDictionary()


def pacer_of(loop: asyncio.AbstractEventLoop) -> Pacer:
    """Return the pacer of an event loop."""
    pacer = _pacers.get(loop)
    if pacer is None:
        pacer = _pacers[loop] = Pacer(loop)
    return pacer
