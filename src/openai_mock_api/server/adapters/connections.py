"""Connections within the process: to a client's own protocol, over a pair of sockets that no network sees."""

from __future__ import annotations

import asyncio
import socket
from email.utils import formatdate
from typing import TYPE_CHECKING, TypeVar

from uvicorn.server import ServerState

from openai_mock_api.server.runner import protocol_config

if TYPE_CHECKING:
    from collections.abc import Callable

    from openai_mock_api.server.adapters.core import Core

ClientT = TypeVar("ClientT", bound=asyncio.Protocol)


class Connections:
    """Connects clients with an app, whose protocol runs in the client's event loop. Serves several loops."""

    def __init__(self, core: Core) -> None:
        self._config = protocol_config(core)
        self._config.load()
        self._server: Callable[..., asyncio.Protocol] = self._config.http_protocol_class

    async def open(self, client: Callable[[], ClientT]) -> ClientT:
        """Make a connection, and return its client's side. What ends it is that the client closes it."""
        ours, theirs = socket.socketpair()
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(self._protocol, ours)
        _, connection = await loop.create_connection(client, sock=theirs)
        return connection

    def _protocol(self) -> asyncio.Protocol:
        state = ServerState()
        state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        return self._server(self._config, state, {})
