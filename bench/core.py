"""The server's core in this process: an app, requests for it, and a connection without a socket."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from uvicorn.server import ServerState

from bench.exchange import PATH
from bench.rules import KEY
from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.http import Request
from openai_mock_api.server.adapters.fast import FastProtocol
from openai_mock_api.server.app import App
from openai_mock_api.server.runner import Service

if TYPE_CHECKING:
    from bench.rules import Rules


def app_of(rules: Rules) -> App:
    """Load rules as the command does, ready for the first request."""
    app = App(Settings.of(load_config(rules.config).config))
    app.prepare()
    return app


def request_of(body: bytes) -> Request:
    """Build the request that the fast path would."""
    headers = [
        (b"host", b"127.0.0.1"),
        (b"authorization", f"Bearer {KEY}".encode()),
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
    ]
    return Request("POST", PATH, headers, body)


class Sink(asyncio.Transport):
    """A transport that throws away what is written."""

    def write(self, data: Any) -> None:
        """Take the bytes."""

    def is_closing(self) -> bool:
        """Return False, always."""
        return False

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ARG002 - the interface's signature
        """Know nothing."""
        return default


def connection_of(app: App) -> FastProtocol:
    """Open a connection of the fast path that ends in a sink."""
    config = Service(app).config
    config.load()
    state = ServerState()
    state.default_headers = [(b"date", b"Mon, 01 Jan 2024 00:00:00 GMT")]
    connection = FastProtocol(config, state, {}, asyncio.new_event_loop())
    connection.connection_made(Sink())
    return connection
