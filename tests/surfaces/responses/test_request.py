from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.script.messages import ANY_TOOL, Call, Grammar, Message, Tool, ToolChoice, Validation
from openai_mock_api.surfaces.responses.request import NOTHING, parse

SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
SEARCH = {"type": "function", "name": "search", "description": "d", "parameters": SCHEMA, "strict": True}
GREP = {"type": "custom", "name": "grep"}
WEB = {"type": "web_search"}


class Remembered:
    """A past in which one thing was said."""

    def before(self, document: dict[str, Any]) -> list[dict[str, Any]]:
        return [said("Earlier")] if "previous_response_id" in document else []

    def item(self, _: dict[str, Any], id: str) -> dict[str, Any]:  # noqa: A002
        if id != "msg_1":
            raise ApiError(404, f"no {id}")
        return said("Referred to")


def said(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def parsed(validation: Validation = "strict", /, **document: Any) -> Call:
    return parse(Request("POST", "/v1/responses", []), {"model": "gpt-5", **document}, validation, Remembered())


def refused(**document: Any) -> tuple[str, str | None, str | None]:
    with pytest.raises(ApiError) as caught:
        parsed(**document)
    return caught.value.message, caught.value.param, caught.value.code


def test_what_a_call_holds() -> None:
    call = parsed(
        input="Hi",
        instructions="Be kind.",
        stream=True,
        max_output_tokens=20,
        include=["message.output_text.logprobs"],
        top_logprobs=3,
        text={"format": {"type": "json_schema", "name": "answer", "schema": SCHEMA}},
        tools=[SEARCH, GREP],
        parallel_tool_calls=False,
    )
    assert call.messages == [Message("system", "Be kind."), Message("user", "Hi")]
    assert (call.endpoint, call.model, call.stream, call.max_tokens) == ("responses", "gpt-5", True, 20)
    assert (call.response_format, call.schema, call.logprobs) == ("json_schema", SCHEMA, 3)
    assert call.tools == (Tool("search", "d", SCHEMA, strict=True), Tool("grep", kind="custom", strict=True))
    assert (call.parallel_tool_calls, call.tool_choice, call.validation) == (False, ANY_TOOL, "strict")
    assert (call.recalls, call.warning) == (False, None)


def test_the_grammar_of_a_custom_tool() -> None:
    given = {"type": "grammar", "syntax": "lark", "definition": 'start: "a"'}
    (tool,) = parsed(input="Hi", tools=[{"type": "custom", "name": "f", "format": given}]).tools
    assert (tool.kind, tool.grammar) == ("custom", Grammar("lark", 'start: "a"'))


def test_probabilities_are_for_those_that_include_them() -> None:
    assert parsed(input="Hi", top_logprobs=3).logprobs is None
    assert parsed(input="Hi", include=["message.output_text.logprobs"]).logprobs == 0


@pytest.mark.parametrize(
    ("choice", "tools", "expected"),
    [
        ("none", [SEARCH], ToolChoice("none")),
        ("required", [SEARCH], ToolChoice("required")),
        ("required", [SEARCH, WEB], ANY_TOOL),
        ("none", [SEARCH, WEB], ToolChoice("none")),
        ({"type": "function", "name": "search"}, [SEARCH], ToolChoice("required", ("search",))),
        ({"type": "custom", "name": "grep"}, [GREP, WEB], ToolChoice("required", ("grep",))),
        ({"type": "web_search"}, [SEARCH, WEB], ANY_TOOL),
        (
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "search"}]},
            [SEARCH, GREP],
            ToolChoice("required", ("search",)),
        ),
        (
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "search"}, WEB]},
            [SEARCH, WEB],
            ToolChoice("auto", ("search",)),
        ),
        ("required", [WEB], ANY_TOOL),
    ],
)
def test_what_is_said_about_calling_tools(choice: Any, tools: list[Any], expected: ToolChoice) -> None:
    assert parsed(input="Hi", tools=tools, tool_choice=choice).tool_choice == expected


def test_functions_of_namespaces_are_offered_too() -> None:
    space = {"type": "namespace", "name": "crm", "description": "d", "tools": [SEARCH]}
    assert [tool.name for tool in parsed(input="Hi", tools=[space, WEB]).tools] == ["search"]


def test_what_came_before_stands_in_front_and_instructions_before_that() -> None:
    call = parsed(input="Hi", instructions="Be kind.", previous_response_id="resp_1")
    assert [message.text for message in call.messages] == ["Be kind.", "Earlier", "Hi"]
    assert call.recalls


def test_a_reference_stands_for_what_is_stored() -> None:
    call = parsed(input=[{"type": "item_reference", "id": "msg_1"}, {"id": "msg_1"}])
    assert [message.text for message in call.messages] == ["Referred to"] * 2
    assert call.recalls


@pytest.mark.parametrize("level", ["strict", "warn", "off"])
def test_a_reference_to_nothing_is_refused_at_every_level(level: Validation) -> None:
    with pytest.raises(ApiError, match="no msg_2"):
        parsed(level, input=[{"type": "item_reference", "id": "msg_2"}])


def test_thoughts_without_their_encrypted_form_must_be_stored() -> None:
    thought = {"type": "reasoning", "id": "rs_2", "summary": []}
    assert refused(input=[thought, said("Hi")])[0] == "no rs_2"
    assert parsed(input=[{**thought, "encrypted_content": "x"}, said("Hi")]).messages[-1].text == "Hi"
    assert parsed("warn", input=[thought, said("Hi")]).warning == "no rs_2"


def test_where_nothing_is_stored_there_is_no_past() -> None:
    document = {"model": "gpt-5", "input": [{"id": "msg_1"}], "previous_response_id": "resp_1"}
    assert parse(Request("POST", "/", []), document, "strict", NOTHING).messages == [Message("assistant")]


def test_json_objects_must_be_asked_for_in_words() -> None:
    wanted = {"format": {"type": "json_object"}}
    assert refused(input="Hi", text=wanted) == (
        "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
        "input",
        None,
    )
    assert parsed(input="Hi", instructions="Say JSON.", text=wanted).response_format == "json_object"
    assert parsed(input="Hi as json", text=wanted).schema is None


def test_levels() -> None:
    asked = {"input": "Hi", "temperature": 9, "metadata": "no", "surprise": 1}
    assert refused(**asked)[1] == "surprise"
    warned = parsed("warn", **asked)
    assert warned.warning == "Unknown parameter: 'surprise'."
    assert parsed("off", **asked).warning is None
    assert warned.parameters is not None
    assert warned.parameters["temperature"] == 9
    assert "metadata" not in warned.parameters


_KEYS = st.sampled_from(["type", "role", "content", "id", "name", "output", "call_id", "format", "tools", "x"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)
_NAMES = st.sampled_from(
    ["model", "input", "instructions", "tools", "tool_choice", "text", "include", "conversation", "metadata", "stream"]
)


@given(st.dictionaries(_NAMES, _JSON, max_size=6), st.sampled_from(["warn", "off"]))
def test_whatever_is_not_refused_can_be_read(document: dict[str, Any], level: Validation) -> None:
    call = parse(Request("POST", "/v1/responses", []), document, level, NOTHING)
    assert call.endpoint == "responses"


def outcome(document: dict[str, Any]) -> Call | ApiError:
    try:
        return parse(Request("POST", "/v1/responses", []), document)
    except ApiError as refusal:
        return refusal


@given(st.dictionaries(_NAMES, _JSON, max_size=6))
def test_nothing_fails_but_by_being_refused(document: dict[str, Any]) -> None:
    found = outcome(document)
    assert found.status == 400 if isinstance(found, ApiError) else found.endpoint == "responses"
