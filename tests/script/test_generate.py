from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from openai_mock_api.errors import ScriptError
from openai_mock_api.script.generate import auto, echo
from openai_mock_api.script.messages import Grammar, Message, Tool, ToolChoice
from openai_mock_api.script.tokens.counting import tokenizer_for
from tests.script.making import call, say

if TYPE_CHECKING:
    from openai_mock_api.script.messages import Call
    from openai_mock_api.script.replies import Reply

TALK = call("first", say("assistant", "x"), "second\n  line", say("tool", "y"))
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = Tool("get_weather", parameters=CITY)
TIME = Tool("get_time")
NOTE = Tool("note", kind="custom")


def called(reply: Reply) -> list[tuple[str, str]]:
    return [(c.name, c.arguments) for c in reply.tool_calls]


# -- echo


def test_echo_repeats_the_user() -> None:
    assert echo(TALK).content == "second\n  line"
    assert echo(call(say("system", "x"))).content == ""


def test_echo_stays_echo() -> None:
    reply = echo(call("Hi", tools=(WEATHER,), tool_choice=ToolChoice("required"), schema=CITY))
    assert (reply.content, reply.tool_calls) == ("Hi", ())


# -- text


@pytest.mark.parametrize(
    ("called", "content"),
    [
        (TALK, 'This is a mock answer to "second line" from gpt-4o.'),
        (call(say("system", "x"), model="o1"), "This is a mock answer from o1."),
        (call("x" * 100), f'This is a mock answer to "{"x" * 80}" from gpt-4o.'),
        (call("Hi", max_tokens=100), 'This is a mock answer to "Hi" from gpt-4o.'),
        (call("Hi", max_tokens=8), "This is a mock answer."),
        (call("Hi", max_tokens=2), "Mock answer"),
        (call("Hi", max_tokens=1), "OK"),
        (call("Hi", max_tokens=100, aloud=True), 'This is a mock answer to "Hi" from gpt-4o.'),
        (call("Hi", max_tokens=20, aloud=True), "Mock answer"),
        (call("Hi", stops=("from",)), "This is a mock answer."),
        (call("Hi", stops=(".",)), "Mock answer"),
        (call("Hi", stops=("O", "o")), "OK"),
    ],
)
def test_text_is_said_as_fully_as_the_call_allows(called: Call, content: str) -> None:
    assert auto(called).content == content
    assert auto(called).content == content


@pytest.mark.parametrize("most", range(1, 30))
def test_text_is_not_cut_by_the_token_limit(most: int) -> None:
    text = auto(call("What is the capital of France?", max_tokens=most)).content
    assert text is not None
    assert tokenizer_for("gpt-4o").count(text) <= most


# -- formats


def test_a_json_schema_is_satisfied() -> None:
    reply = auto(call("Hi", response_format="json_schema", schema=CITY))
    assert reply.content == '{"city":"city"}'


@pytest.mark.parametrize("response_format", ["json_object", "json_schema"])
def test_json_without_a_schema_is_an_object(response_format: str) -> None:
    content = auto(call("Hi", response_format=response_format)).content
    assert json.loads(content or "") == {"message": 'This is a mock answer to "Hi" from gpt-4o.'}


def test_a_schema_that_nothing_satisfies_is_reported() -> None:
    with pytest.raises(ScriptError, match=r"JSON Schema of response_format: no value .* Mend the schema") as caught:
        auto(call("Hi", response_format="json_schema", schema={"allOf": [False]}))
    assert caught.value.param == "response_format"
    with pytest.raises(ScriptError, match="JSON Schema of the tool 'f'") as caught:
        auto(call("Hi", tools=(Tool("f", parameters={"type": "array"}), Tool("f", parameters={"type": "strin"}))))
    assert caught.value.param == "tools"


# -- tools

OFFERED: dict[str, Any] = {"tools": (WEATHER, TIME, NOTE)}
ALL = [("get_weather", '{"city":"city"}'), ("get_time", "{}"), ("note", "text")]


@pytest.mark.parametrize(
    ("more", "calls"),
    [
        ({}, ALL),
        ({"parallel_tool_calls": False}, ALL[:1]),
        ({"tool_choice": ToolChoice("none")}, []),
        ({"tool_choice": ToolChoice("required")}, ALL),
        ({"tool_choice": ToolChoice("required", ("get_time",))}, ALL[1:2]),
        ({"tool_choice": ToolChoice("auto", ("get_time", "note"))}, ALL[1:]),
        ({"tool_choice": ToolChoice("auto", ("get_time", "note")), "parallel_tool_calls": False}, ALL[1:2]),
        ({"response_format": "json_schema", "schema": CITY}, ALL),
    ],
)
def test_tools_are_called_as_the_call_asks(more: dict[str, Any], calls: list[Any]) -> None:
    reply = auto(call("Hi", **OFFERED, **more))
    assert called(reply) == calls
    assert (reply.content is None) == bool(calls)


def test_custom_tools_are_called_as_such() -> None:
    assert [c.kind for c in auto(call("Hi", **OFFERED)).tool_calls] == ["function", "function", "custom"]


@pytest.mark.parametrize(
    ("grammar", "text"),
    [
        (None, "text"),
        (Grammar("regex", "[A-Z]{3}-[0-9]{4}"), "AAA-0000"),
        (Grammar("lark", 'start: "SELECT" " " /[a-z]+/'), "SELECT a"),
        (Grammar("lark", "start: {}"), "text"),
    ],
)
def test_a_custom_tool_gets_an_input_that_its_grammar_accepts(grammar: Grammar | None, text: str) -> None:
    tool = Tool("run", kind="custom", grammar=grammar)
    assert called(auto(call("Hi", tools=(tool,), tool_choice=ToolChoice("required")))) == [("run", text)]


@pytest.mark.parametrize(
    ("choice", "finish_reason"),
    [
        (ToolChoice(), None),
        (ToolChoice("required"), None),
        (ToolChoice("required", ("get_time", "note")), None),
        (ToolChoice("required", ("get_time",)), "stop"),
        (ToolChoice("none"), None),
    ],
)
def test_a_forced_call_ends_with_stop(choice: ToolChoice, finish_reason: str | None) -> None:
    assert auto(call("Hi", **OFFERED, tool_choice=choice)).finish_reason == finish_reason


@pytest.mark.parametrize("parameters", [None, {}, {"properties": {"a": {}}}, {"$defs": {}, "anyOf": [{}]}])
def test_arguments_are_an_object(parameters: dict[str, Any] | None) -> None:
    assert called(auto(call("Hi", tools=(Tool("f", parameters=parameters),)))) == [("f", "{}")]


def asking(**more: Any) -> Call:
    return call("Hi", tools=(WEATHER, TIME), **more)


def answered(asked: Call, *more: Message) -> Call:
    """The same conversation after its tools have answered."""
    calls = auto(asked).tool_calls
    results = [say("tool", "18", c.id) for c in calls]
    said = Message("assistant", tool_calls=calls)
    return msgspec.structs.replace(asked, messages=[*asked.messages, said, *results, *more])


def test_a_tool_loop_ends_after_the_results() -> None:
    assert auto(answered(asking())).content == 'This is a mock answer to "Hi" from gpt-4o.'
    assert auto(answered(asking(parallel_tool_calls=False))).tool_calls == ()


def test_a_tool_loop_ends_in_the_format() -> None:
    assert auto(answered(asking(response_format="json_schema", schema=CITY))).content == '{"city":"city"}'


def test_the_next_message_of_the_user_begins_another_loop() -> None:
    again = answered(asking(), say("assistant", "18."), say("user", "And now?"))
    assert called(auto(again)) == ALL[:2]


def test_a_tool_that_must_be_called_is_called_again() -> None:
    assert called(auto(answered(asking(tool_choice=ToolChoice("required"))))) == ALL[:2]


def test_ids_of_calls_are_the_same_for_the_same_call_and_differ_within_a_conversation() -> None:
    first = asking(tool_choice=ToolChoice("required"))
    second = answered(first)
    ids = [c.id for asked in (first, second, answered(second)) for c in auto(asked).tool_calls]
    assert len(set(ids)) == len(ids) == 6
    assert [c.id for c in auto(first).tool_calls] == ids[:2]
    assert all(i.startswith("call_") and len(i) == 29 for i in ids)
