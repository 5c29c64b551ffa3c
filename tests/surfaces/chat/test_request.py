from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_mock_api.errors import ApiError
from openai_mock_api.script.messages import ANY_TOOL, Grammar, Tool, ToolChoice, Validation
from openai_mock_api.surfaces.chat.parameters import PARAMETERS
from tests.serving import Served, app_of, chat, post, serving
from tests.surfaces.chat.test_messages import MESSAGE_RULES
from tests.surfaces.chat.test_parameters import GREP, PARAMETER_RULES, SEARCH
from tests.surfaces.refusals import parsed

SCHEMA = {"type": "object", "properties": {}}


def test_what_a_call_holds() -> None:
    document = chat(
        "Hi",
        stream=True,
        stream_options={"include_usage": True},
        n=2,
        max_completion_tokens=5,
        stop="x",
        logprobs=True,
        top_logprobs=3,
        response_format={"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}},
        tools=[
            {
                "type": "function",
                "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": None},
            },
            GREP,
        ],
        parallel_tool_calls=False,
    )
    call = parsed(document)
    assert (call.model, call.stream, call.include_usage, call.choices) == ("gpt-4o", True, True, 2)
    assert (call.max_tokens, call.stops, call.response_format, call.schema) == (5, ("x",), "json_schema", SCHEMA)
    assert call.tools == (Tool("f", "d", SCHEMA), Tool("grep", kind="custom"))
    assert (call.tool_choice, call.parallel_tool_calls, call.legacy_functions) == (ANY_TOOL, False, False)
    assert (call.logprobs, call.validation, call.warning) == (3, "strict", None)
    assert call.parameters is document


def test_strict_tools() -> None:
    strict = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    tool = {"type": "function", "function": {"name": "f", "parameters": strict, "strict": True}}
    assert parsed(chat("Hi", tools=[tool])).tools == (Tool("f", parameters=strict, strict=True),)


def test_the_grammar_of_a_custom_tool() -> None:
    given = {"type": "grammar", "grammar": {"syntax": "regex", "definition": "a+"}}
    tool = {"type": "custom", "custom": {"name": "f", "format": given}}
    assert parsed(chat("Hi", tools=[tool])).tools == (Tool("f", kind="custom", grammar=Grammar("regex", "a+")),)


@pytest.mark.parametrize(
    ("modalities", "aloud"), [(["text", "audio"], True), (["audio"], True), (["text"], False), (None, False)]
)
def test_an_answer_is_wanted_as_sound(modalities: list[str] | None, aloud: bool) -> None:
    voice = {"audio": {"voice": "alloy", "format": "wav"}} if aloud else {}
    assert parsed(chat("Hi", modalities=modalities, **voice)).aloud is aloud


def test_functions_are_the_older_tools() -> None:
    call = parsed(chat("Hi", functions=[{"name": "f", "parameters": SCHEMA}, {"name": "g"}]))
    assert call.tools == (Tool("f", parameters=SCHEMA), Tool("g"))
    assert (call.legacy_functions, call.parallel_tool_calls) == (True, False)


@pytest.mark.parametrize(
    ("parameters", "logprobs"),
    [({}, None), ({"logprobs": False}, None), ({"logprobs": True}, 0), ({"logprobs": True, "top_logprobs": 20}, 20)],
)
def test_probabilities_that_are_asked_for(parameters: dict[str, Any], logprobs: int | None) -> None:
    assert parsed(chat("Hi", **parameters)).logprobs == logprobs


TOOLS = {"tools": [SEARCH, GREP]}
FUNCTIONS = {"functions": [{"name": "f"}]}


@pytest.mark.parametrize(
    ("parameters", "choice"),
    [
        (TOOLS, ANY_TOOL),
        ({**TOOLS, "tool_choice": "auto"}, ANY_TOOL),
        ({**TOOLS, "tool_choice": "none"}, ToolChoice("none")),
        ({**TOOLS, "tool_choice": "required"}, ToolChoice("required")),
        ({**TOOLS, "tool_choice": SEARCH}, ToolChoice("required", ("search",))),
        ({**TOOLS, "tool_choice": GREP}, ToolChoice("required", ("grep",))),
        (
            {**TOOLS, "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [GREP]}}},
            ToolChoice("auto", ("grep",)),
        ),
        (
            {
                **TOOLS,
                "tool_choice": {
                    "type": "allowed_tools",
                    "allowed_tools": {"mode": "required", "tools": [GREP, SEARCH]},
                },
            },
            ToolChoice("required", ("grep", "search")),
        ),
        ({**FUNCTIONS, "function_call": "none"}, ToolChoice("none")),
        ({**FUNCTIONS, "function_call": {"name": "f"}}, ToolChoice("required", ("f",))),
    ],
)
def test_choices_of_tools(parameters: dict[str, Any], choice: ToolChoice) -> None:
    assert parsed(chat("Hi", **parameters)).tool_choice == choice


def test_the_last_of_two_equal_keys_counts(fast: Served) -> None:
    body = (
        b'{"model": "gpt-4o", "messages": [], "messages": [{"role": "user", "content": "Hello", "content": "empty"}]}'
    )
    with fast.wire() as wire:
        assert wire.ask(post(body)).json["choices"][0]["message"]["content"] == ""


def test_a_loop_in_the_older_form() -> None:
    messages = [
        {"role": "user", "content": "weather"},
        {
            "role": "assistant",
            "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "18 degrees"},
        {"role": "assistant", "content": "Warm."},
    ]
    with serving(app_of({"responses": [{"id": "loop", "messages": messages}]})) as served, served.wire() as wire:
        document = chat("weather", functions=[{"name": "f"}])
        called = wire.ask(post(document)).json["choices"][0]["message"]
        document["messages"] += [called, {"role": "function", "name": "f", "content": "18 degrees"}]
        assert wire.ask(post(document)).json["choices"][0]["message"]["content"] == "Warm."


# -- levels

FAULTY = [chat("Hi") | parameters for parameters, _ in PARAMETER_RULES] + [document for document, _ in MESSAGE_RULES]


def fault_of(document: dict[str, Any], level: Validation) -> ApiError | None:
    try:
        parsed(document, level)
    except ApiError as error:
        return error
    return None


@pytest.mark.parametrize("document", FAULTY)
def test_a_warning_instead_of_an_error(document: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    fault = fault_of(document, "strict")
    assert fault is not None
    if fault_of(document, "off") is not None:
        return
    with caplog.at_level(logging.WARNING, "openai_mock_api.validation"):
        call = parsed(document, "warn")
    assert (call.validation, call.warning) == ("warn", fault.message)
    assert fault.message in caplog.text


@pytest.mark.parametrize("level", ["warn", "off"])
def test_what_holds_no_messages_is_refused_at_every_level(level: Validation) -> None:
    faults = [fault for document in FAULTY if (fault := fault_of(document, level)) is not None]
    assert {fault.param for fault in faults} == {"messages", "messages[1]", "messages[0].role"}
    assert {fault.status for fault in faults} == {400}


def test_no_warning_without_a_fault(caplog: pytest.LogCaptureFixture) -> None:
    document = chat("Hi", seed=1)
    assert (parsed(document, "warn").warning, parsed(document, "off").warning) == (None, None)
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"max_tokens": 0}, {"max_tokens": None}),
        ({"max_tokens": 5, "max_completion_tokens": 7}, {"max_tokens": 7}),
        ({"max_tokens": 5, "max_completion_tokens": 0}, {"max_tokens": 5}),
        ({"max_tokens": "5"}, {"max_tokens": None}),
        ({"n": 0}, {"choices": 1}),
        ({"n": 10**9}, {"choices": 128}),
        ({"stop": ["a", "", 5, "b", "c", "d", "e"]}, {"stops": ("a", "b", "c", "d", "e")}),
        ({"stream": "yes", "stream_options": 5}, {"stream": False, "include_usage": False}),
        ({"stream_options": {"include_usage": True, "more": 1}}, {"include_usage": True}),
        ({"model": None}, {"model": ""}),
        ({"response_format": {"type": "yaml"}}, {"response_format": "text"}),
        ({"response_format": {"type": ["text"]}}, {"response_format": "text"}),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": SCHEMA}}},
            {"response_format": "json_schema", "schema": SCHEMA},
        ),
        ({"response_format": {"type": "json_object", "json_schema": {"schema": SCHEMA}}}, {"schema": None}),
        ({"tools": 5, "functions": "x"}, {"tools": (), "legacy_functions": False}),
        (
            {"tools": [5, {}, {"type": "function", "function": {"name": "a.b", "parameters": 5}}, SEARCH]},
            {"tools": (Tool("a.b"), Tool("search")), "legacy_functions": False},
        ),
        ({"tools": [SEARCH], "functions": [{"name": "f"}]}, {"tools": (Tool("search"), Tool("f"))}),
        ({"tool_choice": "required"}, {"tool_choice": ANY_TOOL}),
        ({"tools": [SEARCH], "tool_choice": "maybe"}, {"tool_choice": ANY_TOOL}),
        ({"tools": [SEARCH], "tool_choice": {}}, {"tool_choice": ANY_TOOL}),
        ({"tools": [SEARCH], "tool_choice": 5}, {"tool_choice": ANY_TOOL}),
        ({"logprobs": 1, "top_logprobs": 3}, {"logprobs": None}),
    ],
)
def test_what_unchecked_parameters_amount_to(parameters: dict[str, Any], expected: dict[str, Any]) -> None:
    call = parsed(chat("Hi") | parameters, "off")
    assert {name: getattr(call, name) for name in expected} == expected


def test_rendering_sees_only_parameters_of_the_right_form() -> None:
    document = chat("Hi", service_tier={}, audio="loud", unheard=1, temperature=7, user="x" * 100, stop=["a"] * 5)
    parameters = parsed(document, "off").parameters
    assert parameters == chat("Hi", unheard=1, temperature=7, user="x" * 100, stop=["a"] * 5)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-3, 3) | st.sampled_from(["", "x", "auto", "function"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "name", "function", "custom", "json_schema", "schema", "mode", "allowed_tools", "tools"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
messages = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "tool", "function"])},
    optional=dict.fromkeys(("content", "tool_calls", "function_call", "tool_call_id", "name", "audio"), values),
)
documents = st.fixed_dictionaries(
    {"messages": st.lists(messages, max_size=3)}, optional=dict.fromkeys([*PARAMETERS, "more"], values)
)


@settings(max_examples=400, deadline=None)
@given(document=documents, level=st.sampled_from(["warn", "off"]))
def test_whatever_can_be_understood_becomes_a_call(document: dict[str, Any], level: Validation) -> None:
    call = parsed(document, level)
    assert len(call.messages) == len(document["messages"])
    assert 1 <= call.choices <= 128
    assert all(tool.name for tool in call.tools)
    fault = fault_of(document, "strict")
    assert call.warning == (fault.message if fault is not None and level == "warn" else None)
