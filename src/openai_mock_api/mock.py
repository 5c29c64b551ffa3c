"""The programmatic face: a mock server for blocking and asynchronous tests alike.

The server always runs in a thread of its own with its own event loop, so that blocking and async clients in the
same test both work.
"""

from __future__ import annotations

import asyncio
import os
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from openai_mock_api.clock import Clock
from openai_mock_api.config.arguments import checked
from openai_mock_api.config.model import Unmatched
from openai_mock_api.config.settings import Settings
from openai_mock_api.errors import ApiError, MockError, ServerError
from openai_mock_api.server.adapters.asgi import AsgiAdapter
from openai_mock_api.server.adapters.core import Entrance
from openai_mock_api.server.app import App
from openai_mock_api.server.gates import LONGEST, Gate, Wanted
from openai_mock_api.server.logs import LogFile, configure_logging
from openai_mock_api.server.namespaces import BASE
from openai_mock_api.server.reload import Loaded, Reload, Watch
from openai_mock_api.server.runner import ServerThread, url_of
from openai_mock_api.server.sources import compiled, followed, started
from openai_mock_api.testing.additions import Additions
from openai_mock_api.testing.connectors import connector
from openai_mock_api.testing.reports import no_response
from openai_mock_api.testing.scripting import Scripting
from openai_mock_api.testing.transports import async_transport, transport
from openai_mock_api.testing.verification import Verification

if TYPE_CHECKING:
    from types import TracebackType

    import aiohttp
    import httpx
    import httpx2

    from openai_mock_api.journal import Exchange
    from openai_mock_api.server.adapters.core import Core
    from openai_mock_api.server.room import Room
    from openai_mock_api.server.sources import ConfigSource
else:
    ConfigSource = Any  # the loader says what it cannot be


class Mock(Scripting, Verification):
    """What a test does with one mock API: the server's own, or that of a namespace."""

    def __init__(self, room: Room, core: Core) -> None:
        additions = Additions(room)
        Scripting.__init__(self, room, additions)
        Verification.__init__(self, room, additions)
        self._core = core

    @property
    def api_key(self) -> str:
        """A key that is accepted."""
        keys = self._room.settings.keys
        return self._room.key or (keys[0] if keys else "test-key")

    def reset(self) -> None:
        """Forget the journal, stored objects and cached prompts, what was added to the script and what functions have
        raised; start every sequence again, and fill the buckets of rate limits.
        """  # noqa: D205 - one sentence
        self._room.reset()
        self._additions.reset()
        self._misses_allowed = False

    # -- time

    @property
    def clock(self) -> Clock:
        """The time that everything in the server goes by: ``freeze()``, ``advance("1h")``, ``scale(0.01)``."""
        return self._room.clock

    @checked
    def hold(self, *responses: Wanted, timeout: float | str | timedelta = LONGEST) -> Gate:
        """Keep answers back until the gate lets them go: those of the responses with these ids, all if none is named.

        Instead of an id a function may be given; it gets the exchange and says whether its answer is kept back.
        ``timeout`` is the longest that an answer is kept back; a forgotten gate does not hang a test. Raises
        ``ValueError`` for an id that the script does not have; for what is added later a function is given.
        """
        known = self._room.answering.script.by_id
        for id_ in responses:
            if isinstance(id_, str) and id_ not in known:
                raise ValueError(no_response(id_, known))
        return self._room.gates.hold(*responses, timeout=timeout)

    # -- in this process, whether or not the server runs

    @overload
    def transport(self, library: Literal["httpx2"] | None = None) -> httpx2.BaseTransport: ...

    @overload
    def transport(self, library: Literal["httpx"]) -> httpx.BaseTransport: ...

    def transport(self, library: Literal["httpx2", "httpx"] | None = None) -> Any:
        """Make a transport for a ``Client`` of httpx2 or httpx, by default of the one that the installed SDK uses.

        Its requests come here without a socket, whatever their URL. How long it waits for an answer goes by the clock,
        but is never longer than the client's timeout really lasts. It may be used by several clients and threads.

        Raises ``ModuleNotFoundError`` when the library is not installed.
        """
        return transport(self._core, library)

    @overload
    def async_transport(self, library: Literal["httpx2"] | None = None) -> httpx2.AsyncBaseTransport: ...

    @overload
    def async_transport(self, library: Literal["httpx"]) -> httpx.AsyncBaseTransport: ...

    def async_transport(self, library: Literal["httpx2", "httpx"] | None = None) -> Any:
        """Make a transport for an ``AsyncClient``, as ``transport`` does."""
        return async_transport(self._core, library)

    def aiohttp_connector(self, **options: Any) -> aiohttp.BaseConnector:
        """Make a connector for an ``aiohttp.ClientSession``, whose requests come here, whatever their URL.

        No port is needed. ``options`` are those of ``aiohttp.BaseConnector``, and an event loop must run, as for that.
        Raises ``ModuleNotFoundError`` when aiohttp is not installed.
        """
        return connector(self._core, **options)  # type: ignore[no-any-return, unused-ignore]

    @property
    def asgi(self) -> AsgiAdapter:
        """The mock as an ASGI application, to be mounted in others, with the same script and journal."""
        return AsgiAdapter(self._core)


class MockServer(Mock):
    """A mock OpenAI API.

    ``with MockServer(config, port=0) as mock`` starts and stops it, as does ``async with``; so do ``start`` and
    ``stop``. It may be started again after it was stopped, and be used from any thread.

    ``config`` is a ``MockConfig``, a mapping, YAML text or a path; without one every call is answered with generated
    text and any key is accepted. ``port`` (default: the configuration's, else 3000; 0 picks a free one) and
    ``host`` (default 127.0.0.1) override the configuration. ``verbose`` logs how requests were matched, ``log_file``
    is a file that gets the log as JSON lines. With a ``seed`` (default: the configuration's) ids and random numbers are
    the same in every run, in whichever order requests come. ``unmatched`` says what a call gets that nothing matches
    (default: the configuration's); with ``error`` and without a configuration it waits for what a test adds. With
    ``watch`` the configuration, a path, is loaded again whenever one of its files changes while the server runs; a
    broken one is logged and changes nothing.

    Raises ``ConfigError`` for a configuration that cannot be used, or not be watched.
    """

    @checked
    def __init__(
        self,
        config: ConfigSource | Settings | None = None,
        *,
        port: int | None = None,
        host: str | None = None,
        verbose: bool = False,
        log_file: str | os.PathLike[str] | None = None,
        seed: int | None = None,
        unmatched: Unmatched | None = None,
        watch: bool = False,
    ) -> None:
        loaded = followed(config, unmatched) if watch else Loaded(started(config, unmatched), ())
        settings = loaded.settings
        self._app = App(settings, Clock(settings.seed if seed is None else seed))
        super().__init__(self._app, self._app)
        self._asked_port = settings.port if port is None else port
        self._host = host or settings.host
        self._verbose = verbose
        self._log_file = log_file
        self._logging: LogFile | None = None
        self._thread: ServerThread | None = None
        self._reload = Reload(self._app, loaded.files, lambda: followed(config, unmatched)) if watch else None
        self._watch: Watch | None = None
        self._lifetime = threading.Lock()

    # -- lifetime

    def start(self) -> Self:
        """Open the port and serve. Does nothing when it serves already.

        Raises ``PortInUseError`` (an ``OSError``) when the port is taken.
        """
        with self._lifetime:
            if not self.running:
                self._end()
                self._begin()
        return self

    def _begin(self) -> None:
        self._logging = configure_logging(self._verbose, self._log_file)
        try:
            self._thread = ServerThread(self._app, self._host, self._asked_port)
        except MockError:
            self._end()
            raise
        if self._reload is not None:
            self._watch = Watch(self._reload)

    def stop(self) -> None:
        """Cut open streams, free the port. The journal stays. Does nothing when it is stopped already."""
        with self._lifetime:
            self._end()

    def _end(self) -> None:
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()
        if self._logging is not None:
            self._logging.close()
            self._logging = None
        self._app.open_gates()

    @property
    def running(self) -> bool:
        """Whether requests are served."""
        return self._thread is not None and self._thread.alive

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)

    # -- where it is

    @property
    def port(self) -> int:
        """TCP port. With ``port=0`` it is known once the server runs, and 0 before."""
        return self._thread.port if self._thread is not None else self._asked_port

    @property
    def host(self) -> str:
        """Address that it listens on."""
        return self._host

    @property
    def url(self) -> str:
        """``http://127.0.0.1:3000``. Raises ``ServerError`` while the port is not known."""
        if self.port == 0:
            raise ServerError("the port is not known before the server runs; start it first")
        return url_of(self._host, self.port)

    @property
    def base_url(self) -> str:
        """What an SDK wants: ``http://127.0.0.1:3000/v1``."""
        return f"{self.url}/v1"

    # -- apart from others

    @checked
    def namespace(self, name: str | None = None, *, config: ConfigSource | Settings | None = None) -> Namespace:
        """Open a namespace: a closed room with a base URL and a key of its own; either alone is enough to reach it.

        It begins with what this server was configured with, or with ``config``. ``name`` has letters, digits, ``.``,
        ``_`` and ``-``; without one it gets a name that was never used. Raises ``ServerError`` for a name that is open,
        and ``ConfigError``.
        """
        return Namespace(self, name, config)


class Namespace(Mock):
    """A closed room inside a server. ``MockServer.namespace`` opens it.

    As a context manager, blocking or async, it is closed in the end. It shares nothing with the rest of the server but
    the port and the clock. May be used from every thread.
    """

    def __init__(self, server: MockServer, name: str | None, config: ConfigSource | Settings | None) -> None:
        self._server = server
        self._app = server._app  # noqa: SLF001 - of this module
        settings = None if config is None else compiled(config, needs_key=False)
        try:
            room = self._app.open(name, settings)
        except ApiError as error:
            raise ServerError(error.message) from None
        super().__init__(room, Entrance(self._app, room))

    def __repr__(self) -> str:
        return f"<Namespace {self.name}>"

    @property
    def name(self) -> str:
        """What tells it from others, in the log and in its paths."""
        return self._room.name

    @property
    def url(self) -> str:
        """``http://127.0.0.1:3000/ns/name``. Raises ``ServerError`` while the server's port is not known."""
        return f"{self._server.url}{BASE}{self.name}"

    @property
    def base_url(self) -> str:
        """What an SDK wants: ``http://127.0.0.1:3000/ns/name/v1``."""
        return f"{self.url}/v1"

    @property
    def late(self) -> list[Exchange]:
        """The requests that came after it was closed, oldest first. They were answered with an error."""
        return self._room.late.exchanges()

    @property
    def is_open(self) -> bool:
        """Whether requests are answered."""
        return self._app.namespaces.is_open(self._room)

    def close(self) -> None:
        """Answer no more requests: what comes later gets an error and is ``late``. What happened stays.

        Does nothing when it is closed already.
        """
        if self.is_open:
            self._app.close(self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
