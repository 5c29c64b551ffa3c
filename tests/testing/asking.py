"""Requests to a mock that is not served, and what it answers."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from openai_mock_api import MockServer
from openai_mock_api.http import Request

if TYPE_CHECKING:
    from openai_mock_api.journal import Exchange
    from openai_mock_api.mock import Mock


def bare_mock(config: Any = None) -> MockServer:
    """A mock that refuses what nothing matches."""
    return MockServer(config, unmatched="error")


def ask(mock: Mock, *said: str | dict[str, Any], path: str = "/v1/chat/completions", **parameters: Any) -> Exchange:
    """Ask, wait for functions that answer, and return the exchange. A text is a user's message."""
    messages = [{"role": "user", "content": text} if isinstance(text, str) else text for text in said]
    headers = [(b"authorization", b"Bearer test-key"), *parameters.pop("headers", [])]
    body = {"model": "gpt-4o", "messages": messages, **parameters}
    response = mock._room.handle(Request("POST", path, headers, json.dumps(body).encode()))
    if response.pending is not None:
        asyncio.run(_awaited(response.pending))
    exchange = mock.last_request
    assert exchange is not None
    return exchange


async def _awaited(pending: Any) -> None:
    await pending


def answers(mock: Mock, *texts: str) -> list[str | int | None]:
    """Ask one text after the other, each on its own; return what was said, or the status of an error."""
    exchanges = [ask(mock, text) for text in texts]
    return [exchange.text if exchange.status == 200 else exchange.status for exchange in exchanges]


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def tools(*names: str) -> list[dict[str, Any]]:
    return [{"type": "function", "function": {"name": name}} for name in names]
