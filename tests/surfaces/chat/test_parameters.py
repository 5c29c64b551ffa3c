from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openai.types.chat import completion_create_params as params

from openai_mock_api.surfaces.chat.parameters import PARAMETERS, chosen_tools
from tests.serving import chat
from tests.surfaces.refusals import (
    a_bound,
    a_long_text,
    a_wrong_type,
    a_wrong_value,
    an_absence,
    an_empty_array,
    an_empty_text,
    an_unknown,
    another_pattern,
    parsed,
    refused,
)

if TYPE_CHECKING:
    from tests.surfaces.refusals import Refusal

SEARCH = {"type": "function", "function": {"name": "search"}}
GREP = {"type": "custom", "custom": {"name": "grep"}}
EFFORTS = "'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'"
SPOKEN = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}
HI = {"role": "user", "content": "Hi"}
CALLING = {
    "role": "assistant",
    "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}
ANSWERING = {"role": "tool", "tool_call_id": "call_1", "content": "Done"}
BROKEN_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def needs(name: str, other: str) -> Refusal:
    return f"Invalid value for '{name}': '{name}' is only allowed when '{other}' are specified.", name, None


def no_function(name: str) -> Refusal:
    text = f"Invalid value for 'function_call': no function named '{name}' was specified in the 'functions' parameter."
    return text, "function_call", None


def not_both(name: str, other: str) -> Refusal:
    text = f"Setting '{name}' and '{other}' at the same time is not supported."
    return text, name, "invalid_parameter_combination"


PARAMETER_RULES: list[tuple[dict[str, Any], Refusal]] = [
    ({"model": None}, ("you must provide a model parameter", None, None)),
    ({"model": ""}, ("you must provide a model parameter", None, None)),
    ({"model": 4}, a_wrong_type("model", "a string", "an integer")),
    ({"temprature": 1}, ("Unrecognized request argument supplied: temprature", None, None)),
    # -- sampling
    ({"temperature": "hot"}, a_wrong_type("temperature", "a decimal", "a string")),
    ({"temperature": True}, a_wrong_type("temperature", "a decimal", "a boolean")),
    ({"temperature": 2.1}, a_bound("temperature", "decimal above maximum", "<= 2", "2.1", "decimal_above_max_value")),
    ({"temperature": -1}, a_bound("temperature", "decimal below minimum", ">= 0", "-1", "decimal_below_min_value")),
    ({"top_p": 2}, a_bound("top_p", "decimal above maximum", "<= 1", "2", "decimal_above_max_value")),
    (
        {"presence_penalty": -3},
        a_bound("presence_penalty", "decimal below minimum", ">= -2", "-3", "decimal_below_min_value"),
    ),
    (
        {"frequency_penalty": 3},
        a_bound("frequency_penalty", "decimal above maximum", "<= 2", "3", "decimal_above_max_value"),
    ),
    ({"n": 0}, a_bound("n", "integer below minimum", ">= 1", "0", "integer_below_min_value")),
    ({"n": 129}, a_bound("n", "integer above maximum", "<= 128", "129", "integer_above_max_value")),
    ({"n": 10**400}, a_bound("n", "integer above maximum", "<= 128", f"1{'0' * 400}", "integer_above_max_value")),
    ({"n": True}, a_wrong_type("n", "an integer", "a boolean")),
    ({"n": 1.0}, a_wrong_type("n", "an integer", "a decimal number")),
    ({"max_tokens": 0}, a_bound("max_tokens", "integer below minimum", ">= 1", "0", "integer_below_min_value")),
    ({"max_completion_tokens": []}, a_wrong_type("max_completion_tokens", "an integer", "an empty array")),
    ({"max_tokens": 5, "max_completion_tokens": 5}, not_both("max_tokens", "max_completion_tokens")),
    ({"seed": "1"}, a_wrong_type("seed", "an integer", "a string")),
    (
        {"seed": 2**63},
        a_bound("seed", "integer above maximum", f"<= {2**63 - 1}", str(2**63), "integer_above_max_value"),
    ),
    ({"top_logprobs": 21}, a_bound("top_logprobs", "integer above maximum", "<= 20", "21", "integer_above_max_value")),
    (
        {"top_logprobs": 1},
        ("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", "top_logprobs", None),
    ),
    (
        {"top_logprobs": 1, "logprobs": False},
        ("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", "top_logprobs", None),
    ),
    (
        {"logit_bias": {"you": 1}},
        ("Invalid key in 'logit_bias': you. You should only be submitting non-negative integers.", "logit_bias", None),
    ),
    (
        {"logit_bias": {"-5": 1}},
        ("Invalid key in 'logit_bias': -5. You should only be submitting non-negative integers.", "logit_bias", None),
    ),
    ({"logit_bias": {"50256": "1"}}, a_wrong_type("logit_bias.50256", "a decimal", "a string")),
    (
        {"logit_bias": {"50256": 101}},
        a_bound("logit_bias.50256", "decimal above maximum", "<= 100", "101", "decimal_above_max_value"),
    ),
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
    # -- who asks, and how it is served
    ({"user": {"a": 1}}, a_wrong_type("user", "a string", "an object")),
    ({"user": "x" * 65}, a_long_text("user", 64, 65)),
    ({"safety_identifier": "x" * 129}, a_long_text("safety_identifier", 128, 129)),
    ({"prompt_cache_key": "x" * 65}, a_long_text("prompt_cache_key", 64, 65)),
    (
        {"prompt_cache_retention": {}},
        a_wrong_type("prompt_cache_retention", "one of 'in_memory' or '24h'", "an object"),
    ),
    ({"prompt_cache_retention": "1h"}, a_wrong_value("prompt_cache_retention", "1h", "'in_memory' and '24h'")),
    ({"prompt_cache_options": {"bogus": 1}}, an_unknown("prompt_cache_options.bogus")),
    ({"prompt_cache_options": {"ttl": "1h"}}, a_wrong_value("prompt_cache_options.ttl", "1h", "'30m'")),
    (
        {"service_tier": "slow"},
        a_wrong_value("service_tier", "slow", "'auto', 'default', 'fast', 'flex', 'priority', and 'scale'"),
    ),
    (
        {"service_tier": {}},
        a_wrong_type("service_tier", "one of 'auto', 'default', 'fast', 'flex', 'priority', or 'scale'", "an object"),
    ),
    ({"reasoning_effort": "huge"}, a_wrong_value("reasoning_effort", "huge", EFFORTS)),
    ({"verbosity": "mute"}, a_wrong_value("verbosity", "mute", "'low', 'medium', and 'high'")),
    ({"moderation": {}}, an_absence("moderation.model")),
    (
        {"moderation": {"model": "m", "policy": {"input": {"mode": "stare"}}}},
        a_wrong_value("moderation.policy.input.mode", "stare", "'score' and 'block'"),
    ),
    ({"store": "yes"}, a_wrong_type("store", "a boolean", "a string")),
    ({"metadata": [1]}, a_wrong_type("metadata", "an object", "an array")),
    ({"metadata": {"k": 7}}, a_wrong_type("metadata.k", "a string", "an integer")),
    ({"metadata": {"k": "x" * 513}}, a_long_text("metadata.k", 512, 513)),
    (
        {"metadata": {f"k{i}": "v" for i in range(17)}},
        (
            "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object "
            "with 17 properties instead.",
            "metadata",
            "object_above_max_properties",
        ),
    ),
    (
        {"metadata": {"k" * 70: "v"}},
        (
            "Invalid property name in 'metadata': 'kkk...kkk' is too long. Expected a string with maximum length 64, "
            "but got a string with length 70 instead.",
            f"metadata.{'k' * 70}",
            "property_name_above_max_length",
        ),
    ),
    # -- streams
    ({"stream": "true"}, a_wrong_type("stream", "a boolean", "a string")),
    ({"stream": 1}, a_wrong_type("stream", "a boolean", "an integer")),
    ({"stream_options": True, "stream": True}, a_wrong_type("stream_options", "an object", "a boolean")),
    (
        {"stream_options": {"include_usage": "yes"}, "stream": True},
        a_wrong_type("stream_options.include_usage", "a boolean", "a string"),
    ),
    ({"stream_options": {"bogus": 1}, "stream": True}, an_unknown("stream_options.bogus")),
    (
        {"stream_options": {}},
        ("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options", None),
    ),
    # -- sound, predictions, the web
    ({"modalities": "text"}, a_wrong_type("modalities", "an array of strings", "a string")),
    ({"modalities": ["text", "smell"]}, a_wrong_value("modalities[1]", "smell", "'text' and 'audio'")),
    ({"modalities": ["text", "audio"]}, an_absence("audio")),
    (
        {"audio": {"voice": "alloy", "format": "wav"}},
        ("The 'audio' parameter is only allowed when 'modalities' includes 'audio'.", "audio", None),
    ),
    ({**SPOKEN, "audio": {"voice": "alloy"}}, an_absence("audio.format")),
    (
        {**SPOKEN, "audio": {"voice": "alloy", "format": "midi"}},
        a_wrong_value("audio.format", "midi", "'wav', 'aac', 'mp3', 'flac', 'opus', and 'pcm16'"),
    ),
    (
        {**SPOKEN, "audio": {"voice": 1, "format": "wav"}},
        a_wrong_type("audio.voice", "one of a string or object", "an integer"),
    ),
    (
        {**SPOKEN, "stream": True},
        (
            "Unsupported value: 'audio.format' does not support 'wav' when stream=true. Supported values are: 'pcm16'.",
            "audio.format",
            "unsupported_value",
        ),
    ),
    ({"prediction": {"content": "x"}}, an_absence("prediction.type")),
    ({"prediction": {"type": "guess", "content": "x"}}, a_wrong_value("prediction.type", "guess", "'content'")),
    (
        {"prediction": {"type": "content", "content": 5}},
        a_wrong_type("prediction.content", "one of a string or array of objects", "an integer"),
    ),
    (
        {"web_search_options": {"search_context_size": "vast"}},
        a_wrong_value("web_search_options.search_context_size", "vast", "'low', 'medium', and 'high'"),
    ),
    (
        {"web_search_options": {"user_location": {"type": "approximate"}}},
        an_absence("web_search_options.user_location.approximate"),
    ),
    (
        {"web_search_options": {"user_location": {"type": "approximate", "approximate": {"planet": "Mars"}}}},
        an_unknown("web_search_options.user_location.approximate.planet"),
    ),
    # -- response formats
    ({"response_format": "json"}, a_wrong_type("response_format", "an object", "a string")),
    ({"response_format": {}}, an_absence("response_format.type")),
    (
        {"response_format": {"type": "yaml"}},
        a_wrong_value("response_format.type", "yaml", "'json_object', 'json_schema', and 'text'"),
    ),
    ({"response_format": {"type": "text", "schema": {}}}, an_unknown("response_format.schema")),
    ({"response_format": {"type": "json_schema"}}, an_absence("response_format.json_schema")),
    (
        {"response_format": {"type": "json_schema", "json_schema": {}}},
        an_absence("response_format.json_schema.name"),
    ),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": []}}},
        a_wrong_type("response_format.json_schema.schema", "an object", "an empty array"),
    ),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}, "strict": True}}},
        (
            "Invalid schema for response_format 'a': schema must be a JSON Schema of 'type: \"object\"', got "
            "'type: \"None\"'.",
            "response_format",
            None,
        ),
    ),
    (
        {"response_format": {"type": "json_object"}},
        (
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            "messages",
            None,
        ),
    ),
    # -- tools
    ({"tools": {}}, a_wrong_type("tools", "an array of objects", "an object")),
    ({"tools": []}, an_empty_array("tools")),
    ({"tools": ["x"]}, a_wrong_type("tools[0]", "an object", "a string")),
    ({"tools": [{}]}, an_absence("tools[0].type")),
    ({"tools": [{"type": "retrieval"}]}, a_wrong_value("tools[0].type", "retrieval", "'function' and 'custom'")),
    ({"tools": [{"type": "function"}]}, an_absence("tools[0].function")),
    ({"tools": [{"type": "function", "function": None}]}, a_wrong_type("tools[0].function", "an object", "null")),
    ({"tools": [{"type": "function", "function": {}}]}, an_absence("tools[0].function.name")),
    (
        {"tools": [{"type": "function", "function": {"name": "f", "shape": 1}}]},
        an_unknown("tools[0].function.shape"),
    ),
    ({"tools": [{"type": "custom", "custom": {}}]}, an_absence("tools[0].custom.name")),
    (
        {"tools": [{"type": "custom", "custom": {"name": "f", "format": {"type": "grammar"}}}]},
        an_absence("tools[0].custom.format.grammar"),
    ),
    (
        {
            "tools": [
                {
                    "type": "custom",
                    "custom": {
                        "name": "f",
                        "format": {"type": "grammar", "grammar": {"syntax": "bnf", "definition": "x"}},
                    },
                }
            ]
        },
        a_wrong_value("tools[0].custom.format.grammar.syntax", "bnf", "'lark' and 'regex'"),
    ),
    (
        {"tools": [{"type": "function", "function": {"name": "get weather"}}]},
        another_pattern("tools[0].function.name", "^[a-zA-Z0-9_-]+$"),
    ),
    ({"tools": [{"type": "function", "function": {"name": ""}}]}, an_empty_text("tools[0].function.name")),
    (
        {"tools": [{"type": "function", "function": {"name": "x" * 65}}]},
        a_long_text("tools[0].function.name", 64, 65),
    ),
    (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": "none"}}]},
        a_wrong_type("tools[0].function.parameters", "an object", "a string"),
    ),
    (
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "string"}}}]},
        (
            "Invalid schema for function 'f': schema must be a JSON Schema of 'type: \"object\"', got "
            "'type: \"string\"'.",
            "tools[0].function.parameters",
            "invalid_function_parameters",
        ),
    ),
    (
        {"tools": [GREP, {"type": "function", "function": {"name": "f", "parameters": BROKEN_SCHEMA, "strict": True}}]},
        (
            "Invalid schema for function 'f': In context=(), 'additionalProperties' is required to be supplied and to "
            "be false.",
            "tools[1].function.parameters",
            "invalid_function_parameters",
        ),
    ),
    (
        {"tools": [SEARCH, GREP, SEARCH]},
        ("Invalid value: 'search'. The names of tools must be unique.", "tools[2].function.name", "invalid_value"),
    ),
    ({"tool_choice": "auto"}, needs("tool_choice", "tools")),
    ({"tool_choice": "none"}, needs("tool_choice", "tools")),
    ({"parallel_tool_calls": True}, needs("parallel_tool_calls", "tools")),
    (
        {"tool_choice": 1},
        a_wrong_type("tool_choice", "one of one of 'none', 'auto', or 'required' or object", "an integer"),
    ),
    ({"tool_choice": "maybe"}, a_wrong_value("tool_choice", "maybe", "'none', 'auto', and 'required'")),
    ({"tool_choice": {"type": "bogus"}}, an_absence("tool_choice.function")),
    ({"tool_choice": {"function": {"name": "f"}}}, an_absence("tool_choice.type")),
    (
        {"tool_choice": {"type": "bogus", "function": {"name": "f"}}},
        a_wrong_value("tool_choice.type", "bogus", "'function', 'allowed_tools', and 'custom'"),
    ),
    ({"tool_choice": {"type": "function", "function": {}}}, an_absence("tool_choice.function.name")),
    ({"tool_choice": {"type": "custom"}}, an_absence("tool_choice.custom")),
    ({"tool_choice": {"type": "allowed_tools", "allowed_tools": {}}}, an_absence("tool_choice.allowed_tools.mode")),
    (
        {"tool_choice": {"type": "function", "function": {"name": "other"}}, "tools": [SEARCH, GREP]},
        no_function("other"),
    ),
    (
        {"tool_choice": {"type": "custom", "custom": {"name": "other"}}, "tools": [SEARCH, GREP]},
        no_function("other"),
    ),
    (
        {
            "tool_choice": {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [SEARCH, {"type": "function", "function": {"name": "other"}}],
                },
            },
            "tools": [SEARCH, GREP],
        },
        no_function("other"),
    ),
    # -- functions, the older form
    ({"functions": []}, an_empty_array("functions")),
    ({"functions": [{}]}, an_absence("functions[0].name")),
    (
        {"functions": [{"name": "f"}], "tools": [SEARCH]},
        (
            "Invalid request: 'functions' and 'tools' cannot both be provided. 'functions' are deprecated; use the "
            "'tools' parameter instead.",
            None,
            None,
        ),
    ),
    (
        {"functions": [{"name": "f"}], "messages": [HI, CALLING, ANSWERING]},
        (
            "Invalid parameter: 'tool_calls' cannot be used when 'functions' are present. Please use 'tools' instead "
            "of 'functions'.",
            "messages.[1].tool_calls",
            None,
        ),
    ),
    (
        {"functions": [{"name": "f"}, {"name": "f"}]},
        ("Invalid value: 'f'. The names of tools must be unique.", "functions[1].name", "invalid_value"),
    ),
    (
        {"function_call": 1},
        a_wrong_type("function_call", "one of 'none' or 'auto' or object", "an integer"),
    ),
    ({"function_call": "auto"}, needs("function_call", "functions")),
    ({"function_call": {}, "functions": [{"name": "f"}]}, an_absence("function_call.name")),
    ({"function_call": {"name": "other"}, "functions": [{"name": "f"}]}, no_function("other")),
]

ACCEPTED: list[dict[str, Any]] = [
    {"logit_bias": {"50256": -100, "5": 0.5}},
    {"logprobs": True, "top_logprobs": 0},
    {"stop": ""},
    {"stop": []},
    {"metadata": {f"{i:064}": "x" * 512 for i in range(16)}},
    {"seed": -(2**63)},
    {"n": 3, "stream": True, "stream_options": {"include_usage": True, "include_obfuscation": False}},
    {**SPOKEN, "audio": {"voice": {"id": "voice_1"}, "format": "pcm16"}, "stream": True},
    {"prediction": {"type": "content", "content": [{"type": "text", "text": "x"}]}},
    {"web_search_options": {}},
    {
        "web_search_options": {
            "search_context_size": "low",
            "user_location": {"type": "approximate", "approximate": {"city": "Paris", "country": "FR"}},
        }
    },
    {"moderation": {"model": "m", "policy": {"input": {"mode": "score"}, "output": None}}},
    {"prompt_cache_options": {"mode": "explicit", "ttl": "30m"}, "prompt_cache_retention": "24h"},
    {"response_format": {"type": "text"}},
    {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "description": "d", "strict": None}}},
    {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "array"}}}},
    {"tools": [SEARCH, GREP], "tool_choice": "required", "parallel_tool_calls": False},
    {"tools": [SEARCH], "tool_choice": {"type": "function", "function": {"name": "search"}}},
    {
        "tools": [SEARCH, GREP],
        "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [SEARCH, GREP]}},
    },
    {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}, "strict": None}}]},
    {"tools": [{"type": "custom", "custom": {"name": "f", "format": {"type": "text"}}}]},
    {"tools": [{"type": "function", "function": {"name": "f", "parameters": BROKEN_SCHEMA}}]},
    {"functions": [{"name": "f", "parameters": BROKEN_SCHEMA}], "function_call": {"name": "f"}},
]

#: Requests with two faults, and the one that is named.
ORDER: list[tuple[dict[str, Any], str | None]] = [
    ({"model": None, "messages": None}, None),
    ({"messages": None, "zzz": 1}, "messages"),
    ({"zzz": 1, "messages": []}, None),
    ({"n": "x", "messages": []}, "messages"),
    ({"stop": 1, "n": "x"}, "n"),
    ({"n": "x", "tools": "x"}, "tools"),
    ({"verbosity": 1, "metadata": 1}, "metadata"),
    ({"stream_options": {}, "verbosity": "x"}, "verbosity"),
]


@pytest.mark.parametrize(("parameters", "refusal"), PARAMETER_RULES)
def test_rules_of_parameters(parameters: dict[str, Any], refusal: Refusal) -> None:
    assert refused(chat("Hi") | parameters) == refusal


@pytest.mark.parametrize("parameters", ACCEPTED)
def test_what_is_accepted(parameters: dict[str, Any]) -> None:
    assert parsed(chat("Hi") | parameters).warning is None


@pytest.mark.parametrize("text", ["Answer as JSON", "application/json"])
def test_json_is_named_in_any_message(text: str) -> None:
    document = chat("Hi", response_format={"type": "json_object"})
    document["messages"] = [{"role": "system", "content": [{"type": "text", "text": text}]}, *document["messages"]]
    assert parsed(document).response_format == "json_object"


@pytest.mark.parametrize(("parameters", "named"), ORDER)
def test_the_first_of_several_faults_is_named(parameters: dict[str, Any], named: str | None) -> None:
    assert refused(chat("Hi") | parameters)[1] == named


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
    assert (call.tools, call.response_format, call.schema, call.logprobs) == ((), "text", None, None)


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("auto", []),
        (None, []),
        ({"type": "function", "function": {"name": "f"}}, ["f"]),
        ({"type": "custom", "custom": {"name": "g"}}, ["g"]),
        (
            {"allowed_tools": {"tools": [SEARCH, GREP, "x", {"type": "function"}, {"function": {"name": 1}}]}},
            ["search", "grep"],
        ),
        ({"allowed_tools": {"tools": 5}}, []),
        ({"allowed_tools": 5}, []),
    ],
)
def test_the_tools_that_a_choice_names(choice: Any, names: list[str]) -> None:
    assert chosen_tools(choice) == names
