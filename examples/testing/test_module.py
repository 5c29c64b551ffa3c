"""One server for a module, started before its tests and stopped after them. The plugin is not needed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from openai import OpenAI

from openai_mock_api import MockConfig, MockServerInstance, create_mock_server

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG: dict[str, Any] = {
    "api_key": "test-key",
    "responses": [
        {
            "id": "test-response",
            "messages": [{"role": "user", "content": "test"}, {"role": "assistant", "content": "Test response"}],
        }
    ],
}


@pytest.fixture(scope="module")
def server() -> Iterator[MockServerInstance]:
    instance = asyncio.run(create_mock_server(CONFIG, port=0))
    asyncio.run(instance.start())
    yield instance
    asyncio.run(instance.stop())


@pytest.fixture(scope="module")
def client(server: MockServerInstance) -> Iterator[OpenAI]:
    with OpenAI(api_key="test-key", base_url=f"http://127.0.0.1:{server.port}/v1") as client:
        yield client


def test_a_completion_is_answered(client: OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-4", messages=[{"role": "user", "content": "test"}])
    assert answer.choices[0].message.content == "Test response"


def test_a_stream_is_answered(client: OpenAI) -> None:
    stream = client.chat.completions.create(model="gpt-4", messages=[{"role": "user", "content": "test"}], stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "Test response"


def test_the_configuration_may_be_typed() -> None:
    assert MockConfig(api_key="test-key").api_key == "test-key"
