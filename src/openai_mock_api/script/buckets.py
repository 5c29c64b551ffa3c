"""Token buckets: what a rate limit has left at a moment."""

from __future__ import annotations

import math
from typing import Final

#: Seconds in which an empty bucket is full again.
PERIOD: Final = 60.0

#: Seconds that make no difference: adding floating-point numbers leaves less behind.
_SLACK: Final = 1e-7


class Bucket:
    """Holds ``size`` units, is full at first, and is refilled all the time at the rate of ``size`` a minute.

    Moments (``now``) and durations are seconds of one clock that does not go back. Lives until its limits are reset.
    """

    __slots__ = ("_full_at", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self._full_at = -math.inf

    def remaining(self, now: float) -> int:
        """Count the whole units that can be taken."""
        refilled = PERIOD - self.reset(now) + _SLACK
        return max(0, min(self.size, math.floor(refilled * self.size / PERIOD)))

    def reset(self, now: float) -> float:
        """Return the seconds until the bucket is full."""
        return max(0.0, self._full_at - now)

    def wait(self, units: int, now: float) -> float:
        """Return the seconds until ``units``, at most ``size``, can be taken; whole milliseconds, rounded up."""
        if units <= self.remaining(now):
            return 0.0
        missing = self.reset(now) + units * PERIOD / self.size - PERIOD - _SLACK
        return max(1, math.ceil(missing * 1000)) / 1000

    def take(self, units: int, now: float) -> None:
        """Take ``units``, for which there is nothing to wait any more."""
        self._full_at = now + self.reset(now) + units * PERIOD / self.size
