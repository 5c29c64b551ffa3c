from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api import assistant, contains, system, tool, tool_call, user
from openai_mock_api.script.messages import Message, ToolCall
from openai_mock_api.testing.dialogues import Dialogue

SAID = [
    Message("system", "Be brief"),
    Message("user", "Weather?"),
    Message("assistant", "Let me look", tool_calls=(ToolCall("x", "f", '{"a": 1}'),)),
    Message("tool", "18", tool_call_id="x"),
]
WIRE_CALL = {"id": "y", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}


@pytest.mark.parametrize(
    "messages",
    [
        [user("Weather?"), assistant("Let me look"), tool("18")],
        [user(), assistant(), tool()],
        [system(contains("brief")), user(), assistant(tool_call("f", a=1)), tool("18", "x")],
        [
            {"role": "system", "content": "Be brief"},
            {"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
            {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]},
            {"role": "tool", "tool_call_id": "x", "content": "18"},
        ],
        [{"role": "user", "content": "Weather?"}, assistant(tool_call("f", a=1)), tool()],
    ],
)
def test_what_fits(messages: Any) -> None:
    assert Dialogue(messages).unmet(SAID) is None


@pytest.mark.parametrize(
    ("messages", "name", "expected", "got"),
    [
        ([user("Time?"), assistant(), tool()], "messages[0]", "Time?", "Weather?"),
        ([user(), user(), tool()], "messages[1]", "a user message", "an assistant message"),
        ([user(), assistant("No"), tool()], "messages[1]", "No", "Let me look"),
        ([user(), assistant(tool_call("g")), tool()], "messages[1]", "g({})", 'f({"a": 1})'),
        ([user(), assistant(), tool("18", "z")], "messages[2]", "tool_call_id z", "tool_call_id x"),
        ([system("Be kind"), user(), assistant(), tool()], "messages[0]", "Be kind", "Be brief"),
        ([user()], "messages", "1 message", "3 messages"),
        ([user(), assistant(), tool(), user()], "messages", "4 messages", "3 messages"),
        ([{"role": "user", "content": "Time?"}, assistant(), tool()], "messages[0]", "Time?", "Weather?"),
    ],
)
def test_where_messages_part(messages: Any, name: str, expected: str, got: str) -> None:
    unmet = Dialogue(messages).unmet(SAID)
    assert unmet
    assert (unmet.name, unmet.difference.expected, unmet.difference.got) == (name, expected, got)


def test_an_answer_without_calls_is_no_call() -> None:
    unmet = Dialogue([assistant(tool_call("f"))]).unmet([Message("assistant", "x")])
    assert unmet
    assert unmet.difference.got == "no tool calls"
