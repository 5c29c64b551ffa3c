from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import openai
import pytest

from openai_mock_api import ConfigError, create_mock_server, start_mock_server
from tests.serving import chat, flow

if TYPE_CHECKING:
    from openai_mock_api import CreateMockServerOptions, MockServerInstance

CONFIG: dict[str, Any] = {"responses": [flow("Hello", content="Hi")]}
YAML = """
api_key: my-key
port: 0
responses:
  - id: hello
    messages:
      - {role: user, content: Hello}
      - {role: assistant, content: Hi}
"""


async def ask(server: MockServerInstance) -> str | None:
    async with openai.AsyncOpenAI(base_url=server.base_url, api_key=server.api_key, max_retries=0) as client:
        answer: str | None = (await client.chat.completions.create(**chat("Hello"))).choices[0].message.content
        return answer


async def test_several_servers_at_once() -> None:
    servers = [await create_mock_server(CONFIG, port=0) for _ in range(4)]
    await asyncio.gather(*(server.start() for server in servers))
    try:
        assert len({server.port for server in servers}) == 4
        assert await asyncio.gather(*(ask(server) for server in servers)) == ["Hi"] * 4
        assert [len(server.server.requests) for server in servers] == [1] * 4
    finally:
        await asyncio.gather(*(server.stop() for server in servers))


async def test_the_guide_of_the_npm_package() -> None:
    server = await create_mock_server(config=CONFIG, port=0, verbose=False)
    await server.start()
    assert server.url == f"http://127.0.0.1:{server.port}"
    assert await ask(server) == "Hi"
    await server.stop()
    await server.stop()
    async with await start_mock_server(config=YAML) as server:
        assert server.port != 0
        assert server.api_key == "my-key"
        assert await ask(server) == "Hi"
        async with server:  # it runs already
            assert await ask(server) == "Hi"


async def test_options_may_come_as_a_dictionary() -> None:
    options: CreateMockServerOptions = {"config": CONFIG, "port": 0, "host": "127.0.0.1"}
    async with await start_mock_server(**options) as server:
        assert await ask(server) == "Hi"


async def test_a_configuration_that_cannot_be_used_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="Failed to parse YAML configuration"):
        await create_mock_server("responses: [")


async def test_a_seed_of_an_instance() -> None:
    ids = []
    for start in (create_mock_server, start_mock_server):
        async with await start(CONFIG, port=0, seed=7) as instance:
            await ask(instance)
            ids.append(instance.server.requests[0].id)
    assert ids[0] == ids[1]


async def test_an_option_that_there_is_not() -> None:
    for start in (create_mock_server, start_mock_server):
        with pytest.raises(TypeError, match="prot"):
            await start(CONFIG, prot=0)  # type: ignore[call-arg]
