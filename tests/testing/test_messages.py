from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api import (
    ConversationMessage,
    anyone,
    anything,
    assistant,
    contains,
    regex,
    sequence,
    system,
    tool,
    tool_call,
    user,
)
from openai_mock_api.config.shapes import given
from openai_mock_api.testing.messages import Conversation


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (user("Hi"), {"role": "user", "content": "Hi"}),
        (user(), {"role": "user", "matcher": "any"}),
        (user(contains("x")), {"role": "user", "matcher": "contains", "content": "x"}),
        (user(anything, parts=["image"]), {"role": "user", "matcher": "any", "parts": ["image"]}),
        (system(regex("x", case_sensitive=True)),
         {"role": "system", "matcher": "regex", "content": "x", "case_sensitive": True}),
        (tool("18", "call_1"), {"role": "tool", "content": "18", "tool_call_id": "call_1"}),
        (tool(anything, tool_call("f")), {"role": "tool", "matcher": "any", "tool_call_id": "call_f"}),
        (tool(), {"role": "tool", "matcher": "any"}),
        (anyone(), {"role": "any", "matcher": "any"}),
    ],
)  # fmt: skip
def test_messages_that_are_expected(message: ConversationMessage, fields: dict[str, Any]) -> None:
    assert given(message) == fields


def ids(*messages: Any) -> list[Any]:
    return [
        [call.id for call in message.tool_calls] if message.role == "assistant" else message.tool_call_id
        for message in Conversation(messages).messages
    ]


def test_results_follow_the_order_of_their_calls() -> None:
    both = assistant(tool_call("f"), tool_call("g"))
    assert ids(user("x"), both, tool("1"), tool("2"), assistant("ok")) == [
        None,
        ["call_f", "call_g"],
        "call_f",
        "call_g",
        [],
    ]


def test_a_result_that_names_its_call_leaves_the_others() -> None:
    both = assistant(tool_call("f"), tool_call("g"))
    assert ids(both, tool("2", "call_g"), tool("1"))[1:] == ["call_g", "call_f"]


def test_the_same_tool_may_be_called_again() -> None:
    once = [assistant(tool_call("f")), tool()]
    assert ids(*once, *once, assistant("ok")) == [["call_f"], "call_f", ["call_f_2"], "call_f_2", []]


def test_a_result_without_a_call_stays_without() -> None:
    assert ids(tool("x")) == [None]


def test_functions_are_known_by_their_places() -> None:
    def answer(call: Any) -> str:
        return str(call)

    conversation = Conversation([user("x"), assistant(answer), user("y"), sequence("a", answer)])
    assert conversation.functions == {(1, 0): answer, (3, 1): answer}
    assert [message.role for message in conversation.messages] == ["user", "assistant", "user", "assistant"]
