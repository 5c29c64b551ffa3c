"""Servers beside each other, configurations made by code, and what can go wrong at the start."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from openai import OpenAI

from openai_mock_api import (
    ConfigError,
    ConversationMessage,
    MockConfig,
    MockResponse,
    MockServer,
    create_mock_server,
)

if TYPE_CHECKING:
    from pathlib import Path


def speaking(text: str) -> MockConfig:
    """Make a configuration: the key and the port may come from the environment."""
    return MockConfig(
        api_key=os.environ.get("TEST_API_KEY", "test-key"),
        port=int(os.environ.get("MOCK_PORT", "0")),
        responses=[
            MockResponse(
                id="greeting",
                messages=[
                    ConversationMessage(role="user", matcher="any"),
                    ConversationMessage(role="assistant", content=text),
                ],
            )
        ],
    )


def ask(url: str) -> str | None:
    with OpenAI(api_key="test-key", base_url=url) as client:
        answer = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hello"}])
    return answer.choices[0].message.content


def test_several_servers_have_ports_of_their_own() -> None:
    async def main() -> list[str | None]:
        servers = [await create_mock_server(speaking(text)) for text in ("Hello!", "Bonjour !")]
        await asyncio.gather(*(server.start() for server in servers))
        answers = await asyncio.gather(*(asyncio.to_thread(ask, server.base_url) for server in servers))
        await asyncio.gather(*(server.stop() for server in servers))
        return answers

    assert asyncio.run(main()) == ["Hello!", "Bonjour !"]


def test_the_log_can_go_to_a_file(tmp_path: Path) -> None:
    log = tmp_path / "mock-server.log"
    with MockServer(speaking("Hi!"), port=0, verbose=True, log_file=log) as mock, urlopen(f"{mock.url}/health"):
        pass
    assert json.loads(log.read_text(encoding="utf-8").splitlines()[-1])["status"] == 200


def test_a_port_that_is_taken_says_so() -> None:
    with MockServer(speaking("Hi!"), port=0) as first, pytest.raises(OSError, match="EADDRINUSE") as caught:
        MockServer(speaking("Hi!"), port=first.port).start()
    assert str(first.port) in str(caught.value)


def test_yaml_that_cannot_be_read_says_where() -> None:
    with pytest.raises(ConfigError, match="Failed to parse YAML configuration"):
        MockServer("responses: [")
