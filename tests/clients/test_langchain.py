"""LangChain's ``ChatOpenAI``, given a base URL and a key; everything else is as its users have it."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import openai
import pytest

from tests.clients.conftest import ADA, FORECAST, GREETING, QUESTION, Person, answered, get_weather

if TYPE_CHECKING:
    from openai_mock_api import MockServer

REASON = "make test-clients installs it"
langchain_openai = pytest.importorskip("langchain_openai", reason=REASON)
messages = pytest.importorskip("langchain_core.messages", reason=REASON)
tools = pytest.importorskip("langchain_core.tools", reason=REASON)


def conversation(model: Any, *, streamed: bool) -> list[Any]:
    """Ask a model that is given a tool until it calls none; return all messages."""
    tool = tools.tool(get_weather)
    bound = model.bind_tools([tool])
    history = [messages.HumanMessage(QUESTION)]
    while True:
        answer = reduce(add, bound.stream(history)) if streamed else bound.invoke(history)
        history.append(answer)
        if not answer.tool_calls:
            return history
        history += [tool.invoke(call) for call in answer.tool_calls]


@pytest.fixture
def model(mock: MockServer) -> Any:
    return langchain_openai.ChatOpenAI(model="gpt-4o", base_url=mock.base_url, api_key=mock.api_key)


def test_invoke(model: Any) -> None:
    answer = model.invoke("Hello")
    assert answer.content == GREETING
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.usage_metadata["total_tokens"] == answer.response_metadata["token_usage"]["total_tokens"] > 10


def test_stream(model: Any) -> None:
    chunks = list(model.stream("Hello"))
    assert "".join(chunk.content for chunk in chunks) == GREETING
    assert len(chunks) > 5


def test_usage_of_a_stream(model: Any) -> None:
    chunks = list(model.stream("Hello", stream_usage=True))
    assert sum((chunk.usage_metadata or {}).get("output_tokens", 0) for chunk in chunks) > 5


async def test_async(model: Any) -> None:
    assert (await model.ainvoke("Hello")).content == GREETING
    assert "".join([chunk.content async for chunk in model.astream("Hello")]) == GREETING


@pytest.mark.parametrize("streamed", [False, True], ids=["invoke", "stream"])
def test_a_tool_loop(mock: MockServer, model: Any, streamed: bool) -> None:
    *history, answer = conversation(model, streamed=streamed)
    assert answer.content == FORECAST
    assert [message.content for message in history if message.type == "tool"] == ["18", "7"]
    assert answered(mock) == ["weather", "weather"]


def test_structured_output(mock: MockServer, model: Any) -> None:
    assert model.with_structured_output(Person).invoke("Who was Ada?") == Person.model_validate(ADA)
    assert answered(mock) == ["ada as text"]


def test_a_limit_is_the_sdks_error(mock: MockServer) -> None:
    model = langchain_openai.ChatOpenAI(model="gpt-4o", base_url=mock.base_url, api_key=mock.api_key, max_retries=0)
    with pytest.raises(openai.RateLimitError):
        model.invoke("limit")


def test_it_tries_again(mock: MockServer, model: Any) -> None:
    assert model.invoke("Try again").content == GREETING
    assert answered(mock) == ["twice", "twice"]
