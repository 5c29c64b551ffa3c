"""The connector's own part. With aiohttp itself it is tested in ``tests/clients``."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from openai_mock_api import MockServer
from openai_mock_api.testing import connectors
from tests.script_of_tests import CONFIG
from tests.server.adapters.test_connections import Client
from tests.serving import chat, post


class BaseConnector:
    """As much of aiohttp's class as the connector relies on."""

    def __init__(self, limit: int = 100) -> None:
        self.limit = limit
        self._factory = Client


@pytest.fixture
def _aiohttp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connectors, "aiohttp", SimpleNamespace(BaseConnector=BaseConnector))


@pytest.mark.usefixtures("_aiohttp")
async def test_its_connections_end_in_the_mock() -> None:
    mock = MockServer(CONFIG)
    connector: Any = mock.aiohttp_connector(limit=3)
    assert (isinstance(connector, BaseConnector), connector.limit) == (True, 3)
    client = await connector._create_connection("request", [], "timeout")
    client.transport.write(post(chat("Hello")))
    await client.until(b"}")
    client.transport.close()
    await asyncio.wait_for(client.lost.wait(), 10)
    assert [exchange.finished for exchange in mock.requests] == [True]
