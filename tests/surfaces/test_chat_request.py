from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openai.types.chat import completion_create_params as params

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.script.messages import Message, Tool, ToolCall
from openai_mock_api.surfaces.chat_request import PARAMETERS, parse
from tests.serving import Served, chat, post

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Call

WEATHER = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
CUSTOM = {"id": "c2", "type": "custom", "custom": {"name": "grep", "input": "x"}}
USER = {"role": "user", "content": "Hi"}
CALLING = {"role": "assistant", "content": None, "tool_calls": [WEATHER]}


def parsed(document: dict[str, Any]) -> Call:
    return parse(Request("POST", "/v1/chat/completions", []), document)


def refused(document: dict[str, Any]) -> tuple[str, str | None, str | None]:
    with pytest.raises(ApiError) as caught:
        parsed(document)
    error = caught.value
    assert (error.status, error.type) == (400, "invalid_request_error")
    return error.message, error.param, error.code


def named(*messages: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": list(messages)}


def a_wrong_type(name: str, expected: str, got: str) -> tuple[str, str, str]:
    return f"Invalid type for '{name}': expected {expected}, but got {got} instead.", name, "invalid_type"


def an_absence(name: str) -> tuple[str, str, str]:
    return f"Missing required parameter: '{name}'.", name, "missing_required_parameter"


def a_bound(name: str, what: str, bound: str, got: str, code: str) -> tuple[str, str, str]:
    return f"Invalid '{name}': {what} value. Expected a value {bound}, but got {got} instead.", name, code


PARAMETER_RULES: list[tuple[dict[str, Any], tuple[str, str | None, str | None]]] = [
    ({"model": 4}, a_wrong_type("model", "a string", "an integer")),
    ({"temperature": "hot"}, a_wrong_type("temperature", "a decimal", "a string")),
    ({"temperature": True}, a_wrong_type("temperature", "a decimal", "a boolean")),
    ({"temperature": 2.1}, a_bound("temperature", "decimal above maximum", "<= 2", "2.1", "decimal_above_max_value")),
    ({"temperature": -1}, a_bound("temperature", "decimal below minimum", ">= 0", "-1", "decimal_below_min_value")),
    ({"top_p": 2}, a_bound("top_p", "decimal above maximum", "<= 1", "2", "decimal_above_max_value")),
    (
        {"presence_penalty": -3},
        a_bound("presence_penalty", "decimal below minimum", ">= -2", "-3", "decimal_below_min_value"),
    ),
    ({"n": 0}, a_bound("n", "integer below minimum", ">= 1", "0", "integer_below_min_value")),
    ({"n": 129}, a_bound("n", "integer above maximum", "<= 128", "129", "integer_above_max_value")),
    ({"n": 10**400}, a_bound("n", "integer above maximum", "<= 128", f"1{'0' * 400}", "integer_above_max_value")),
    ({"n": True}, a_wrong_type("n", "an integer", "a boolean")),
    ({"n": 1.0}, a_wrong_type("n", "an integer", "a decimal")),
    ({"max_tokens": 0}, a_bound("max_tokens", "integer below minimum", ">= 1", "0", "integer_below_min_value")),
    ({"max_completion_tokens": []}, a_wrong_type("max_completion_tokens", "an integer", "an empty array")),
    ({"seed": "1"}, a_wrong_type("seed", "an integer", "a string")),
    ({"stream": "true"}, a_wrong_type("stream", "a boolean", "a string")),
    ({"stream": 1}, a_wrong_type("stream", "a boolean", "an integer")),
    ({"metadata": [1]}, a_wrong_type("metadata", "an object", "an array")),
    ({"stop": 5}, a_wrong_type("stop", "one of a string or array of strings", "an integer")),
    ({"stop": ["a", None]}, a_wrong_type("stop[1]", "a string", "null")),
    (
        {"stop": list("abcde")},
        (
            "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 "
            "instead.",
            "stop",
            "array_above_max_length",
        ),
    ),
    (
        {"service_tier": "slow"},
        (
            "Invalid value: 'slow'. Supported values are: 'auto', 'default', 'flex', 'scale', 'priority', and 'fast'.",
            "service_tier",
            "invalid_value",
        ),
    ),
    (
        {"modalities": ["text", "smell"]},
        ("Invalid value: 'smell'. Supported values are: 'text' and 'audio'.", "modalities[1]", "invalid_value"),
    ),
    ({"tool_choice": 1}, a_wrong_type("tool_choice", "one of a string or object", "an integer")),
    (
        {"tool_choice": "maybe"},
        (
            "Invalid value: 'maybe'. Supported values are: 'none', 'auto', and 'required'.",
            "tool_choice",
            "invalid_value",
        ),
    ),
    ({"tools": {}}, a_wrong_type("tools", "an array", "an object")),
    ({"tools": ["x"]}, a_wrong_type("tools[0]", "an object", "a string")),
    ({"tools": [{}]}, an_absence("tools[0].type")),
    (
        {"tools": [{"type": "retrieval"}]},
        (
            "Invalid value: 'retrieval'. Supported values are: 'function' and 'custom'.",
            "tools[0].type",
            "invalid_value",
        ),
    ),
    ({"tools": [{"type": "function"}]}, an_absence("tools[0].function")),
    ({"tools": [{"type": "function", "function": None}]}, a_wrong_type("tools[0].function", "an object", "null")),
    ({"tools": [{"type": "function", "function": {}}]}, an_absence("tools[0].function.name")),
    ({"tools": [{"type": "custom", "custom": {}}]}, an_absence("tools[0].custom.name")),
    (
        {"tools": [{"type": "function", "function": {"name": "get weather"}}]},
        (
            "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the "
            "pattern '^[a-zA-Z0-9_-]+$'.",
            "tools[0].function.name",
            "invalid_value",
        ),
    ),
    (
        {"tools": [{"type": "function", "function": {"name": "x" * 65}}]},
        (
            "Invalid 'tools[0].function.name': string too long. Expected a string with maximum length 64, but got a "
            "string with length 65 instead.",
            "tools[0].function.name",
            "string_above_max_length",
        ),
    ),
    (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": "none"}}]},
        a_wrong_type("tools[0].function.parameters", "an object", "a string"),
    ),
    (
        {"functions": []},
        (
            "Invalid 'functions': empty array. Expected an array with minimum length 1, but got an empty array "
            "instead.",
            "functions",
            "empty_array",
        ),
    ),
    ({"functions": [{}]}, an_absence("functions[0].name")),
    ({"function_call": 1}, a_wrong_type("function_call", "one of a string or object", "an integer")),
    ({"response_format": "json"}, a_wrong_type("response_format", "an object", "a string")),
    ({"response_format": {}}, an_absence("response_format.type")),
    (
        {"response_format": {"type": "yaml"}},
        (
            "Invalid value: 'yaml'. Supported values are: 'text', 'json_object', and 'json_schema'.",
            "response_format.type",
            "invalid_value",
        ),
    ),
    ({"response_format": {"type": "json_schema"}}, an_absence("response_format.json_schema")),
    (
        {"response_format": {"type": "json_schema", "json_schema": {}}},
        an_absence("response_format.json_schema.name"),
    ),
    ({"stream_options": True, "stream": True}, a_wrong_type("stream_options", "an object", "a boolean")),
    (
        {"stream_options": {"include_usage": "yes"}, "stream": True},
        a_wrong_type("stream_options.include_usage", "a boolean", "a string"),
    ),
    (
        {"stream_options": {}},
        ("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options", None),
    ),
    (
        {"max_tokens": 5, "max_completion_tokens": 5},
        (
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            "max_tokens",
            "invalid_parameter_combination",
        ),
    ),
    ({"temprature": 1}, ("Unrecognized request argument supplied: temprature", None, None)),
    ({"top_logprobs": 21}, a_bound("top_logprobs", "integer above maximum", "<= 20", "21", "integer_above_max_value")),
]


@pytest.mark.parametrize(("parameters", "refusal"), PARAMETER_RULES)
def test_rules_of_parameters(parameters: dict[str, Any], refusal: tuple[str, str | None, str | None]) -> None:
    assert refused(chat("Hi") | parameters) == refusal


ANSWERS_NOTHING = (
    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
)
UNANSWERED = (
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
    "The following tool_call_ids did not have response messages: "
)
ROLES = "'system', 'assistant', 'user', 'function', 'tool', and 'developer'"


def user(content: Any) -> dict[str, Any]:
    return named({"role": "user", "content": content})


MESSAGE_RULES: list[tuple[dict[str, Any], tuple[str, str | None, str | None]]] = [
    ({"model": "gpt-4o"}, an_absence("messages")),
    ({"model": "gpt-4o", "messages": None}, an_absence("messages")),
    ({"messages": [USER]}, an_absence("model")),
    ({"messages": [USER], "model": None}, an_absence("model")),
    ({"model": "m", "messages": "Hi"}, a_wrong_type("messages", "an array of objects", "a string")),
    ({"model": "m", "messages": {}}, a_wrong_type("messages", "an array of objects", "an object")),
    (
        named(),
        (
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            "messages",
            "empty_array",
        ),
    ),
    (named(USER, "Hi"), a_wrong_type("messages[1]", "an object", "a string")),
    (named({"content": "Hi"}), an_absence("messages[0].role")),
    (
        named({"role": "robot", "content": "Hi"}),
        (f"Invalid value: 'robot'. Supported values are: {ROLES}.", "messages[0].role", "invalid_value"),
    ),
    (
        named({"role": 1, "content": "Hi"}),
        a_wrong_type("messages[0].role", f"one of {ROLES.replace(' and', '')}", "an integer"),
    ),
    (
        named({"role": ["user"], "content": "Hi"}),
        a_wrong_type("messages[0].role", f"one of {ROLES.replace(' and', '')}", "an array"),
    ),
    (user(None), ("Invalid value for 'content': expected a string, got null.", "messages.[0].content", None)),
    (
        named({"role": "assistant"}),
        ("Invalid value for 'content': expected a string, got null.", "messages.[0].content", None),
    ),
    (user(5), a_wrong_type("messages[0].content", "one of a string or array of objects", "an integer")),
    (
        user([]),
        (
            "Invalid 'messages[0].content': empty array. Expected an array with minimum length 1, but got an empty "
            "array instead.",
            "messages[0].content",
            "empty_array",
        ),
    ),
    (user(["Hi"]), a_wrong_type("messages[0].content[0]", "an object", "a string")),
    (user([{}]), an_absence("messages[0].content[0].type")),
    (user([{"type": "text"}]), an_absence("messages[0].content[0].text")),
    (user([{"type": "text", "text": None}]), a_wrong_type("messages[0].content[0].text", "a string", "null")),
    (
        user([{"type": "image_url", "image_url": "http://a"}]),
        a_wrong_type("messages[0].content[0].image_url", "an object", "a string"),
    ),
    (user([{"type": "image_url", "image_url": {}}]), an_absence("messages[0].content[0].image_url.url")),
    (
        user([{"type": "input_audio", "input_audio": {"data": ""}}]),
        an_absence("messages[0].content[0].input_audio.format"),
    ),
    (
        user([{"type": "smell", "smell": ""}]),
        (
            "Invalid value: 'smell'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal', 'audio', "
            "and 'file'.",
            "messages[0].content[0].type",
            "invalid_value",
        ),
    ),
    (named({"role": "user", "content": "Hi", "name": 1}), a_wrong_type("messages[0].name", "a string", "an integer")),
    (named(USER, CALLING, {"role": "tool", "content": "x"}), an_absence("messages[2].tool_call_id")),
    (
        named(USER, CALLING, {"role": "tool", "content": "x", "tool_call_id": 1}),
        a_wrong_type("messages[2].tool_call_id", "a string", "an integer"),
    ),
    (named(USER, {"role": "tool", "content": "x", "tool_call_id": "c1"}), (ANSWERS_NOTHING, "messages.[1].role", None)),
    (named({"role": "tool", "content": "x", "tool_call_id": "c1"}), (ANSWERS_NOTHING, "messages.[0].role", None)),
    (
        named(USER, CALLING, {"role": "tool", "content": "x", "tool_call_id": "c9"}),
        (ANSWERS_NOTHING, "messages.[2].role", None),
    ),
    (named(USER, CALLING), (UNANSWERED + "c1", "messages", None)),
    (named(USER, CALLING, USER), (UNANSWERED + "c1", "messages", None)),
    (
        named(
            USER, {**CALLING, "tool_calls": [WEATHER, CUSTOM]}, {"role": "tool", "content": "x", "tool_call_id": "c2"}
        ),
        (UNANSWERED + "c1", "messages", None),
    ),
    (
        named({"role": "assistant", "tool_calls": []}),
        (
            "Invalid 'messages[0].tool_calls': empty array. Expected an array with minimum length 1, but got an empty "
            "array instead.",
            "messages[0].tool_calls",
            "empty_array",
        ),
    ),
    (named({"role": "assistant", "tool_calls": "x"}), a_wrong_type("messages[0].tool_calls", "an array", "a string")),
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
]


@pytest.mark.parametrize(("document", "refusal"), MESSAGE_RULES)
def test_rules_of_messages(document: dict[str, Any], refusal: tuple[str, str | None, str | None]) -> None:
    assert refused(document) == refusal


def test_every_parameter_of_the_sdk_is_known() -> None:
    annotations = [
        kind.__annotations__
        for kind in (
            params.CompletionCreateParamsBase,
            params.CompletionCreateParamsNonStreaming,
            params.CompletionCreateParamsStreaming,
        )
    ]
    assert {name for names in annotations for name in names} == PARAMETERS.keys() | {"messages"}


def test_null_stands_for_not_given() -> None:
    call = parsed(chat("Hi") | dict.fromkeys(name for name in PARAMETERS if name != "model"))
    assert (call.stream, call.include_usage, call.choices, call.max_tokens, call.stops) == (False, False, 1, None, ())
    assert (call.tools, call.response_format) == ((), "text")


def test_what_a_call_holds() -> None:
    document = chat(
        "Hi",
        stream=True,
        stream_options={"include_usage": True},
        n=2,
        max_completion_tokens=5,
        stop="x",
        response_format={"type": "json_schema", "json_schema": {"name": "answer", "schema": {}}},
        tools=[
            {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}},
            {"type": "custom", "custom": {"name": "grep"}},
        ],
        functions=[{"name": "old"}],
    )
    call = parsed(document)
    assert (call.model, call.stream, call.include_usage, call.choices) == ("gpt-4o", True, True, 2)
    assert (call.max_tokens, call.stops, call.response_format) == (5, ("x",), "json_schema")
    assert call.tools == (Tool("f", "d", {"type": "object"}), Tool("grep"), Tool("old"))
    assert call.parameters is document


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (USER, Message("user", "Hi")),
        ({**USER, "name": "bob"}, Message("user", "Hi", "bob")),
        ({"role": "developer", "content": "Be kind"}, Message("system", "Be kind")),
        ({"role": "system", "content": "Be kind"}, Message("system", "Be kind")),
        ({"role": "function", "name": "f", "content": "x"}, Message("tool", "x", "f")),
        ({"role": "assistant", "content": "Hi"}, Message("assistant", "Hi")),
        ({"role": "assistant", "content": None, "refusal": "No"}, Message("assistant")),
        ({"role": "assistant", "function_call": {"name": "f", "arguments": ""}}, Message("assistant")),
        ({"role": "user", "content": [{"type": "text", "text": ""}]}, Message("user", "")),
        (
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "a"},
                    {"type": "image_url", "image_url": {"url": "http://a", "detail": "low"}},
                    {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}},
                    {"type": "file", "file": {"file_id": "f"}},
                    {"type": "text", "text": "b"},
                ],
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
    assert messages[1].tool_calls == (ToolCall("c1", "get_weather", "{}"), ToolCall("c2", "grep", "x"))
    assert [message.tool_call_id for message in messages] == [None, None, "c2", "c1", None]


def test_the_last_of_two_equal_keys_counts(fast: Served) -> None:
    body = (
        b'{"model": "gpt-4o", "messages": [], "messages": [{"role": "user", "content": "Hello", "content": "empty"}]}'
    )
    with fast.wire() as wire:
        assert wire.ask(post(body)).json["choices"][0]["message"]["content"] == ""
