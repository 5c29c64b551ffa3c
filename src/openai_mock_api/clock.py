"""Time, ids and randomness: the one place that a run's bytes depend on besides its requests."""

from __future__ import annotations

import math
import random
import re
import threading
import time
from binascii import b2a_base64
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_ALPHANUMERIC: Final = bytes.maketrans(b"+/", b"Qz")

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_DURATION: Final = re.compile(rf"(?:{_PART.pattern})+")

#: The last second that a date can tell, since the epoch, and the smallest factor of ``scale``.
LATEST: Final = 253_402_300_799
SMALLEST: Final = 1e-6

#: The stream that the request being answered draws from, and whose it is.
_stream: ContextVar[tuple[Streams, random.Random] | None] = ContextVar("stream", default=None)


def seconds_of(duration: float | str | timedelta) -> float:
    """Return a duration in seconds: a number of them, a ``timedelta``, or a text like ``1h``, ``1m30s``, ``200ms``.

    Raises ``ValueError`` for a text that is no duration and for a negative number, ``TypeError`` for anything else.
    """
    if isinstance(duration, str):
        seconds = _read(duration)
    elif isinstance(duration, timedelta):
        seconds = duration.total_seconds()
    else:
        seconds = float(_number(duration, "seconds, a timedelta or a text like '1m30s'"))
    if not 0 <= seconds < math.inf:
        raise ValueError(f"a duration is not negative and has an end, got {duration!r}")
    return seconds


def _number(value: float, expected: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected {expected}, got {value!r}")
    return value


def _read(text: str) -> float:
    if _DURATION.fullmatch(text) is None:
        raise ValueError(f"expected a duration like '1h', '1m30s' or '200ms', got {text!r}")
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def _course(real: Callable[[], float], start: float, speed: float) -> Callable[[], float]:
    """Return a time that is ``start`` now and goes ``speed`` times as fast as ``real``."""
    if not speed:
        return lambda: start
    since = real()
    return lambda: start + (real() - since) * speed


class Streams(random.Random):
    """Randomness of its own for each request, so that it does not matter which of them comes first.

    Between ``begin`` and the next one, in the same thread or task, everything is drawn from the stream that began;
    outside of requests, from one of the seed alone.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._seed = b"%d:" % seed
        self._own = random.Random(seed)  # noqa: S311 - ids of a mock, not secrets

    def begin(self, key: bytes) -> None:
        """Draw from the stream of ``key`` from now on."""
        _stream.set((self, random.Random(self._seed + key)))  # noqa: S311 - ids of a mock, not secrets

    def _current(self) -> random.Random:
        begun = _stream.get()
        return self._own if begun is None or begun[0] is not self else begun[1]

    def random(self) -> float:
        """Draw a number from 0 to 1, without 1."""
        return self._current().random()

    def getrandbits(self, k: int, /) -> int:
        """Draw ``k`` bits."""
        return self._current().getrandbits(k)


class Spell:
    """A while in which a clock runs otherwise. It has begun; as a context manager it ends with the block."""

    def __init__(self, clock: Clock, end: Callable[[], None]) -> None:
        self._clock = clock
        self._end = end

    def __enter__(self) -> Clock:
        return self._clock

    def __exit__(self, *_: object) -> None:
        self._end()


class Clock:
    """The time, ids and randomness of a server, for as long as it lives. May be used from every thread.

    It shows the system's time until it is told otherwise. Whatever waits or measures follows it: delays, pacing, rate
    limits, cached prompts, ``created``. Durations are seconds, a ``timedelta``, or texts like ``1h``, ``1m30s`` and
    ``200ms``. With a ``seed`` the same requests get the same ids and random numbers in every run, in whichever order
    they come.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.reseed(seed)
        # Attributes, not methods: every request asks several times.
        self.now: Callable[[], float] = time.time
        """Seconds since the epoch."""
        self.monotonic: Callable[[], float] = time.perf_counter
        """Seconds since an arbitrary moment, for durations. It never goes back."""
        self.speed = 1.0
        """Seconds of this clock in a second: 0 when it stands still."""
        self.moved = False
        """Whether it has ever been anything else than the system's."""
        self._away = False
        self._lock = threading.RLock()
        self._watchers: list[Callable[[], None]] = []

    # -- time

    def freeze(self, at: datetime | float | None = None) -> Spell:
        """Stop the time, where it is or ``at`` a moment: a ``datetime``, or seconds since the epoch.

        Whatever waits goes on waiting until ``advance``. As a context manager it lets time run again, as it did before.
        Raises ``TypeError`` or ``ValueError`` for what is no moment.
        """
        moment = at.timestamp() if isinstance(at, datetime) else at
        if moment is not None:
            _number(moment, "a datetime or seconds since the epoch")
        return self._spell(0.0, moment)

    def scale(self, factor: float) -> Spell:
        """Let everything take ``factor`` times as long: with 0.01, a hundredth of its time.

        As a context manager it lets time run again, as it did before. Raises ``ValueError`` unless ``factor`` is at
        least a millionth.
        """
        if not 0 < _number(factor, "a number") < math.inf:
            raise ValueError(f"expected a factor that is more than 0, got {factor!r}")
        if factor < SMALLEST:
            raise ValueError(f"expected a factor of {SMALLEST:f} or more, got {factor!r}")
        return self._spell(1 / factor)

    def advance(self, duration: float | str | timedelta) -> None:
        """Move the time forward at once, whether it runs or not.

        What becomes due has been handed to the event loops when this returns; there it happens in its order. Raises
        ``ValueError`` for what is no duration, and for one that ends after the year 9999.
        """
        seconds = seconds_of(duration)
        with self._lock:
            self._run(self.speed, self.now() + seconds, seconds)

    def resume(self) -> None:
        """Let the time run at its own pace, from where it is."""
        with self._lock:
            self._run(1.0, self.now())

    def reset(self) -> None:
        """Show the system's time again."""
        if not self._away:
            return
        with self._lock:
            self._run(1.0, time.time())
            self._away, self.now = False, time.time

    def _spell(self, speed: float, moment: float | None = None) -> Spell:
        with self._lock:
            before, was_away = self.speed, self._away
            self._run(speed, self.now() if moment is None else moment)
        return Spell(self, lambda: self._run(before, self.now()) if was_away else self.reset())

    def _run(self, speed: float, now: float, by: float = 0.0) -> None:
        """Go on from the moment ``now`` at another speed; ``by`` seconds have passed at once.

        Raises ``ValueError`` for a moment that no calendar tells.
        """
        if not 0 <= now <= LATEST:
            raise ValueError(f"expected a moment in the years 1970 to 9999, got {now!r} seconds since the epoch")
        with self._lock:
            self.moved = self._away = True
            self.monotonic = _course(time.perf_counter, self.monotonic() + by, speed)
            self.now = _course(time.time, now, speed)
            self.speed = speed
            watchers = tuple(self._watchers)
        for watcher in watchers:
            watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Let ``watcher`` be called, in whatever thread, each time that the clock is told something."""
        self._watchers.append(watcher)

    def real(self, seconds: float) -> float:
        """Return how long ``seconds`` of this clock really take; infinitely long when it stands still."""
        return seconds / self.speed if self.speed else math.inf

    # -- ids

    def reseed(self, seed: int | None) -> None:
        """Draw from another seed, or from none. It holds for rooms that are opened, or loaded, from now on.

        Raises ``TypeError`` unless it is an integer.
        """
        if seed is not None and type(seed) is not int:
            raise TypeError(f"expected an integer as the seed, got {seed!r}")
        self.seed = seed
        self.streams = None if seed is None else Streams(seed)
        self.random: random.Random = self.streams or random.Random()  # noqa: S311 - ids of a mock, not secrets
        self._bits = self.random.getrandbits

    def token(self, length: int = 29) -> bytes:
        """Draw ``length`` (at most 32) letters and digits, as in ``chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT``."""
        return b2a_base64(self._bits(192).to_bytes(24, "little"))[:length].translate(_ALPHANUMERIC)

    def hex(self, length: int = 32) -> str:
        """Draw ``length`` (an even number) hexadecimal digits, as in ``req_`` and ``resp_`` ids."""
        return self._bits(length * 4).to_bytes(length // 2, "little").hex()
