"""Several processes on one port: started, watched, replaced when they die, stopped together.

The parent opens the listening socket and every worker accepts from it, so that a worker's death loses no connection
that waits to be accepted. A pipe joins the parent to each worker: the worker says on it that it serves, the parent
that it shall stop. When the parent dies the pipe breaks and the worker stops too.
"""

from __future__ import annotations

import logging
import math
import signal
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from openai_mock_api.lazy import Lazy
from openai_mock_api.server.runner import Service, serve

if TYPE_CHECKING:
    import multiprocessing
    import socket
    from collections.abc import Callable
    from multiprocessing import connection
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from openai_mock_api.server.app import App

    #: Makes a worker's app from what the parent hands over. A function of a module, so that it can be named.
    Factory = Callable[[Any], App]
else:
    # A single process, which is what most commands serve with, needs none of it.
    multiprocessing, connection = Lazy("multiprocessing"), Lazy("multiprocessing.connection")

log = logging.getLogger("openai_mock_api.workers")

READY: Final = "ready"
STOP: Final = "stop"
CUT: Final = "cut"

#: A worker that dies younger than this (seconds) counts as one that cannot start.
YOUNG: Final = 5.0

#: So many deaths of young workers, one after the other, end the attempt.
FAILURES: Final = 5

#: Seconds that a worker gets beyond its grace before it is killed: one that hangs or is suspended hears no word.
PATIENCE: Final = 1.0


class Worker:
    """One process and the parent's end of its pipe."""

    def __init__(self, process: SpawnProcess, pipe: Connection) -> None:
        self.process = process
        self.pipe = pipe
        self.started = time.monotonic()
        self.ready = False

    @property
    def young(self) -> bool:
        """Whether it has just been started."""
        return time.monotonic() - self.started < YOUNG

    def tell(self, word: str) -> None:
        """Send a word; a worker that is gone hears nothing."""
        try:
            self.pipe.send(word)
        except OSError:
            log.debug("worker %s is gone already", self.process.pid)

    def heard(self) -> bool:
        """Read what the worker has said: whether it has just become ready."""
        try:
            said = self.pipe.recv()
        except (EOFError, OSError):
            return False
        self.ready = said == READY
        return self.ready


class Supervisor:
    """Runs ``count`` workers. ``make`` builds the app of each from ``argument``, which must be picklable."""

    def __init__(self, count: int, listener: socket.socket, make: Factory, argument: Any, grace: float) -> None:
        self.count = count
        self._listener = listener
        self._make = make
        self._argument = argument
        self._grace = grace
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[Worker] = []
        self._failures = 0
        self._announced = False
        self._last_moment = math.inf
        self.stopping = False

    def run(self, on_ready: Callable[[], None]) -> bool:
        """Run until told to stop; ``on_ready`` is called once, when all serve. False when workers cannot start."""
        for _ in range(self.count):
            self._start()
        while self._workers:
            self._listen(on_ready)
            self._kill_the_deaf()
            self._bury()
        self._listener.close()
        return self._failures < FAILURES

    def stop(self) -> None:
        """Let answers under way finish, then end."""
        self.stopping = True
        self._last_moment = time.monotonic() + self._grace + PATIENCE
        for worker in self._workers:
            worker.tell(STOP)

    def cut(self) -> None:
        """End now."""
        self._last_moment = time.monotonic() + PATIENCE
        for worker in self._workers:
            worker.tell(CUT)

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        arguments = (self._listener, theirs, self._make, self._argument, self._grace)
        process = self._context.Process(target=work, args=arguments, name="openai-mock-api-worker", daemon=True)
        process.start()
        theirs.close()
        log.debug("worker %s started", process.pid)
        self._workers.append(Worker(process, ours))

    def _listen(self, on_ready: Callable[[], None]) -> None:
        """Wait for a word from a worker or for its end."""
        pipes: dict[Any, Worker] = {worker.pipe: worker for worker in self._workers if not worker.ready}
        sources = [*pipes, *(worker.process.sentinel for worker in self._workers)]
        for source in connection.wait(sources, max(0.0, min(1.0, self._last_moment - time.monotonic()))):
            if source in pipes and pipes[source].heard() and all(worker.ready for worker in self._workers):
                self._all_ready(on_ready)

    def _all_ready(self, on_ready: Callable[[], None]) -> None:
        self._failures = 0
        if not self._announced:
            self._announced = True
            on_ready()

    def _kill_the_deaf(self) -> None:
        """Kill what should have ended."""
        if time.monotonic() < self._last_moment:
            return
        for worker in self._workers:
            log.warning("worker %s does not end, and is killed", worker.process.pid)
            worker.process.kill()
            worker.process.join()

    def _bury(self) -> None:
        """Remove dead workers; replace them unless the end has begun or replacing them is of no use."""
        dead = [worker for worker in self._workers if worker.process.exitcode is not None]
        self._workers = [worker for worker in self._workers if worker not in dead]
        for worker in dead:
            worker.pipe.close()
            if not self.stopping:
                self._replace(worker)

    def _replace(self, worker: Worker) -> None:
        self._failures += worker.young
        log.warning("worker %s ended with code %s", worker.process.pid, worker.process.exitcode)
        if self._failures < FAILURES:
            self._start()
        else:
            log.error("workers end as soon as they are started; giving up")
            self.stop()


def work(listener: socket.socket, pipe: Connection, make: Factory, argument: Any, grace: float) -> None:
    """Serve in a worker process, until the parent says stop or is gone."""
    service = Service(make(argument), on_ready=lambda: pipe.send(READY))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all, but stopping is the parent's
    signal.signal(signal.SIGTERM, lambda *_: service.stop(grace))
    threading.Thread(target=_obey, args=(service, pipe, grace), daemon=True).start()
    serve(service, listener)


def _obey(service: Service, pipe: Connection, grace: float) -> None:
    word = ""
    while word != CUT:
        try:
            word = pipe.recv()
        except (EOFError, OSError):
            word = CUT
        service.stop(grace if word == STOP else 0.0)
    service.cut()
