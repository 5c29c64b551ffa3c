from typing import Any

import msgspec
import pytest

from openai_mock_api.resources.chat_requests import KeptRequest, message_records

HELLO = {"role": "user", "content": "Hello"}
TEXT = {"type": "text", "text": "Hello"}
IMAGE = {"type": "image_url", "image_url": {"url": "http://x"}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}
CALLS = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]


def shown(**parameters: Any) -> Any:
    return msgspec.json.decode(KeptRequest.of({"messages": [HELLO], **parameters}).shown)


def listed(*messages: Any) -> list[Any]:
    records = message_records("chatcmpl-1", KeptRequest.of({"messages": list(messages)}).messages)
    return [record.object() for record in records]


def test_a_completion_shows_the_defaults_of_its_request() -> None:
    assert shown() == {
        "tool_choice": None,
        "seed": None,
        "top_p": 1.0,
        "temperature": 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "tools": None,
        "response_format": None,
        "input_user": None,
        "metadata": {},
    }


@pytest.mark.parametrize(
    ("parameters", "field", "value"),
    [
        ({"temperature": 0}, "temperature", 0),
        ({"temperature": None}, "temperature", 1.0),
        ({"seed": 7}, "seed", 7),
        ({"user": "me"}, "input_user", "me"),
        ({"metadata": {"a": "b"}}, "metadata", {"a": "b"}),
        ({"metadata": "unchecked"}, "metadata", {}),
        ({"response_format": {"type": "text"}}, "response_format", {"type": "text"}),
    ],
)
def test_a_completion_shows_parameters(parameters: dict[str, Any], field: str, value: Any) -> None:
    assert shown(**parameters)[field] == value


def test_data_and_content_of_a_completion() -> None:
    request = KeptRequest.of({"messages": [HELLO], "seed": 7})
    data, content = request.stored_with(b'{"id":"chatcmpl-1"}')
    assert msgspec.json.decode(data).items() >= {"id": "chatcmpl-1", "seed": 7}.items()
    assert content == request.messages


def test_messages_are_numbered() -> None:
    assert [message["id"] for message in listed(HELLO, HELLO)] == ["chatcmpl-1-0", "chatcmpl-1-1"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (HELLO, {"role": "user", "content": "Hello", "name": None, "content_parts": None}),
        ({**HELLO, "name": "Ada"}, {"role": "user", "content": "Hello", "name": "Ada", "content_parts": None}),
        (
            {"role": "user", "content": [TEXT, IMAGE, AUDIO]},
            {"role": "user", "content": None, "name": None, "content_parts": [TEXT, IMAGE]},
        ),
        (
            {"role": "assistant", "tool_calls": CALLS},
            {"role": "assistant", "tool_calls": CALLS, "content": None, "name": None, "content_parts": None},
        ),
        (
            {"role": "tool", "tool_call_id": "c", "content": "18"},
            {"role": "tool", "tool_call_id": "c", "content": "18", "name": None, "content_parts": None},
        ),
        ({"content": ["unchecked"]}, {"role": None, "content": None, "name": None, "content_parts": []}),
    ],
)
def test_messages_as_they_are_listed(message: dict[str, Any], expected: dict[str, Any]) -> None:
    assert listed(message) == [{"id": "chatcmpl-1-0", **expected}]


def test_what_is_no_message_is_left_out() -> None:
    assert len(listed("unchecked", HELLO)) == 1
