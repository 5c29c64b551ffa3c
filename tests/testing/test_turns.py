from __future__ import annotations

import functools
import inspect
from typing import Any

import pytest
from msgspec import UNSET

from openai_mock_api import (
    AssistantTurn,
    ConversationMessage,
    Expect,
    ToolCall,
    ToolFunction,
    assistant,
    contains,
    expect,
    sequence,
    tool_call,
)
from openai_mock_api.config.model import When
from openai_mock_api.config.shapes import fields_of, given
from openai_mock_api.testing.turns import FunctionTurn, TurnKeys, bare, name_of, numbered


def answer(call: Any) -> str:
    return str(call)


# -- calls of tools


@pytest.mark.parametrize(
    ("call", "arguments", "broken"),
    [
        (tool_call("f"), {}, False),
        (tool_call("f", city="Paris", name="x", id=3), {"city": "Paris", "name": "x", "id": 3}, False),
        (tool_call("f", {"a-b": 1}), {"a-b": 1}, False),
        (tool_call("f", {"a": 1}, b=2), {"a": 1, "b": 2}, False),
        (tool_call("f", '{"a": 1}'), '{"a": 1}', False),
        (tool_call("f", '{"a":'), '{"a":', True),
    ],
)
def test_a_call_of_a_tool(call: ToolCall, arguments: Any, broken: bool) -> None:
    assert call == ToolCall(id="call_f", function=ToolFunction(name="f", arguments=arguments), broken=broken)


def test_ids_are_no_longer_than_the_api_allows() -> None:
    assert len(tool_call("a" * 64).id) <= 40


def test_arguments_are_given_in_one_way() -> None:
    with pytest.raises(TypeError, match="given as text, and by name too"):
        tool_call("f", "{}", a=1)


def test_ids_made_of_names_are_numbered_and_others_stay() -> None:
    own = ToolCall(id="own", function=ToolFunction(name="f"))
    used: set[str] = set()
    assert [call.id for call in numbered([tool_call("f"), tool_call("f"), own], used)] == ["call_f", "call_f_2", "own"]
    assert [call.id for call in numbered([tool_call("f"), own, tool_call("g")], used)] == ["call_f_3", "own", "call_g"]


# -- answers


@pytest.mark.parametrize(
    ("turn", "fields"),
    [
        (assistant(), {}),
        (assistant("Hi"), {"content": "Hi"}),
        (assistant({"a": 1}), {"content": {"a": 1}}),
        (assistant([1]), {"content": [1]}),
        (assistant(tool_call("f")), {"tool_calls": [tool_call("f")]}),
        (assistant("Look", tool_call("f"), tool_call("g")),
         {"content": "Look", "tool_calls": [tool_call("f"), tool_call("g")]}),
        (assistant(error="rate_limit", delay=2), {"error": "rate_limit", "delay": 2}),
        (assistant(refusal="No"), {"refusal": "No"}),
    ],
)  # fmt: skip
def test_answers(turn: ConversationMessage, fields: dict[str, Any]) -> None:
    assert given(turn) == {"role": "assistant", **fields}


@pytest.mark.parametrize(
    ("says", "said"),
    [(("a", "b"), "an answer has one text"), ((5,), "expected text, .* got int"), ((answer, "a"), "got function")],
)
def test_what_is_no_answer(says: tuple[Any, ...], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        assistant(*says)


def test_the_keys_are_those_of_a_turn() -> None:
    assert TurnKeys.__annotations__.keys() | {"content", "tool_calls"} == set(fields_of(AssistantTurn))


def test_a_function_stands_as_an_error_that_names_it() -> None:
    turn = assistant(answer, expect=expect(stream=True))
    assert isinstance(turn, FunctionTurn)
    assert turn.functions == {0: answer}
    assert "tests.testing.test_turns.answer of a test answers here" in str(turn.message.error)
    assert turn.message.expect == Expect(stream=True)


def test_what_is_answered_is_the_function_s_to_say() -> None:
    with pytest.raises(TypeError, match=r"let the function return assistant\(…, delay=…\)"):
        assistant(answer, delay=1)


class Answering:
    def __call__(self, call: Any) -> str:
        return str(call)


@pytest.mark.parametrize(
    ("function", "name"),
    [(answer, "answer"), (Answering(), "Answering"), (Answering().__call__, "Answering.__call__")],
)
def test_functions_have_names(function: Any, name: str) -> None:
    assert name_of(function) == f"{__name__}.{name}"
    assert name_of(functools.partial(answer)) == "functools.partial"


# -- sequences


def test_a_sequence() -> None:
    turn = sequence("a", {"b": 1}, tool_call("f"), assistant(error="timeout"), then="loop")
    assert turn.then == "loop"
    assert turn.sequence == [
        AssistantTurn(content="a"),
        AssistantTurn(content={"b": 1}),
        AssistantTurn(tool_calls=[tool_call("f")]),
        AssistantTurn(error="timeout"),
    ]


def test_functions_of_a_sequence_are_known_by_their_places() -> None:
    turn = sequence("a", answer, assistant(answer))
    assert isinstance(turn, FunctionTurn)
    assert turn.functions == {1: answer, 2: answer}


@pytest.mark.parametrize("entry", [sequence("a"), sequence(answer), ConversationMessage(role="user", content="x")])
def test_what_is_no_entry_of_a_sequence(entry: Any) -> None:
    with pytest.raises(TypeError, match="expected an answer of the assistant"):
        sequence(entry)


def test_a_bare_turn_says_the_same() -> None:
    assert bare(assistant("a", delay=1)) == AssistantTurn(content="a", delay=1)
    assert bare(AssistantTurn(content="a")) == AssistantTurn(content="a")


# -- expectations


def test_an_expectation() -> None:
    assert expect(tools=("f",), system=contains("x"), body={"seed": 1}, mode="hard") == Expect(
        tools=["f"], system=contains("x"), body={"seed": 1}, mode="hard"
    )
    assert expect(model="a", response_format="text", stream=False, endpoint="chat", user="x").stream is False
    assert expect().model is UNSET


def test_an_expectation_has_every_key() -> None:
    assert set(inspect.signature(expect).parameters) == set(fields_of(Expect))
    assert set(fields_of(When)) < set(fields_of(Expect))
