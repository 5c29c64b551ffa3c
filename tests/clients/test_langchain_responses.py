"""LangChain's ``ChatOpenAI`` with ``use_responses_api=True``: the same script through the other API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest

from tests.clients.conftest import ADA, FORECAST, GREETING, QUESTION, Person, answered, get_weather
from tests.clients.test_langchain import conversation, langchain_openai, messages, tools

if TYPE_CHECKING:
    from openai_mock_api import MockServer


def model_of(mock: MockServer, **options: Any) -> Any:
    return langchain_openai.ChatOpenAI(
        model="gpt-4o", base_url=mock.base_url, api_key=mock.api_key, use_responses_api=True, **options
    )


@pytest.fixture
def model(mock: MockServer) -> Any:
    return model_of(mock)


def test_invoke(mock: MockServer, model: Any) -> None:
    answer = model.invoke("Hello")
    assert answer.text == GREETING
    assert answer.response_metadata["status"] == "completed"
    assert answer.usage_metadata["total_tokens"] > answer.usage_metadata["output_tokens"] > 5
    assert mock.requests[-1].path == "/v1/responses"


def test_stream(model: Any) -> None:
    chunks = list(model.stream("Hello"))
    assert "".join(chunk.text for chunk in chunks) == GREETING
    assert len(chunks) > 5
    assert sum((chunk.usage_metadata or {}).get("output_tokens", 0) for chunk in chunks) > 5


async def test_async(mock: MockServer) -> None:
    """LangChain shares one client between all event loops, unless it is given another."""
    async with openai.DefaultAsyncHttpxClient() as http:
        model = model_of(mock, http_async_client=http)
        assert (await model.ainvoke("Hello")).text == GREETING
        assert "".join([chunk.text async for chunk in model.astream("Hello")]) == GREETING


def test_the_server_remembers_the_conversation(mock: MockServer) -> None:
    """With ``use_previous_response_id`` only what is new is sent."""
    tool = tools.tool(get_weather)
    bound = model_of(mock, use_previous_response_id=True).bind_tools([tool])
    asked = bound.invoke([messages.HumanMessage(QUESTION)])
    results = [tool.invoke(call) for call in asked.tool_calls]
    answer = bound.invoke([messages.HumanMessage(QUESTION), asked, *results])
    assert answer.text == FORECAST
    sent = json.loads(mock.requests[-1].body)
    assert sent["previous_response_id"] == asked.response_metadata["id"]
    assert [item["type"] for item in sent["input"]] == ["function_call_output", "function_call_output"]


@pytest.mark.parametrize("streamed", [False, True], ids=["invoke", "stream"])
def test_a_tool_loop(mock: MockServer, model: Any, streamed: bool) -> None:
    *history, answer = conversation(model, streamed=streamed)
    assert answer.text == FORECAST
    assert [message.content for message in history if message.type == "tool"] == ["18", "7"]
    assert answered(mock) == ["weather", "weather"]


def test_structured_output(mock: MockServer, model: Any) -> None:
    assert model.with_structured_output(Person).invoke("Who was Ada?") == Person.model_validate(ADA)
    assert answered(mock) == ["ada as text"]


def test_a_limit_is_the_sdks_error(mock: MockServer) -> None:
    with pytest.raises(openai.RateLimitError):
        model_of(mock, max_retries=0).invoke("limit")


def test_it_tries_again(mock: MockServer, model: Any) -> None:
    assert model.invoke("Try again").text == GREETING
    assert answered(mock) == ["twice", "twice"]
