"""LiteLLM's ``completion``, given a base URL and a key."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.conftest import ADA, DEGREES, FORECAST, GREETING, QUESTION, answered

if TYPE_CHECKING:
    from openai_mock_api import MockServer

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network for prices when it is imported
litellm = pytest.importorskip("litellm", reason="make test-clients installs it")

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
PERSON = {
    "type": "json_schema",
    "json_schema": {
        "name": "person",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "born": {"type": "integer"}},
            "required": ["name", "born"],
            "additionalProperties": False,
        },
    },
}


def asking(mock: MockServer, text: str, **parameters: Any) -> dict[str, Any]:
    """Arguments that ask the mock."""
    messages = [{"role": "user", "content": text}]
    server = {"model": "openai/gpt-4o", "api_base": mock.base_url, "api_key": mock.api_key}
    return {**server, "messages": messages, **parameters}


def test_completion(mock: MockServer) -> None:
    answer = litellm.completion(**asking(mock, "Hello"))
    assert answer.choices[0].message.content == GREETING
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 10


async def test_acompletion(mock: MockServer) -> None:
    answer = await litellm.acompletion(**asking(mock, "Hello"))
    assert answer.choices[0].message.content == GREETING


def test_stream(mock: MockServer) -> None:
    chunks = list(litellm.completion(**asking(mock, "Hello", stream=True)))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == GREETING
    assert len(chunks) > 5


async def test_async_stream(mock: MockServer) -> None:
    stream = await litellm.acompletion(**asking(mock, "Hello", stream=True))
    assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == GREETING


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "stream"])
def test_a_tool_loop(mock: MockServer, streamed: bool) -> None:
    request = asking(mock, QUESTION, tools=[TOOL], stream=streamed)
    messages = request["messages"]
    while True:
        answer = litellm.completion(**request)
        whole = litellm.stream_chunk_builder(list(answer), messages=messages) if streamed else answer
        message = whole.choices[0].message
        messages.append(message.model_dump())
        if not message.tool_calls:
            break
        messages += [result(call) for call in message.tool_calls]
    assert message.content == FORECAST
    assert answered(mock) == ["weather", "weather"]


def result(call: Any) -> dict[str, Any]:
    """Run the tool that a call names."""
    city = json.loads(call.function.arguments)["city"]
    return {"role": "tool", "tool_call_id": call.id, "content": str(DEGREES[city])}


def test_structured_output(mock: MockServer) -> None:
    answer = litellm.completion(**asking(mock, "Who was Ada?", response_format=PERSON))
    assert json.loads(answer.choices[0].message.content) == ADA


def test_a_limit_is_its_own_error(mock: MockServer) -> None:
    with pytest.raises(litellm.exceptions.RateLimitError):
        litellm.completion(**asking(mock, "limit", max_retries=0))


def test_it_tries_again(mock: MockServer) -> None:
    answer = litellm.completion(**asking(mock, "Try again", max_retries=2))
    assert answer.choices[0].message.content == GREETING
    assert answered(mock) == ["twice", "twice"]
