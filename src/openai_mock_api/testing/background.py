"""An event loop in a thread of its own, for blocking code that has to wait for what happens in one."""

from __future__ import annotations

import asyncio
import atexit
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


class Background:
    """A loop that begins with its first use and ends with ``stop``. May be used from every thread but its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        self._over: asyncio.Event

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work`` in the loop, and wait for it. It is cancelled when the waiting is interrupted."""
        future = asyncio.run_coroutine_threadsafe(work, self._started())
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def stop(self) -> None:
        """Cancel what is under way, and end the thread. It begins again when it is used again."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None and thread.is_alive():
            self._loop.call_soon_threadsafe(self._over.set)
            thread.join()

    def _started(self) -> asyncio.AbstractEventLoop:
        """Return the loop; begin it if there is none, or none any more after a fork of the process."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                begun = threading.Event()
                self._thread = threading.Thread(
                    target=asyncio.run, args=(self._main(begun),), name="openai-mock-api-background", daemon=True
                )
                self._thread.start()
                begun.wait()
            return self._loop

    async def _main(self, begun: threading.Event) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        begun.set()
        await self._over.wait()


#: The one that blocking clients of this process wait with.
BACKGROUND: Final = Background()
atexit.register(BACKGROUND.stop)
