"""A server by the interface of the npm package: created, then started and stopped, all of it asynchronous."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from openai_mock_api.config.model import Unmatched
from openai_mock_api.mock import MockServer
from openai_mock_api.server.sources import ConfigSource

if TYPE_CHECKING:
    from types import TracebackType


class ServerOptions(TypedDict, total=False):
    """The options of ``MockServer`` beside the configuration."""

    port: int | None
    host: str | None
    verbose: bool
    log_file: str | os.PathLike[str] | None
    seed: int | None
    unmatched: Unmatched | None
    watch: bool


class CreateMockServerOptions(ServerOptions, total=False):
    """The options of ``create_mock_server`` and ``start_mock_server``, as a dictionary to pass with ``**``."""

    config: ConfigSource


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


async def create_mock_server(config: ConfigSource, **options: Unpack[ServerOptions]) -> MockServerInstance:
    """Create a server without starting it. Options and errors are those of ``MockServer``."""
    return MockServerInstance(MockServer(config, **options))


async def start_mock_server(config: ConfigSource, **options: Unpack[ServerOptions]) -> MockServerInstance:
    """Create a server and start it. Raises ``ConfigError`` and ``PortInUseError``."""
    instance = await create_mock_server(config, **options)
    await instance.start()
    return instance
