"""Running a server: binding the port, the event loop, a thread of its own, and a clean end."""

from __future__ import annotations

import asyncio
import atexit
import errno
import socket
import sys
import threading
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from uvicorn.config import Config
from uvicorn.server import Server

from openai_mock_api.errors import PortInUseError, ServerError
from openai_mock_api.server.adapters.asgi import AsgiAdapter
from openai_mock_api.server.adapters.fast import FastProtocol
from openai_mock_api.server.adapters.sockets import protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.server.adapters.core import Core
    from openai_mock_api.server.app import App

#: Seconds after which an idle connection is closed.
KEEP_ALIVE: Final = 75

#: Seconds after which a server that serves prepares for its first request. Who has just started it goes first: what is
#: prepared is compiled code that lets no other thread run.
PREPARE_AFTER: Final = 0.05

#: Connections that may wait to be accepted.
BACKLOG: Final = 4096

#: Seconds that a stopping thread gets before it is left alone.
PATIENCE: Final = 10


def bind(host: str, port: int) -> socket.socket:
    """Open a listening socket. Raises ``PortInUseError``, or ``ServerError`` for an address that cannot be used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:  # the last two: a port or host that can be none
        listener.close()
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise PortInUseError(host, port) from None
        reason = getattr(error, "strerror", None) or error
        raise ServerError(f"cannot listen on {host} port {port}: {reason}") from None
    listener.setblocking(False)
    return listener


def url_of(host: str, port: int) -> str:
    """Where a client on this machine finds a server: ``http://127.0.0.1:3000``."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def protocol_config(core: Core) -> Config:
    """Say how uvicorn serves an app."""
    return Config(
        AsgiAdapter(core),
        http=FastProtocol,
        ws=cast("type[asyncio.Protocol]", protocol),
        ws_max_size=core.settings.max_body_bytes,
        ws_ping_interval=None,  # a client that a debugger has stopped is not gone
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        backlog=BACKLOG,
    )


class Service(Server):
    """A uvicorn server that stops when told, not at the next tick.

    ``stop(grace)`` may be called from any thread: no further connection is accepted, answers under way get
    ``grace`` seconds to finish, then their connections are cut.
    """

    def __init__(self, app: App, on_ready: Callable[[], None] | None = None, *, alone: bool = False) -> None:
        """``alone`` says that no other process is meant to accept from the port."""
        super().__init__(protocol_config(app))
        self._app = app
        self._on_ready = on_ready
        self._alone = alone
        self._grace = 0.0
        self._stopping: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self, grace: float = 0.0) -> None:
        """Begin to stop."""
        self._grace = grace
        self.should_exit = True
        if self._loop is not None and self._stopping is not None:
            with suppress(RuntimeError):  # the loop has closed already
                self._loop.call_soon_threadsafe(self._stopping.set)

    def cut(self) -> None:
        """Stop waiting for answers under way."""
        self.force_exit = True

    async def main_loop(self) -> None:
        """Serve until told to stop. Once a second the date header is renewed."""
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        await self.on_tick(0)
        if self._on_ready is not None:
            self._on_ready()
        self._loop.call_later(PREPARE_AFTER, self._prepare)
        while not self.should_exit:
            try:
                await asyncio.wait_for(self._stopping.wait(), 1)
            except TimeoutError:
                await self.on_tick(0)

    def _prepare(self) -> None:
        threading.Thread(target=self._app.prepare, name="openai-mock-api-prepare", daemon=True).start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the port, let answers finish for the time of grace, cut the rest."""
        self._close_port(sockets or [])
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._drained()
        for connection in list(self.server_state.connections):
            connection.shutdown()  # a WebSocket that still answers says now why it ends
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)
        if self.server_state.tasks:  # they have been told that their clients are gone
            await asyncio.wait(self.server_state.tasks, timeout=1)

    def _close_port(self, listeners: list[socket.socket]) -> None:
        for listener in listeners:
            if self._alone:  # what was forked from this process holds it too, and would keep the port
                with suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)
        for server in self.servers:
            server.close()
        for listener in listeners:
            listener.close()

    async def _drained(self) -> None:
        """Wait until every connection has closed, the time of grace is over, or somebody loses patience."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._grace
        # uvicorn keeps its connections in a set, which tells nobody when it is empty.
        while self.server_state.connections and loop.time() < end and not self.force_exit:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Make uvloop's event loop where there is one."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop  # not on Windows

    return uvloop.new_event_loop()


def serve(service: Service, listener: socket.socket) -> None:
    """Run a service in this thread until it is stopped."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(service._serve(sockets=[listener]))  # noqa: SLF001 - ``serve`` would take over the process's signals


class ServerThread:
    """A service in a thread of its own, which never keeps the interpreter from exiting."""

    def __init__(self, app: App, host: str, port: int) -> None:
        """Start, and return when requests are served. Raises ``PortInUseError`` and ``ServerError``."""
        listener = bind(host, port)
        self.port: int = listener.getsockname()[1]
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._service = Service(app, self._ready.set, alone=True)
        self._thread = threading.Thread(target=self._run, args=(listener,), name="openai-mock-api", daemon=True)
        self._thread.start()
        _running.add(self)
        self._ready.wait()
        if self._failure is not None:
            raise ServerError(f"the server did not start: {self._failure}") from self._failure

    def _run(self, listener: socket.socket) -> None:
        try:
            with listener:
                serve(self._service, listener)
        except BaseException as error:
            self._failure = error
        finally:
            self._ready.set()

    def stop(self) -> None:
        """Cut what is under way, free the port, and wait for the thread."""
        self._service.stop()
        self._thread.join(PATIENCE)

    @property
    def alive(self) -> bool:
        """Whether requests are served."""
        return self._thread.is_alive()


_running: Final[weakref.WeakSet[ServerThread]] = weakref.WeakSet()


@atexit.register
def _stop_all() -> None:
    """End the threads before the interpreter goes away beneath them."""
    for thread in list(_running):
        thread.stop()
