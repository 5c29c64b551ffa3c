"""The programmatic face: a mock server for blocking and asynchronous tests alike.

The server always runs in a thread of its own with its own event loop, so that blocking and async clients in the
same test both work.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Self, TypedDict

from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.errors import MockError, ServerError
from openai_mock_api.server.app import App
from openai_mock_api.server.asgi import AsgiAdapter
from openai_mock_api.server.logs import LogFile, configure_logging
from openai_mock_api.server.runner import ServerThread, url_of

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from types import TracebackType

    from openai_mock_api.config.model import MockConfig
    from openai_mock_api.journal import Exchange

    ConfigSource = MockConfig | Mapping[str, Any] | str | os.PathLike[str]


class CreateMockServerOptions(TypedDict, total=False):
    """The options of ``create_mock_server`` and ``start_mock_server``, as a dictionary to pass with ``**``."""

    config: ConfigSource
    port: int | None
    host: str | None
    verbose: bool
    log_file: str | os.PathLike[str] | None


class MockServer:
    """A mock OpenAI API.

    ``with MockServer(config, port=0) as mock`` starts and stops it, as does ``async with``; so do ``start`` and
    ``stop``. It may be started again after it was stopped, and be used from any thread.

    ``config`` is a ``MockConfig``, a mapping, YAML text or a path; without one every call is answered with generated
    text and any key is accepted. ``port`` (default: the configuration's, else 3000; 0 picks a free one) and
    ``host`` (default 127.0.0.1) override the configuration. ``verbose`` logs how requests were matched, ``log_file``
    is a file that gets the log as JSON lines.

    Raises ``ConfigError`` for a configuration that cannot be used.
    """

    def __init__(
        self,
        config: ConfigSource | None = None,
        *,
        port: int | None = None,
        host: str | None = None,
        verbose: bool = False,
        log_file: str | os.PathLike[str] | None = None,
    ) -> None:
        settings = Settings.zero() if config is None else Settings.of(load_config(config).config)
        self._app = App(settings)
        self._asked_port = settings.port if port is None else port
        self._host = host or settings.host
        self._verbose = verbose
        self._log_file = log_file
        self._logging: LogFile | None = None
        self._thread: ServerThread | None = None
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

    def stop(self) -> None:
        """Cut open streams, free the port. The journal stays. Does nothing when it is stopped already."""
        with self._lifetime:
            self._end()

    def _end(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()
        if self._logging is not None:
            self._logging.close()
            self._logging = None

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

    @property
    def api_key(self) -> str:
        """A key that is accepted."""
        return self._app.settings.keys[0] if self._app.settings.keys else "test-key"

    # -- what happened

    @property
    def requests(self) -> list[Exchange]:
        """The exchanges that the journal keeps, oldest first."""
        return self._app.journal.exchanges()

    @property
    def last_request(self) -> Exchange | None:
        """The newest exchange, None when there was none."""
        exchanges = self.requests
        return exchanges[-1] if exchanges else None

    def reset(self) -> None:
        """Forget the journal, and start every sequence again."""
        self._app.reset()

    @property
    def asgi(self) -> AsgiAdapter:
        """The mock as an ASGI application, with the same script and journal."""
        return AsgiAdapter(self._app)


class MockServerInstance:
    """A server as the npm package's guide knows it: ``port``, ``await start()``, ``await stop()``, ``server``."""

    def __init__(self, server: MockServer) -> None:
        self.server = server

    @property
    def port(self) -> int:
        """TCP port. With port 0 it is known once the server runs."""
        return self.server.port

    @property
    def url(self) -> str:
        """``http://127.0.0.1:3000``."""
        return self.server.url

    @property
    def base_url(self) -> str:
        """What an SDK wants: ``http://127.0.0.1:3000/v1``."""
        return self.server.base_url

    @property
    def api_key(self) -> str:
        """A key that is accepted."""
        return self.server.api_key

    async def start(self) -> None:
        """Open the port and serve. Raises ``PortInUseError`` (an ``OSError``)."""
        await asyncio.to_thread(self.server.start)

    async def stop(self) -> None:
        """Cut open streams, free the port. May be called twice."""
        await asyncio.to_thread(self.server.stop)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


async def create_mock_server(
    config: ConfigSource,
    *,
    port: int | None = None,
    host: str | None = None,
    verbose: bool = False,
    log_file: str | os.PathLike[str] | None = None,
) -> MockServerInstance:
    """Create a server without starting it. Options and errors are those of ``MockServer``."""
    return MockServerInstance(MockServer(config, port=port, host=host, verbose=verbose, log_file=log_file))


async def start_mock_server(
    config: ConfigSource,
    *,
    port: int | None = None,
    host: str | None = None,
    verbose: bool = False,
    log_file: str | os.PathLike[str] | None = None,
) -> MockServerInstance:
    """Create a server and start it. Raises ``ConfigError`` and ``PortInUseError``."""
    instance = await create_mock_server(config, port=port, host=host, verbose=verbose, log_file=log_file)
    await instance.start()
    return instance
