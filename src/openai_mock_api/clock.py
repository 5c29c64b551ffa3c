"""Time, ids and randomness: the one place that a run's bytes depend on besides its requests."""

from __future__ import annotations

import random
import time
from base64 import b64encode
from typing import Final

_ALPHANUMERIC: Final = bytes.maketrans(b"+/", b"Qz")


class Clock:
    """The system's time, and a stream of randomness.

    Lives as long as a server. With a ``seed`` the ids of a run are the same every time; without one they
    differ from run to run.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed = seed
        self.random = random.Random(seed)  # noqa: S311 - ids of a mock, not secrets
        self._bytes = self.random.randbytes

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment, for durations."""
        return time.perf_counter()

    def token(self, length: int = 29) -> bytes:
        """Draw ``length`` (at most 32) letters and digits, as in ``chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT``."""
        return b64encode(self._bytes(24))[:length].translate(_ALPHANUMERIC)

    def hex(self, length: int = 32) -> str:
        """Draw ``length`` (an even number) hexadecimal digits, as in ``req_`` and ``resp_`` ids."""
        return self._bytes(length // 2).hex()
