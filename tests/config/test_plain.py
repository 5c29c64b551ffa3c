from typing import Any

import pytest

from openai_mock_api.config.load import load_responses
from openai_mock_api.config.model import ConversationMessage, MockResponse, Pacing, When
from openai_mock_api.config.plain import plain

WRITTEN: list[dict[str, Any]] = [
    {"id": "a", "messages": [{"role": "assistant", "content": "x"}]},
    {
        "id": "b",
        "when": {"model": "gpt-*", "tools": ["f"], "body": {"a.b": None}},
        "priority": 3,
        "messages": [
            {"role": "user", "matcher": "contains", "not": True, "content": "${HOME}"},
            {"role": "assistant", "sequence": [{"content": {"k": [1]}}, {"error": "rate_limit"}], "then": "miss"},
            {"role": "tool", "tool_call_id": "c", "matcher": "any"},
            {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": {"n": 1}}}]},
        ],
    },
]


@pytest.mark.parametrize("written", WRITTEN, ids=lambda written: str(written["id"]))
def test_what_was_given_comes_back_and_nothing_else(written: dict[str, Any]) -> None:
    (response,) = load_responses(written).config.responses
    assert plain(response) == written


def test_what_must_be_there_comes_first() -> None:
    turn = ConversationMessage(role="assistant", content="x", pacing=Pacing(ttft=1))
    shown = plain(MockResponse(id="a", when=When(stream=True), messages=[turn]))
    assert list(shown) == ["id", "messages", "when"]
    assert list(shown["messages"][0]) == ["role", "content", "pacing"]
