"""Waiting until another thread has brought something about, for threads and for event loops."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

#: Seconds after which those who wait look again though nobody has rung: an answer goes on when its request has come.
ROUND: Final = 0.02


class Bell:
    """Wakes those who wait for a change. It is rung after the change, from any thread.

    Who waits gives a function that returns what is waited for, or None as long as it is not there. The function is
    called in the thread that waits, and again whenever the bell rings, and every so often. Seconds are the system's.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._ringers: list[Callable[[], object]] = []

    def ring(self) -> None:
        """Let all who wait look again."""
        with self._condition:
            self._condition.notify_all()
            ringers = tuple(self._ringers)
        for ringer in ringers:
            with suppress(RuntimeError):  # the loop that waited has closed
                ringer()

    def wait_for(self, look: Callable[[], T | None], seconds: float) -> T | None:
        """Wait, and return what was found, or None when the time was over before."""
        end = time.monotonic() + seconds
        with self._condition:
            while (found := look()) is None and (left := end - time.monotonic()) > 0:
                self._condition.wait(min(left, ROUND))
            return found

    async def wait_for_async(self, look: Callable[[], T | None], seconds: float) -> T | None:
        """Wait without holding up the event loop."""
        rung = asyncio.Event()
        ringer = partial(asyncio.get_running_loop().call_soon_threadsafe, rung.set)
        self._ringers.append(ringer)
        end = time.monotonic() + seconds
        try:
            while (found := look()) is None and (left := end - time.monotonic()) > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(left, ROUND)):
                        await rung.wait()
                rung.clear()
            return found
        finally:
            self._ringers.remove(ringer)
