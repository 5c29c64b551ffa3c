"""Gates: a test keeps answers back, and decides when they go, how far, or that the connection breaks instead."""

from __future__ import annotations

import logging
import math
import threading
import warnings
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from openai_mock_api.bell import Bell
from openai_mock_api.clock import seconds_of
from openai_mock_api.config.arguments import checked
from openai_mock_api.journal import Exchange
from openai_mock_api.server.gate_texts import listed, nobody_left, nothing_came, titled
from openai_mock_api.server.held import Held

if TYPE_CHECKING:
    from datetime import timedelta

    from openai_mock_api.clock import Clock

#: What a gate keeps back: the answers of a flow, by its id, or of the exchanges that a function says yes to.
Wanted = str | Callable[[Exchange], bool]

log = logging.getLogger("openai_mock_api.gates")

#: Seconds after which an answer that nobody has released goes by itself.
LONGEST: Final = 30.0

#: Seconds that a test waits for something to happen at a gate.
PATIENCE: Final = 10.0

#: So many answers that a gate did not keep back are named when nothing came to it.
_NAMED: Final = 5


class Cancellation(NamedTuple):
    """A client has hung up while its answer was kept back: at a moment in seconds since the epoch, ``after`` so many
    seconds at the gate.
    """  # noqa: D205 - one sentence

    exchange: Exchange
    at: float
    after: float


class Tale(NamedTuple):
    """What has happened at a gate: all that came to it, what is kept back now, who hung up, what went by itself, and
    the last that it did not keep back.
    """  # noqa: D205 - one sentence

    wanted: tuple[Wanted, ...]
    came: list[Exchange]
    held: list[Exchange]
    cancelled: list[Cancellation]
    expired: list[Exchange]
    passed: list[Exchange]
    open: bool


class Gate:
    """Keeps answers back until a test lets them go. ``MockServer.hold`` makes it; as a context manager it opens in
    the end. May be used from every thread.

    Each answer is kept back for at most ``longest`` seconds of real time; then it goes, and closing the gate warns of
    it. Times to wait are seconds, a ``timedelta`` or texts like ``1m``, of real time too.
    """  # noqa: D205 - one sentence

    def __init__(self, gates: Gates, id_: str, wanted: tuple[Wanted, ...], longest: float, clock: Clock) -> None:
        self.id = id_
        self.longest = longest
        self._gates = gates
        self._wanted = wanted
        self._clock = clock
        self._lock = threading.RLock()
        self._bell = Bell()
        self._came: list[Held] = []
        self._told = 0
        self._open = False
        self._permits = 0
        self._chunks = 0.0
        self._cancelled: list[Cancellation] = []
        self._expired: list[Exchange] = []
        self._passed: deque[Exchange] = deque(maxlen=_NAMED)
        self._fault: Exception | None = None

    def __repr__(self) -> str:
        return f"<Gate of {self._title}, {len(self.held)} held>"

    # -- what has come to it

    @property
    def held(self) -> list[Exchange]:
        """The exchanges whose answers are kept back now, or some of their events, oldest first."""
        return [held.exchange for held in self._waiting()]

    def wait(self, timeout: float | str | timedelta = PATIENCE) -> Exchange:
        """Wait until a request has come whose answer is kept back, and return its exchange; the next time, the next.

        Raises ``TimeoutError``.
        """
        return self._came_in_time(self._bell.wait_for(self._newcomer, seconds_of(timeout)), timeout)

    async def wait_async(self, timeout: float | str | timedelta = PATIENCE) -> Exchange:  # noqa: ASYNC109 - as ``wait``
        """Do the same without holding up the event loop."""
        return self._came_in_time(await self._bell.wait_for_async(self._newcomer, seconds_of(timeout)), timeout)

    @property
    def cancelled(self) -> Cancellation | None:
        """The last client that has hung up while its answer was kept back: its exchange, when, and after how long."""
        return self._cancelled[-1] if self._cancelled else None

    def wait_cancelled(self, timeout: float | str | timedelta = PATIENCE) -> Cancellation:
        """Wait until a client has hung up while its answer was kept back. Raises ``TimeoutError``."""
        return self._left_in_time(self._bell.wait_for(lambda: self.cancelled, seconds_of(timeout)), timeout)

    async def wait_cancelled_async(self, timeout: float | str | timedelta = PATIENCE) -> Cancellation:  # noqa: ASYNC109
        """Do the same without holding up the event loop."""
        return self._left_in_time(await self._bell.wait_for_async(lambda: self.cancelled, seconds_of(timeout)), timeout)

    # -- what becomes of it

    @checked
    def release(self, count: int | None = None) -> None:
        """Let all answers go, and keep none back from now on; with ``count``, only so many: the oldest first.

        If fewer are there, the next to come make up the number. Raises ``ValueError`` for a number below 1.
        """
        _check(count)
        with self._lock:
            freed = self._waiting()[:count]
            if count is None:
                self._open = True
            else:
                self._permits += count - len(freed)
        self._allow(freed, math.inf)

    @checked
    def release_chunks(self, count: int) -> None:
        """Let so many more events of each stream go that is kept back; if none is, of the next to come.

        Status and headers leave with the first. An answer that is no stream is one event. Raises ``ValueError`` for a
        number below 1.
        """
        _check(count)
        with self._lock:
            waiting = self._waiting()
            self._chunks += 0 if waiting else count
        self._allow(waiting, count)

    def disconnect(self) -> None:
        """Cut the connections of all answers that are kept back."""
        with self._lock:
            waiting = self._waiting()
            for held in waiting:
                held.cut = True
        for held in waiting:
            held.wake()

    def close(self) -> None:
        """Let all answers go, and be a gate no more. Does nothing when it is closed already.

        Warns (``UserWarning``) when an answer was kept back too long.
        """
        expired = self.end()
        if expired:
            warnings.warn(
                f"The gate of {self._title} kept {listed(expired)} back for {self.longest:g} s, then let it go: "
                "nobody released it. Call release(), or leave the gate's `with` block.",
                stacklevel=2,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- for the server

    @property
    def tale(self) -> Tale:
        """What has happened so far, for those who cannot wait in this process."""
        with self._lock:
            came = [held.exchange for held in self._came]
            cancelled, expired, passed = self._cancelled.copy(), self._expired.copy(), list(self._passed)
            return Tale(self._wanted, came, self.held, cancelled, expired, passed, self._open)

    def end(self) -> list[Exchange]:
        """Close it, and return the exchanges whose answers were kept back too long, those that were not told of yet."""
        self._gates.remove(self)
        self.release()
        expired, self._expired = self._expired, []
        return expired

    def take(self, exchange: Exchange) -> bool:
        """Keep the answer of an exchange back, if it is one of those that are wanted and the gate is not open."""
        wanted = self._wants(exchange)
        with self._lock:
            if self._open or not wanted:
                self._passed.append(exchange)
                return False
            exchange.response.gate = Held(exchange, self, self._clock.monotonic(), self._allowance())
            self._came.append(exchange.response.gate)
        self._bell.ring()
        return True

    def cancel(self, held: Held) -> None:
        """Note that the client has hung up."""
        held.gone = True
        waited = self._clock.monotonic() - held.since
        self._cancelled.append(Cancellation(held.exchange, self._clock.now(), waited))
        self._bell.ring()

    def expire(self, held: Held) -> None:
        """Let an answer go whose time is over."""
        self._expired.append(held.exchange)
        log.warning("the gate of %s let %s go after %g s", self._title, listed([held.exchange]), self.longest)
        self._allow([held], math.inf)

    # -- inside

    def _allowance(self) -> float:
        """Return how many events of the next answer a test has let go before it came."""
        if self._permits:
            self._permits -= 1
            return math.inf
        chunks, self._chunks = self._chunks, 0
        return chunks

    def _waiting(self) -> list[Held]:
        with self._lock:
            return [held for held in self._came if held.waits]

    def _allow(self, freed: list[Held], events: float) -> None:
        with self._lock:
            for held in freed:
                held.allowed += events
        for held in freed:
            held.wake()

    def _wants(self, exchange: Exchange) -> bool:
        try:
            return not self._wanted or any(_fits(wanted, exchange) for wanted in self._wanted)
        except Exception as error:
            self._fault = error
            log.exception("the gate of %s could not look at an exchange", self._title)
            return False

    def _newcomer(self) -> Exchange | None:
        with self._lock:
            if self._told == len(self._came):
                return None
            self._told += 1
            return self._came[self._told - 1].exchange

    def _came_in_time(self, exchange: Exchange | None, timeout: float | str | timedelta) -> Exchange:
        if exchange is not None:
            return exchange
        raise TimeoutError(nothing_came(self._title, seconds_of(timeout), self._passed)) from self._fault

    def _left_in_time(self, left: Cancellation | None, timeout: float | str | timedelta) -> Cancellation:
        if left is not None:
            return left
        raise TimeoutError(nobody_left(self._title, seconds_of(timeout)))

    @property
    def _title(self) -> str:
        return titled(wanted if isinstance(wanted, str) else None for wanted in self._wanted)


def _check(count: int | None) -> None:
    if count is not None and count < 1:
        raise ValueError(f"expected 1 or more, got {count}")


def _fits(wanted: Wanted, exchange: Exchange) -> bool:
    return exchange.matched == wanted if isinstance(wanted, str) else wanted(exchange)


class Gates:
    """The gates of a room. ``shut`` are those that may keep something back."""

    def __init__(self, clock: Clock) -> None:
        self.shut: tuple[Gate, ...] = ()
        self._made = 0
        self._clock = clock
        self._lock = threading.Lock()

    def hold(self, *wanted: Wanted, timeout: float | str | timedelta = LONGEST) -> Gate:
        """Keep back the answers that are wanted, all of them if nothing is named, from now on."""
        with self._lock:
            self._made += 1
            gate = Gate(self, f"gate_{self._made}", wanted, seconds_of(timeout), self._clock)
            self.shut = (*self.shut, gate)
        return gate

    def keep_back(self, exchange: Exchange) -> None:
        """Let the oldest gate that wants an answer keep it back."""
        any(gate.take(exchange) for gate in self.shut)

    def remove(self, gate: Gate) -> None:
        """Forget a gate."""
        with self._lock:
            self.shut = tuple(other for other in self.shut if other is not gate)

    def close(self) -> None:
        """Close every gate."""
        for gate in self.shut:
            gate.close()
