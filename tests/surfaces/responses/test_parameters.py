"""What ``POST /v1/responses`` refuses, and in which words."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pytest
from openai.types.beta import response_create_params as beta
from openai.types.responses.response_create_params import ResponseCreateParamsBase

from openai_mock_api.script.messages import ANY_TOOL, ToolChoice
from openai_mock_api.surfaces.responses.parameters import PARAMETERS
from tests.surfaces.refusals import (
    Refusal,
    a_bound,
    a_long_text,
    a_wrong_type,
    a_wrong_value,
    an_absence,
    an_empty_array,
    an_empty_text,
    an_unknown,
)
from tests.surfaces.responses.test_request import SEARCH, parsed, refused

USER = {"role": "user", "content": "Hi"}
MOVED = "https://platform.openai.com/docs/api-reference/responses/create."


def moved(name: str, to: str) -> Refusal:
    message = (
        f"Unsupported parameter: '{name}'. In the Responses API, this parameter has moved to '{to}'. Try again with "
        f"the new parameter. See the API documentation for more information: {MOVED}"
    )
    return message, name, "unsupported_parameter"


def an_id(name: str, got: str, prefix: str) -> Refusal:
    return f"Invalid '{name}': '{got}'. Expected an ID that begins with '{prefix}'.", name, "invalid_value"


RULES: list[tuple[dict[str, Any], Refusal]] = [
    ({"model": None}, an_absence("model")),
    ({"model": 3}, a_wrong_type("model", "a string", "an integer")),
    (
        {"input": None},
        (
            "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation_id' must be provided.",
            "input",
            "missing_required_parameter",
        ),
    ),
    ({"surprise": 1}, an_unknown("surprise")),
    ({"messages": []}, moved("messages", "input")),
    ({"response_format": {}}, moved("response_format", "text.format")),
    ({"max_tokens": 3}, moved("max_tokens", "max_output_tokens")),
    ({"reasoning_effort": "low"}, moved("reasoning_effort", "reasoning.effort")),
    ({"input": 3}, a_wrong_type("input", "one of a string or array of input items", "an integer")),
    ({"input": [3]}, a_wrong_type("input[0]", "an object", "an integer")),
    ({"input": [{}]}, an_absence("input[0].type")),
    ({"input": [{"role": "user"}]}, an_absence("input[0].content")),
    (
        {"input": [{"role": "tool", "content": "x"}]},
        a_wrong_value("input[0].role", "tool", "'assistant', 'system', 'developer', and 'user'"),
    ),
    (
        {"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        a_wrong_value(
            "input[0].content[0].type",
            "text",
            "'input_text', 'input_image', 'input_file', 'input_audio', 'output_text', and 'refusal'",
        ),
    ),
    (
        {"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]},
        a_wrong_value("input[0].content[0]", "input_text", "'output_text' and 'refusal'"),
    ),
    ({"input": [{**USER, "name": "Ann"}]}, an_unknown("input[0].name")),
    ({"input": [{**USER, "id": "x"}]}, an_id("input[0].id", "x", "msg")),
    (
        {"input": [{"type": "function_call", "name": "f", "arguments": "{}", "call_id": ""}]},
        an_empty_text("input[0].call_id"),
    ),
    ({"input": [{"type": "function_call_output", "call_id": "c"}]}, an_absence("input[0].output")),
    ({"safety_identifier": "x" * 129}, a_long_text("safety_identifier", 128, 129)),
    (
        {"input": [{"type": "function_call_output", "call_id": "c", "output": 3}]},
        a_wrong_type("input[0].output", "one of a string or array of objects", "an integer"),
    ),
    ({"previous_response_id": "x"}, an_id("previous_response_id", "x", "resp")),
    ({"conversation": "x"}, an_id("conversation", "x", "conv")),
    ({"conversation": {}}, an_absence("conversation.id")),
    (
        {"max_output_tokens": 1},
        a_bound("max_output_tokens", "integer below minimum", ">= 16", "1", "integer_below_min_value"),
    ),
    ({"temperature": 3}, a_bound("temperature", "decimal above maximum", "<= 2", "3", "decimal_above_max_value")),
    ({"top_logprobs": 21}, a_bound("top_logprobs", "integer above maximum", "<= 20", "21", "integer_above_max_value")),
    ({"truncation": "x"}, a_wrong_value("truncation", "x", "'auto' and 'disabled'")),
    ({"prompt_cache_key": "x" * 65}, a_long_text("prompt_cache_key", 64, 65)),
    ({"tools": [{"name": "f"}]}, an_absence("tools[0].type")),
    ({"tools": [{"type": "function"}]}, an_absence("tools[0].name")),
    ({"tools": [{"type": "function", "function": {"name": "f"}}]}, an_absence("tools[0].name")),
    ({"tools": [{"type": "file_search", "vector_store_ids": []}]}, an_empty_array("tools[0].vector_store_ids")),
    ({"tools": [{"type": "web_search", "size": 1}]}, an_unknown("tools[0].size")),
    (
        {"tool_choice": {"type": "function", "name": "f"}},
        ("Tool choice 'function' not found in 'tools' parameter.", "tool_choice", None),
    ),
    (
        {"tool_choice": {"type": "web_search_preview"}, "tools": [SEARCH]},
        ("Tool choice 'web_search_preview' not found in 'tools' parameter.", "tool_choice", None),
    ),
    ({"text": {"format": {"type": "json_schema", "name": "a"}}}, an_absence("text.format.schema")),
    (
        {"text": {"format": {"type": "json_schema", "name": "a", "schema": {"type": "array"}, "strict": True}}},
        (
            "Invalid schema for response_format 'a': schema must be a JSON Schema of 'type: \"object\"', got 'type: "
            '"array"\'.',
            "text.format.schema",
            "invalid_json_schema",
        ),
    ),
    (
        {"tools": [{**SEARCH, "parameters": {"type": "array"}}]},
        (
            "Invalid schema for function 'search': schema must be a JSON Schema of 'type: \"object\"', got 'type: "
            '"array"\'.',
            "tools[0].parameters",
            "invalid_function_parameters",
        ),
    ),
    (
        {"conversation": "conv_1", "previous_response_id": "resp_1"},
        (
            "Mutually exclusive parameters: 'conversation'. Ensure you are only providing one of: "
            "'previous_response_id' or 'conversation'.",
            "conversation",
            "mutually_exclusive_parameters",
        ),
    ),
    (
        {"stream_options": {"include_obfuscation": False}},
        ("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options", None),
    ),
    (
        {"background": True, "store": False},
        ("Background responses must be stored: 'store' must be true when 'background' is.", "store", None),
    ),
]


@pytest.mark.parametrize(("changes", "refusal"), RULES)
def test_what_is_refused(changes: dict[str, Any], refusal: Refusal) -> None:
    assert refused(**{"input": "Hi", **changes}) == refusal


def test_every_parameter_of_the_sdk_is_known() -> None:
    known = get_type_hints(ResponseCreateParamsBase).keys() | get_type_hints(beta.ResponseCreateParamsBase).keys()
    assert known - {"betas"} | {"stream"} == PARAMETERS.keys()


@pytest.mark.parametrize("name", ["truncation", "service_tier", "include", "prompt_cache_retention"])
def test_every_value_of_the_sdk_is_allowed(name: str) -> None:
    hint = get_type_hints(ResponseCreateParamsBase)[name]
    values = _literals(hint)
    assert len(values) > 1
    for value in values:
        asked = [value] if name == "include" else value
        assert parsed(input="Hi", **{name: asked}).document()[name] == asked


def _literals(hint: Any) -> list[str]:
    inner = get_args(hint)
    return [value for one in inner for value in ([one] if isinstance(one, str) else _literals(one))]


def test_a_good_request_with_everything() -> None:
    call = parsed(
        input=[USER],
        instructions="Be kind.",
        prompt={
            "id": "pmpt_1",
            "version": "2",
            "variables": {"city": "Paris", "text": {"type": "input_text", "text": "x"}},
        },
        reasoning={"effort": "low", "summary": "auto"},
        text={"verbosity": "low", "format": {"type": "text"}},
        tools=[SEARCH, {"type": "web_search_2025_08_26"}, {"type": "mcp", "server_label": "a", "allowed_tools": ["b"]}],
        tool_choice={"type": "mcp", "server_label": "a"},
        metadata={"a": "b"},
        stream=True,
        stream_options={"include_obfuscation": False},
        user="u",
        moderation=None,
    )
    assert call.stream
    assert [tool.name for tool in call.tools] == ["search"]
    assert [message.text for message in call.messages] == ["Be kind.", "Hi"]


def test_dated_kinds_of_tools_are_chosen_by_their_plain_names() -> None:
    dated = [{"type": "web_search_preview_2025_03_11"}]
    call = parsed(input="Hi", tools=dated, tool_choice={"type": "web_search_preview"})
    assert call.tool_choice == ANY_TOOL


def test_functions_of_a_namespace_can_be_chosen() -> None:
    space = {"type": "namespace", "name": "crm", "description": "d", "tools": [SEARCH]}
    call = parsed(input="Hi", tools=[space], tool_choice={"type": "function", "name": "search"})
    assert call.tool_choice == ToolChoice("required", ("search",))


def test_a_model_is_not_needed_beside_a_prompt() -> None:
    assert parsed(model=None, prompt={"id": "pmpt_1"}).model == ""
