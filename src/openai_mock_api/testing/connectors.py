"""A connector by which clients that are made with aiohttp reach the mock in their own process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openai_mock_api.lazy import Lazy
from openai_mock_api.server.adapters.connections import Connections

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.client_proto import ResponseHandler

    from openai_mock_api.server.adapters.core import Core

aiohttp = Lazy("aiohttp")


class Connector:
    """What makes aiohttp's ``BaseConnector`` one whose connections end in the mock, wherever a URL points to."""

    _factory: Callable[[], ResponseHandler]

    def __init__(self, core: Core, **options: Any) -> None:
        super().__init__(**options)
        self._connections = Connections(core)

    async def _create_connection(self, *_: object) -> ResponseHandler:
        return await self._connections.open(self._factory)


def connector(core: Core, **options: Any) -> Any:
    """Make a connector. It needs a running event loop, as all of aiohttp's do."""
    kind = type("Connector", (Connector, aiohttp.BaseConnector), {})
    return kind(core, **options)
