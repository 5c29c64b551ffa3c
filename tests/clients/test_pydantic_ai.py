"""pydantic-ai's ``OpenAIChatModel``, given a base URL and a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.conftest import ADA, FORECAST, GREETING, QUESTION, Person, answered, get_weather

if TYPE_CHECKING:
    from openai_mock_api import MockServer

REASON = "make test-clients installs it"
pydantic_ai = pytest.importorskip("pydantic_ai", reason=REASON)
exceptions = pytest.importorskip("pydantic_ai.exceptions", reason=REASON)
models = pytest.importorskip("pydantic_ai.models.openai", reason=REASON)
providers = pytest.importorskip("pydantic_ai.providers.openai", reason=REASON)


def agent(mock: MockServer, **options: Any) -> Any:
    provider = providers.OpenAIProvider(base_url=mock.base_url, api_key=mock.api_key)
    return pydantic_ai.Agent(models.OpenAIChatModel("gpt-4o", provider=provider), **options)


async def test_run(mock: MockServer) -> None:
    result = await agent(mock).run("Hello")
    assert result.output == GREETING
    assert mock.last_request is not None
    assert result.response.provider_response_id.startswith("chatcmpl-")


def test_run_without_a_loop(mock: MockServer) -> None:
    assert agent(mock).run_sync("Hello").output == GREETING


async def test_stream(mock: MockServer) -> None:
    async with agent(mock).run_stream("Hello") as result:
        deltas = [delta async for delta in result.stream_text(delta=True, debounce_by=None)]
    assert "".join(deltas) == GREETING
    assert len(deltas) > 5


async def test_a_tool_loop(mock: MockServer) -> None:
    result = await agent(mock, tools=[get_weather]).run(QUESTION)
    assert result.output == FORECAST
    assert answered(mock) == ["weather", "weather"]


async def test_a_streamed_tool_loop(mock: MockServer) -> None:
    async with agent(mock, tools=[get_weather]).run_stream(QUESTION) as result:
        assert await result.get_output() == FORECAST
    assert answered(mock) == ["weather", "weather"]


@pytest.mark.parametrize(
    ("output", "flow"),
    [("ToolOutput", "ada as a call"), ("NativeOutput", "ada as text")],
)
async def test_structured_output(mock: MockServer, output: str, flow: str) -> None:
    result = await agent(mock, output_type=getattr(pydantic_ai, output)(Person)).run("Who was Ada?")
    assert result.output == Person.model_validate(ADA)
    assert answered(mock) == [flow]


async def test_streamed_structured_output(mock: MockServer) -> None:
    async with agent(mock, output_type=Person).run_stream("Who was Ada?") as result:
        assert await result.get_output() == Person.model_validate(ADA)


async def test_a_miss_is_an_error_with_the_report(mock: MockServer) -> None:
    with pytest.raises(exceptions.ModelHTTPError) as caught:
        await agent(mock).run("Helo")
    assert caught.value.status_code == 400
    assert caught.value.body["nearest"][0]["id"] == "Hello"
