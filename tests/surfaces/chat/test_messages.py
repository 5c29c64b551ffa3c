from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.errors import ApiError
from openai_mock_api.script.messages import Message, ToolCall
from openai_mock_api.surfaces.chat.messages import read_messages
from tests.surfaces.refusals import (
    CALLING,
    CUSTOM,
    USER,
    WEATHER,
    a_long_text,
    a_wrong_type,
    a_wrong_value,
    an_absence,
    an_empty_array,
    an_empty_text,
    an_unknown,
    another_pattern,
    named,
    parsed,
    refused,
)

if TYPE_CHECKING:
    from tests.surfaces.refusals import Refusal

ROLES = "'system', 'assistant', 'user', 'function', 'tool', and 'developer'"
NO_CONTENT = "Invalid value for 'content': expected a string, got null."
ANSWERS_NOTHING = (
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
)
UNANSWERED = (
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
    "The following tool_call_ids did not have response messages: "
)
IMAGE = {"type": "image_url", "image_url": {"url": "http://a", "detail": "low"}}
SOUND = {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}
FILE = {"type": "file", "file": {"file_id": "f"}}


def said(content: Any, role: str = "user", **fields: Any) -> dict[str, Any]:
    return named({"role": role, "content": content, **fields})


def an_image_by(role: str) -> Refusal:
    message = (
        "Invalid 'messages[0]'. Image URLs are only allowed for messages with role 'user', but this message with role "
        f"'{role}' contains an image URL."
    )
    return message, "messages[0]", "invalid_value"


MESSAGE_RULES: list[tuple[dict[str, Any], Refusal]] = [
    ({"model": "gpt-4o"}, an_absence("messages")),
    ({"model": "gpt-4o", "messages": None}, an_absence("messages")),
    ({"messages": [USER]}, ("you must provide a model parameter", None, None)),
    ({"model": "m", "messages": "Hi"}, a_wrong_type("messages", "an array of objects", "a string")),
    ({"model": "m", "messages": {}}, a_wrong_type("messages", "an array of objects", "an object")),
    (named(), an_empty_array("messages")),
    (named(USER, "Hi"), a_wrong_type("messages[1]", "an object", "a string")),
    (named({"content": "Hi"}), an_absence("messages[0].role")),
    (said("Hi", "robot"), a_wrong_value("messages[0].role", "robot", ROLES)),
    (
        named({"role": ["user"], "content": "Hi"}),
        a_wrong_type("messages[0].role", f"one of {ROLES.replace(' and', ' or')}", "an array"),
    ),
    # -- content
    (said(None), (NO_CONTENT, "messages.[0].content", None)),
    (said(None, "system"), (NO_CONTENT, "messages.[0].content", None)),
    (named({"role": "assistant"}), (NO_CONTENT, "messages.[0].content", None)),
    (named({"role": "tool", "tool_call_id": "c1"}), (NO_CONTENT, "messages.[0].content", None)),
    (said(5), a_wrong_type("messages[0].content", "one of a string or array of objects", "an integer")),
    (said([]), an_empty_array("messages[0].content")),
    (said(["Hi"]), a_wrong_type("messages[0].content[0]", "an object", "a string")),
    (said([{}]), an_absence("messages[0].content[0].type")),
    (said([{"type": "text"}]), an_absence("messages[0].content[0].text")),
    (said([{"type": "text", "text": None}]), a_wrong_type("messages[0].content[0].text", "a string", "null")),
    (
        said([{"type": "image_url", "image_url": "http://a"}]),
        a_wrong_type("messages[0].content[0].image_url", "an object", "a string"),
    ),
    (said([{"type": "image_url", "image_url": {}}]), an_absence("messages[0].content[0].image_url.url")),
    (
        said([{"type": "image_url", "image_url": {"url": "x", "detail": "fine"}}]),
        a_wrong_value("messages[0].content[0].image_url.detail", "fine", "'auto', 'low', 'high', and 'original'"),
    ),
    (
        said([{"type": "input_audio", "input_audio": {"data": ""}}]),
        an_absence("messages[0].content[0].input_audio.format"),
    ),
    (
        said([{"type": "input_audio", "input_audio": {"data": "", "format": "midi"}}]),
        a_wrong_value("messages[0].content[0].input_audio.format", "midi", "'wav' and 'mp3'"),
    ),
    (said([{"type": "file", "file": {"data": ""}}]), an_unknown("messages[0].content[0].file.data")),
    (
        said([{"type": "smell", "smell": ""}]),
        a_wrong_value(
            "messages[0].content[0].type",
            "smell",
            "'text', 'image_url', 'input_audio', 'refusal', 'audio', and 'file'",
        ),
    ),
    # -- parts that are not everybody's
    (said([IMAGE], "system"), an_image_by("system")),
    (said([{"type": "text", "text": "x"}, IMAGE], "assistant"), an_image_by("assistant")),
    (said([IMAGE], "tool", tool_call_id="c1"), an_image_by("tool")),
    (said([SOUND], "developer"), a_wrong_value("messages[0].content[0].type", "input_audio", "'text'")),
    (said([FILE], "assistant"), a_wrong_value("messages[0].content[0].type", "file", "'text' and 'refusal'")),
    (
        said([{"type": "refusal", "refusal": "No"}]),
        a_wrong_value("messages[0].content[0].type", "refusal", "'text', 'image_url', 'input_audio', and 'file'"),
    ),
    # -- names and ids
    (said("Hi", name=1), a_wrong_type("messages[0].name", "a string", "an integer")),
    (said("Hi", name=""), an_empty_text("messages[0].name")),
    (said("Hi", name="Bob Smith"), another_pattern("messages[0].name", r"^[^\s<|\\/>]+$")),
    (said("Hi", name="x" * 65), a_long_text("messages[0].name", 64, 65)),
    (said("x", "function"), an_absence("messages[0].name")),
    (named(USER, CALLING, {"role": "tool", "content": "x"}), an_absence("messages[2].tool_call_id")),
    (
        named(USER, CALLING, {"role": "tool", "content": "x", "tool_call_id": 1}),
        a_wrong_type("messages[2].tool_call_id", "a string", "an integer"),
    ),
    (
        named({"role": "assistant", "tool_calls": [{**WEATHER, "id": "c" * 41}]}),
        a_long_text("messages[0].tool_calls[0].id", 40, 41),
    ),
    # -- calls
    (named({"role": "assistant", "tool_calls": []}), an_empty_array("messages[0].tool_calls")),
    (
        named({"role": "assistant", "tool_calls": "x"}),
        a_wrong_type("messages[0].tool_calls", "an array of objects", "a string"),
    ),
    (named({"role": "assistant", "tool_calls": [{}]}), an_absence("messages[0].tool_calls[0].id")),
    (named({"role": "assistant", "tool_calls": [{"id": "a"}]}), an_absence("messages[0].tool_calls[0].type")),
    (
        named({"role": "assistant", "tool_calls": [{"id": "a", "type": "function"}]}),
        an_absence("messages[0].tool_calls[0].function"),
    ),
    (
        named({"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f"}}]}),
        an_absence("messages[0].tool_calls[0].function.arguments"),
    ),
    (
        named({"role": "assistant", "tool_calls": [{**WEATHER, "function": {"name": "f", "arguments": {}}}]}),
        a_wrong_type("messages[0].tool_calls[0].function.arguments", "a string", "an object"),
    ),
    (
        named({"role": "assistant", "tool_calls": [{"id": "a", "type": "custom"}]}),
        an_absence("messages[0].tool_calls[0].custom"),
    ),
    (
        named({"role": "assistant", "function_call": {"name": "f"}}),
        an_absence("messages[0].function_call.arguments"),
    ),
    (named({"role": "assistant", "audio": {}}), an_absence("messages[0].audio.id")),
    (named({"role": "assistant", "refusal": 1}), a_wrong_type("messages[0].refusal", "a string", "an integer")),
    # -- calls and their answers
    (named(USER, {"role": "tool", "content": "x", "tool_call_id": "c1"}), (ANSWERS_NOTHING, "messages.[1].role", None)),
    (named({"role": "tool", "content": "x", "tool_call_id": "c1"}), (ANSWERS_NOTHING, "messages.[0].role", None)),
    (
        named(USER, CALLING, {"role": "tool", "content": "x", "tool_call_id": "c9"}),
        (
            "Invalid parameter: 'tool_call_id' of 'c9' not found in 'tool_calls' of previous message.",
            "messages.[2].tool_call_id",
            None,
        ),
    ),
    (named(USER, CALLING), (UNANSWERED + "c1", "messages", None)),
    (named(USER, CALLING, USER), (UNANSWERED + "c1", "messages", None)),
    (
        named(
            USER, {**CALLING, "tool_calls": [WEATHER, CUSTOM]}, {"role": "tool", "content": "x", "tool_call_id": "c2"}
        ),
        (UNANSWERED + "c1", "messages", None),
    ),
]


@pytest.mark.parametrize(("document", "refusal"), MESSAGE_RULES)
def test_rules_of_messages(document: dict[str, Any], refusal: Refusal) -> None:
    assert refused(document) == refusal


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (USER, Message("user", "Hi")),
        ({**USER, "name": "Zoë"}, Message("user", "Hi", "Zoë")),
        ({"role": "developer", "content": "Be kind"}, Message("system", "Be kind")),
        ({"role": "system", "content": "Be kind"}, Message("system", "Be kind")),
        ({"role": "function", "name": "f", "content": "x"}, Message("tool", "x", "f")),
        ({"role": "function", "name": "f", "content": None}, Message("tool", "", "f")),
        ({"role": "assistant", "content": "Hi"}, Message("assistant", "Hi")),
        ({"role": "assistant", "content": "Hi", "annotations": [], "tool_calls": None}, Message("assistant", "Hi")),
        ({"role": "assistant", "content": None, "refusal": "No"}, Message("assistant")),
        ({"role": "assistant", "audio": {"id": "audio_1"}}, Message("assistant")),
        (
            {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
            Message("assistant", tool_calls=(ToolCall("", "f", "{}"),)),
        ),
        ({"role": "user", "content": [{"type": "text", "text": ""}]}, Message("user", "")),
        (
            {
                "role": "user",
                "content": [{"type": "text", "text": "a"}, IMAGE, SOUND, FILE, {"type": "text", "text": "b"}],
            },
            Message("user", "a\nb", parts=("image", "audio", "file")),
        ),
        ({"role": "assistant", "content": [{"type": "refusal", "refusal": "No"}]}, Message("assistant", "No")),
    ],
)
def test_messages(given: dict[str, Any], message: Message) -> None:
    assert parsed(named(given)).messages == [message]


def test_calls_and_their_answers() -> None:
    both = {**CALLING, "tool_calls": [WEATHER, CUSTOM]}
    answers = [{"role": "tool", "tool_call_id": id_, "content": "x"} for id_ in ("c2", "c1")]
    messages = parsed(named(USER, both, *answers, USER)).messages
    assert messages[1].tool_calls == (ToolCall("c1", "get_weather", "{}"), ToolCall("c2", "grep", "x", "custom"))
    assert [message.tool_call_id for message in messages] == [None, None, "c2", "c1", None]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"role": "user"}, Message("user")),
        ({"role": "user", "content": 5, "name": 5}, Message("user")),
        (
            {"role": "user", "content": ["x", {"type": 1}, {"type": "text", "text": 1}, {"type": "text", "text": "a"}]},
            Message("user", "a"),
        ),
        ({"role": "user", "content": [{"type": ["text"]}, {"type": "file"}]}, Message("user", parts=("file",))),
        ({"role": "assistant", "tool_calls": 5, "function_call": "x"}, Message("assistant")),
        (
            {"role": "assistant", "tool_calls": ["x", {}, {"id": 5, "function": {"name": "f", "arguments": {"a": 1}}}]},
            Message("assistant", tool_calls=(ToolCall("", "", ""), ToolCall("", "f", '{"a":1}'))),
        ),
        (
            {"role": "assistant", "tool_calls": [{"id": "c", "type": "custom", "custom": 5}]},
            Message("assistant", tool_calls=(ToolCall("c", "", "", "custom"),)),
        ),
        ({"role": "tool", "content": "x", "tool_call_id": 5}, Message("tool", "x")),
    ],
)
def test_reading_takes_what_can_be_understood(given: dict[str, Any], message: Message) -> None:
    assert read_messages([given]) == [message]


@pytest.mark.parametrize(
    ("messages", "named"),
    [
        (None, "messages"),
        ({}, "messages"),
        (["Hi"], "messages[0]"),
        ([{}], "messages[0].role"),
        ([USER, {"role": "robot"}], "messages[1].role"),
    ],
)
def test_reading_refuses_what_are_no_messages(messages: Any, named: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_messages(messages)
    assert (caught.value.status, caught.value.param) == (400, named)
