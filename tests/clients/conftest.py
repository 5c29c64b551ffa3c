"""What the clients talk about, and the server that answers. ``make test-clients`` installs the clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pydantic
import pytest

from openai_mock_api import MockServer
from tests.serving import flow

if TYPE_CHECKING:
    from collections.abc import Iterator

GREETING = "Hello from the mock. Zażółć gęślą jaźń 🚲"
FORECAST = "Paris has 18 degrees, Oslo 7."
ADA = {"name": "Ada Lovelace", "born": 1815}

QUESTION = "What is the weather in Paris and Oslo?"

#: What the tool of the tests says of a city.
DEGREES = {"Paris": 18, "Oslo": 7}


def get_weather(city: str) -> int:
    """Say how warm a city is."""
    return DEGREES[city]


class Person(pydantic.BaseModel):
    """Somebody."""

    name: str
    born: int


def call(id: str, name: str, /, **arguments: Any) -> dict[str, Any]:  # noqa: A002 - the wire's own name
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


WEATHER = {
    "id": "weather",
    "when": {"tools": ["get_weather"]},
    "messages": [
        {"role": "user", "content": QUESTION},
        {
            "role": "assistant",
            "tool_calls": [call("call_1", "get_weather", city="Paris"), call("call_2", "get_weather", city="Oslo")],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "18"},
        {"role": "tool", "tool_call_id": "call_2", "content": "7"},
        {"role": "assistant", "content": FORECAST},
    ],
}

#: A client that wants a structured answer offers a tool for it ...
ADA_AS_A_CALL = {
    "id": "ada as a call",
    "when": {"tools": ["final_result"]},
    "messages": [
        {"role": "user", "content": "Who was Ada?"},
        {"role": "assistant", "tool_calls": [call("call_ada", "final_result", **ADA)]},
    ],
}

#: ... or a schema for the text.
ADA_AS_TEXT = {**flow("Who was Ada?", id="ada as text", content=ADA), "when": {"response_format": "json_schema"}}

CONFIG = {
    "api_key": "test-key",
    "responses": [
        flow("Hello", content=GREETING),
        flow("limit", error="rate_limit"),
        {
            "id": "twice",
            "messages": [
                {"role": "user", "content": "Try again"},
                {
                    "role": "assistant",
                    "sequence": [{"error": {"preset": "overloaded", "retry_after": 0.001}}, {"content": GREETING}],
                },
            ],
        },
        WEATHER,
        ADA_AS_A_CALL,
        ADA_AS_TEXT,
    ],
}


@pytest.fixture(scope="session")
def server() -> Iterator[MockServer]:
    with MockServer(CONFIG, port=0) as running:
        yield running


@pytest.fixture
def mock(server: MockServer) -> MockServer:
    """The server, with nothing in its journal and every sequence at its start."""
    server.reset()
    return server


def answered(mock: MockServer) -> list[str | None]:
    """Return which responses of the script have answered, in order."""
    return [exchange.matched for exchange in mock.requests]
