from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.dialogue import Spoken, conversation, decoded, offered, spoken
from openai_mock_api.script.messages import Message, ToolCall

CALL = ToolCall("call_1", "f", '{"a":1}')
WIRE_CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
CUSTOM = ToolCall("call_2", "g", "x", "custom")
WIRE_CUSTOM = {"id": "call_2", "type": "custom", "custom": {"name": "g", "input": "x"}}


# -- requests


@pytest.mark.parametrize(
    ("message", "read"),
    [
        ({"role": "user", "content": "Hello"}, Message("user", "Hello")),
        ({"role": "developer", "content": "Be brief"}, Message("system", "Be brief")),
        ({"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
         Message("user", "a\nb")),
        ({"role": "user", "content": [{"type": "image_url", "image_url": {}}, {"type": "input_audio"}]},
         Message("user", parts=("image", "audio"))),
        ({"role": "assistant", "content": None, "tool_calls": [WIRE_CALL, WIRE_CUSTOM]},
         Message("assistant", tool_calls=(CALL, CUSTOM))),
        ({"role": "tool", "content": "18", "tool_call_id": "call_1"}, Message("tool", "18", tool_call_id="call_1")),
        ({"role": "function", "content": "18", "name": "f"}, Message("tool", "18", name="f")),
    ],
)  # fmt: skip
def test_messages_of_chat(message: dict[str, Any], read: Message) -> None:
    assert conversation({"messages": [message]}) == [read]


def test_prompts_of_text_completions_are_the_user_s() -> None:
    assert conversation({"prompt": "Once"}) == [Message("user", "Once")]
    assert conversation({"prompt": ["a", "b"]}) == [Message("user", "a"), Message("user", "b")]
    assert conversation({"prompt": [1, 2]}) == []


def test_input_of_responses() -> None:
    items = [
        {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}, {"type": "input_image"}]},
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": '{"a":1}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "18"},
        {"type": "custom_tool_call", "call_id": "call_2", "name": "g", "input": "x"},
        {"type": "item_reference", "id": "x"},
    ]
    assert conversation({"instructions": "Be brief", "input": items}) == [
        Message("system", "Be brief"),
        Message("user", "Weather?", parts=("image",)),
        Message("assistant", tool_calls=(CALL,)),
        Message("tool", "18", tool_call_id="call_1"),
        Message("assistant", tool_calls=(CUSTOM,)),
    ]
    assert conversation({"input": "Hello"}) == [Message("user", "Hello")]


def test_tools_are_named() -> None:
    tools = [
        {"type": "function", "function": {"name": "f"}},
        {"type": "custom", "custom": {"name": "g"}},
        {"type": "function", "name": "h"},
        {"type": "web_search"},
        {},
    ]
    assert offered({"tools": tools, "functions": [{"name": "i"}]}) == ["f", "g", "h", "web_search", "i"]


# -- answers


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ({"choices": [{"message": {"content": "Hi", "refusal": None}, "finish_reason": "stop"}]},
         Spoken("Hi", (), "stop")),
        ({"choices": [{"message": {"content": None, "refusal": "No"}, "finish_reason": "stop"}]},
         Spoken("No", (), "stop")),
        ({"choices": [{"message": {"content": None, "tool_calls": [WIRE_CALL]}, "finish_reason": "tool_calls"}]},
         Spoken(None, (CALL,), "tool_calls")),
        ({"choices": [{"message": {"content": None, "function_call": {"name": "f", "arguments": "{}"}}}]},
         Spoken(None, (ToolCall("", "f", "{}"),), None)),
        ({"choices": [{"text": "upon", "finish_reason": "length"}]}, Spoken("upon", (), "length")),
        ({"output": [{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}], "status": "completed"},
         Spoken("Hi", (), "completed")),
        ({"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "No"}]}], "status": "completed"},
         Spoken("No", (), "completed")),
        ({"output": [{"type": "function_call", "call_id": "call_1", "name": "f", "arguments": '{"a":1}'}]},
         Spoken(None, (CALL,), None)),
        ({"data": []}, Spoken()),
        (None, Spoken()),
    ],
)  # fmt: skip
def test_what_answers_say(answer: Any, read: Spoken) -> None:
    assert spoken(answer) == read


@pytest.mark.parametrize(("text", "value"), [('{"a":1}', {"a": 1}), ("no JSON", "no JSON"), ("\ud800", "\ud800")])
def test_arguments_are_data_where_they_are_json(text: str, value: Any) -> None:
    assert decoded(text) == value


KEYS = ["messages", "input", "prompt", "tools", "functions", "role", "content", "type", "function", "custom", "name",
        "choices", "message", "output", "tool_calls", "text", "id", "call_id"]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner),
)


@given(JSON)
def test_whatever_comes_is_read(document: Any) -> None:
    assert all(isinstance(message, Message) for message in conversation(document))
    assert all(isinstance(name, str) for name in offered(document))
    assert isinstance(spoken(document), Spoken)
