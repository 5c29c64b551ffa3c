"""Timers for thousands of paced answers: all that are due in the same millisecond share one.

libuv's timers have a resolution of a millisecond, so nothing is lost by it. As long as a clock shows the system's time,
the event loop's own count of seconds is used; what is told to the clock moves all timers.
"""

from __future__ import annotations

import asyncio
import math
import threading
from contextlib import suppress
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import asyncio

    from openai_mock_api.clock import Clock

#: Seconds by which something may happen early: what the timers of the loop can tell apart.
EARLY: Final = 0.001


class Due(Protocol):
    """Something that goes on when it is time."""

    def proceed(self) -> None:
        """Go on."""


class Tick:
    """One millisecond and who waits for it. ``timer`` is None while the clock stands still."""

    def __init__(self, number: int, timer: asyncio.TimerHandle | None) -> None:
        self.number = number
        self.timer = timer
        self.waiting: dict[Due, None] = {}

    def stop(self) -> None:
        """Stop the timer."""
        if self.timer is not None:
            self.timer.cancel()


class _Sleeper:
    """A coroutine that waits for a tick."""

    def __init__(self, future: asyncio.Future[None]) -> None:
        self._future = future

    def proceed(self) -> None:
        if not self._future.done():
            self._future.set_result(None)


class Pacer:
    """The ticks of one event loop that somebody waits for, on a clock. Used in the loop's thread, but for ``wake``."""

    def __init__(self, loop: asyncio.AbstractEventLoop, clock: Clock) -> None:
        self._loop = loop
        self._clock = clock
        self._offset = loop.time() - clock.monotonic()
        self._ticks: dict[int, Tick] = {}
        # While time that has passed at once is made up for: the ticks to come, in order, and the moment reached.
        self._late: list[int] | None = None
        self._reached = 0.0

    def time(self) -> float:
        """Seconds of the clock since an arbitrary moment."""
        if not self._clock.moved:
            return self._loop.time()
        return self._clock.monotonic() + self._offset if self._late is None else self._reached

    def moment(self, begun: float) -> float:
        """Return a moment of the clock's ``monotonic`` as ``time`` counts it."""
        now = self.time()  # first, for the clock may be advanced between the two
        return now - (self._clock.monotonic() - begun)

    def at(self, when: float, due: Due) -> Tick:
        """Let ``due`` proceed at ``when``, as ``time`` counts."""
        number = round(when * 1000)
        tick = self._ticks.get(number)
        if tick is None:
            tick = self._ticks[number] = Tick(number, self._timer(number))
            if self._late is not None:
                heappush(self._late, number)
        tick.waiting[due] = None
        return tick

    def cancel(self, tick: Tick, due: Due) -> None:
        """Let ``due`` wait no longer; the last one stops the timer."""
        tick.waiting.pop(due, None)
        if not tick.waiting and self._ticks.get(tick.number) is tick:
            tick.stop()
            del self._ticks[tick.number]

    async def until(self, when: float) -> None:
        """Wait until ``when``, as ``time`` counts."""
        while when > self.time() + EARLY:
            future = self._loop.create_future()
            sleeper = _Sleeper(future)
            tick = self.at(when, sleeper)
            try:
                await future
            finally:
                self.cancel(tick, sleeper)

    def wake(self) -> None:
        """Follow the clock, which was told something. May be called from any thread."""
        with suppress(RuntimeError):  # the loop has closed
            self._loop.call_soon_threadsafe(self._catch_up)

    def _timer(self, number: int) -> asyncio.TimerHandle | None:
        if not self._clock.moved:
            return self._loop.call_at(number / 1000, self._fire, number)
        wait = math.inf if self._late is not None else self._clock.real(number / 1000 - self.time())
        return None if wait == math.inf else self._loop.call_later(max(wait, 0.0), self._fire, number)

    def _fire(self, number: int) -> None:
        tick = self._ticks.pop(number, None)
        if tick is None:
            return
        tick.stop()
        while tick.waiting:
            due = next(iter(tick.waiting))
            del tick.waiting[due]
            due.proceed()

    def _catch_up(self) -> None:
        """Let happen what has become due, one after the other as if time had run, and set the timers anew."""
        end = self.time() + EARLY
        self._late = sorted(self._ticks)
        try:
            while self._late and self._late[0] / 1000 <= end:
                number = heappop(self._late)
                self._reached = number / 1000
                self._fire(number)
        finally:
            self._late = None
            self._set_timers()

    def _set_timers(self) -> None:
        for number, tick in self._ticks.items():
            tick.stop()
            tick.timer = self._timer(number)


class Pacers:
    """The pacers of all event loops that an app answers in. Lives as long as its clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pacers: dict[asyncio.AbstractEventLoop, Pacer] = {}
        self._lock = threading.Lock()
        clock.watch(self._wake)

    def of(self, loop: asyncio.AbstractEventLoop) -> Pacer:
        """Return the pacer of a loop. To be called in the loop's thread."""
        pacer = self._pacers.get(loop)
        return self._add(loop) if pacer is None else pacer

    def _add(self, loop: asyncio.AbstractEventLoop) -> Pacer:
        """Make the pacer of a loop, and forget those of loops that have closed."""
        with self._lock:
            living = {known: pacer for known, pacer in self._pacers.items() if not known.is_closed()}
            self._pacers = {**living, loop: Pacer(loop, self._clock)}
        return self._pacers[loop]

    def _wake(self) -> None:
        for pacer in tuple(self._pacers.values()):
            pacer.wake()
