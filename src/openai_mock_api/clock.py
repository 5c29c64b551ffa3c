"""Time, ids and randomness: the one place that a run's bytes depend on besides its requests."""

from __future__ import annotations

import random
import time
from binascii import b2a_base64
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_ALPHANUMERIC: Final = bytes.maketrans(b"+/", b"Qz")


class Clock:
    """The system's time, and a stream of randomness.

    Lives as long as a server. With a ``seed`` the ids of a run are the same every time; without one they
    differ from run to run.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed = seed
        self.random = random.Random(seed)  # noqa: S311 - ids of a mock, not secrets
        self._bits = self.random.getrandbits
        # Attributes, not methods: every request asks several times.
        self.now: Callable[[], float] = time.time
        """Seconds since the epoch."""
        self.monotonic: Callable[[], float] = time.perf_counter
        """Seconds since an arbitrary moment, for durations."""

    def token(self, length: int = 29) -> bytes:
        """Draw ``length`` (at most 32) letters and digits, as in ``chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT``."""
        return b2a_base64(self._bits(192).to_bytes(24, "little"))[:length].translate(_ALPHANUMERIC)

    def hex(self, length: int = 32) -> str:
        """Draw ``length`` (an even number) hexadecimal digits, as in ``req_`` and ``resp_`` ids."""
        return self._bits(length * 4).to_bytes(length // 2, "little").hex()
