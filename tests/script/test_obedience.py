from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.errors import ApiError, ScriptError
from openai_mock_api.script.flows import Flow, Turn
from openai_mock_api.script.matching.matchers import AnyText
from openai_mock_api.script.messages import Call, Tool, ToolCall, ToolChoice
from openai_mock_api.script.obedience import obey
from openai_mock_api.script.replies import PRESETS, Reply
from tests.script.making import call, flow, tool, turn, user

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = (Tool("a", parameters=CITY, strict=True), Tool("b", parameters=CITY), Tool("note", kind="custom"))
A = ToolCall("call_a", "a", '{"city":"Paris"}')
B = ToolCall("call_b", "b", "{}")
NONE = ToolChoice("none")
REQUIRED = ToolChoice("required")
ONLY_A = ToolChoice("required", ("a",))


def weather(reply: Reply, *awaited: str | None) -> Flow:
    """A flow that says a reply, and may wait for results."""
    results = [tool(AnyText(), awaits) for awaits in awaited]
    return flow("weather", user("Hi"), Turn(replies=(reply,)), *results, turn("Done."))


def obeyed(reply: Reply, *awaited: str | None, **more: Any) -> Reply:
    return obey(call("Hi", **{"tools": TOOLS, **more}), reply, weather(reply, *awaited), 1)


def contradiction(reply: Reply, *awaited: str | None, **more: Any) -> ScriptError:
    with pytest.raises(ScriptError, match="The response 'weather' contradicts the request at messages") as caught:
        obeyed(reply, *awaited, **more)
    return caught.value


# -- what is obeyed


@pytest.mark.parametrize(
    ("reply", "more"),
    [
        (Reply(content="x"), {}),
        (Reply(tool_calls=(A, B)), {}),
        (Reply(content="x"), {"tool_choice": NONE}),
        (Reply(tool_calls=(A, B)), {"tool_choice": REQUIRED}),
        (Reply(tool_calls=(A,)), {"tool_choice": ToolChoice("auto", ("a",))}),
        (Reply(content="x"), {"tool_choice": ToolChoice("auto", ("a",))}),
        (Reply(tool_calls=(A,)), {"parallel_tool_calls": False}),
        (Reply(tool_calls=(A,), finish_reason="length"), {"tool_choice": ONLY_A}),
        (Reply(refusal="No."), {"tool_choice": REQUIRED}),
        (Reply(content="cut", finish_reason="length"), {"tool_choice": REQUIRED}),
        (Reply(failure=PRESETS["timeout"]), {"tool_choice": REQUIRED, "schema": CITY}),
    ],
)
def test_a_reply_that_does_what_is_asked_stays(reply: Reply, more: dict[str, Any]) -> None:
    assert obeyed(reply, **more) is reply


@pytest.mark.parametrize(
    ("reply", "more", "kept"),
    [
        (Reply(content="x", tool_calls=(A, B)), {"tool_choice": NONE}, ()),
        (Reply(content="x", tool_calls=(A,)), {"tool_choice": ToolChoice("auto", ("b",))}, ()),
        (Reply(tool_calls=(A, B)), {"tool_choice": ToolChoice("auto", ("a",))}, (A,)),
        (Reply(tool_calls=(B, A)), {"tool_choice": ONLY_A}, (A,)),
        (Reply(tool_calls=(A, B)), {"parallel_tool_calls": False}, (A,)),
        (Reply(tool_calls=(B, A)), {"parallel_tool_calls": False, "tool_choice": ONLY_A}, (A,)),
    ],
)
def test_calls_that_are_not_allowed_are_left_out(reply: Reply, more: dict[str, Any], kept: tuple[ToolCall]) -> None:
    said = obeyed(reply, **more)
    assert (said.content, said.tool_calls) == (reply.content, kept)
    assert obeyed(reply, **more) is said
    assert said.rendered is not reply.rendered


def test_calls_of_one_id_are_told_apart() -> None:
    other = ToolCall(A.id, "b", "{}")
    reply = Reply(tool_calls=(A, other))
    said = [obeyed(reply, tool_choice=ToolChoice("auto", (name,))).tool_calls for name in ("a", "b")]
    assert said == [(A,), (other,)]


def test_the_end_fits_what_is_left() -> None:
    reply = Reply(content="x", tool_calls=(A, B), finish_reason="tool_calls")
    assert obeyed(reply, tool_choice=NONE).finish_reason is None
    assert obeyed(reply, parallel_tool_calls=False).finish_reason == "tool_calls"


def test_a_forced_call_ends_with_stop() -> None:
    reply = Reply(tool_calls=(A,))
    said = obeyed(reply, tool_choice=ONLY_A)
    assert (said.finish_reason, said.tool_calls) == ("stop", (A,))
    assert obeyed(reply, tool_choice=ONLY_A) is said
    assert obeyed(reply, tool_choice=REQUIRED) is reply


# -- what contradicts


@pytest.mark.parametrize(
    ("reply", "more", "param", "message"),
    [
        (
            Reply(content="x"),
            {"tool_choice": REQUIRED},
            "tool_choice",
            "it answers with text, and the request asks for a call of any of its tools",
        ),
        (
            Reply(tool_calls=(B,)),
            {"tool_choice": ONLY_A},
            "tool_choice",
            "it calls b, and the request asks for a call of 'a'",
        ),
        (
            Reply(tool_calls=(A, B)),
            {"tool_choice": NONE},
            "tool_choice",
            "it calls a, b, and the request does not allow that by its tool_choice",
        ),
        (
            Reply(tool_calls=(B,)),
            {"tool_choice": ToolChoice("auto", ("a", "note"))},
            "tool_choice",
            "it calls b, and the request does not allow that",
        ),
    ],
)
def test_a_script_that_does_otherwise_is_reported(reply: Reply, more: dict[str, Any], param: str, message: str) -> None:
    error = contradiction(reply, **more)
    assert (error.status, error.code, error.param) == (400, "script_error", param)
    assert message in error.message
    assert "messages[1]" in error.message
    assert "Mend that message, or answer such requests by a response of their own." in error.message


@pytest.mark.parametrize(
    ("awaited", "contradicts"), [((), False), (("call_a",), False), (("call_b",), True), ((None,), True)]
)
@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"parallel_tool_calls": False}, "parallel_tool_calls"),
        ({"parallel_tool_calls": False, "legacy_functions": True}, "functions"),
        ({"tool_choice": ONLY_A}, "tool_choice"),
    ],
)
def test_calls_whose_results_the_flow_waits_for_are_not_left_out(
    awaited: tuple[str | None, ...], contradicts: bool, more: dict[str, Any], param: str
) -> None:
    reply = Reply(tool_calls=(A, B))
    if contradicts:
        error = contradiction(reply, *awaited, **more)
        assert error.param == param
        assert f"it calls b, and the request does not allow that by its {param}" in error.message
    else:
        assert obeyed(reply, *awaited, **more).tool_calls == (A,)


def test_results_behind_the_next_turn_answer_other_calls() -> None:
    reply = Reply(tool_calls=(A, B))
    later = flow("weather", user("Hi"), Turn(replies=(reply,)), turn("."), tool(AnyText(), "call_b"), turn("Done."))
    assert obey(call("Hi", tools=TOOLS, parallel_tool_calls=False), reply, later, 1).tool_calls == (A,)


# -- response_format


@pytest.mark.parametrize(
    ("text", "more", "fault"),
    [
        ('{"city":"Paris"}', {"response_format": "json_schema", "schema": CITY}, None),
        ("{}", {"response_format": "json_schema", "schema": CITY}, '$: "city" is a required property'),
        ('{"city":5}', {"response_format": "json_schema", "schema": CITY}, '$.city: 5 is not of type "string"'),
        ("Paris", {"response_format": "json_schema", "schema": CITY}, "$: the text is not JSON"),
        ("", {"response_format": "json_schema", "schema": CITY}, "$: the text is not JSON"),
        ("{}", {"response_format": "json_object"}, None),
        ("{}", {"response_format": "json_schema"}, None),
        ("Paris", {"response_format": "json_object"}, "$: the text is not JSON"),
        ("[]", {"response_format": "json_object"}, '$: [] is not of type "object"'),
        ("Paris", {"response_format": "text"}, None),
    ],
)
def test_text_is_what_the_format_asks_for(text: str, more: dict[str, Any], fault: str | None) -> None:
    reply = Reply(content=text)
    if fault is None:
        assert obeyed(reply, **more) is reply
        return
    error = contradiction(reply, **more)
    assert error.param == "response_format"
    assert f"its text is not what {more['response_format']} asks for: {fault}" in error.message
    assert "if it is meant so, set `broken: true` on the turn" in error.message


@pytest.mark.parametrize(
    "reply",
    [
        Reply(content="Paris", broken=True),
        Reply(refusal="No."),
        Reply(content="Paris", tool_calls=(A,)),
        Reply(content='{"city":"Pa', finish_reason="length"),
        Reply(content='{"city":"Pa', finish_reason="content_filter"),
        Reply(failure=PRESETS["timeout"]),
        Reply(),
    ],
)
def test_what_is_not_meant_as_the_formatted_answer_is_not_checked(reply: Reply) -> None:
    assert obeyed(reply, response_format="json_schema", schema=CITY) is reply


def test_text_is_checked_when_its_calls_are_left_out() -> None:
    error = contradiction(Reply(content="x", tool_calls=(A,)), tool_choice=NONE, response_format="json_object")
    assert "json_object" in error.message


def test_a_schema_that_is_none_is_the_requests_fault() -> None:
    with pytest.raises(ApiError, match='Invalid schema for response_format: "strin" is not valid') as caught:
        obeyed(Reply(content="{}"), response_format="json_schema", schema={"type": "strin"})
    assert (caught.value.code, caught.value.param) == (None, "response_format")


# -- strict functions


def a(arguments: str, **more: Any) -> Reply:
    return Reply(tool_calls=(ToolCall("call_a", "a", arguments, **more),))


def test_arguments_of_strict_functions_satisfy_their_parameters() -> None:
    error = contradiction(a('{"city":5}'))
    assert error.param == "tools"
    assert "it calls a with arguments that are not what its strict parameters ask for: $.city: 5" in error.message
    assert "set `broken: true` on the tool call" in error.message


@pytest.mark.parametrize(
    "reply",
    [
        a('{"city":5}', broken=True),
        Reply(tool_calls=(B,)),
        Reply(tool_calls=(ToolCall("c", "note", "anything", "custom"),)),
        Reply(tool_calls=(ToolCall("c", "unheard_of", "{}"),)),
        Reply(tool_calls=(ToolCall("call_a", "a", '{"ci'),), finish_reason="length"),
    ],
)
def test_other_arguments_are_not_checked(reply: Reply) -> None:
    assert obeyed(reply) is reply


def test_a_strict_function_without_parameters_is_not_checked() -> None:
    reply = a("[]")
    assert obeyed(reply, tools=(Tool("a", strict=True),)) is reply


# -- choices

CHOICES = Reply(choices=(Reply(content="{}"), Reply(content="x", tool_calls=(A,)), Reply(content="bad")))


def test_every_choice_that_is_asked_for_obeys() -> None:
    said = obeyed(CHOICES, tool_choice=NONE, choices=2)
    assert [(one.content, one.tool_calls) for one in said.choices] == [("{}", ()), ("x", ())]
    assert obeyed(CHOICES, tool_choice=NONE, choices=1) is CHOICES
    assert "the text is not JSON" in contradiction(CHOICES, response_format="json_object", choices=3).message


# -- levels


def level(validation: str, reply: Reply) -> tuple[Call, Reply]:
    asked = call("Hi", tools=TOOLS, tool_choice=REQUIRED, validation=validation)
    return asked, obey(asked, reply, weather(reply), 1)


def test_a_warning_says_what_would_have_been_reported() -> None:
    reply = Reply(content="x")
    asked, said = level("warn", reply)
    assert said is reply
    assert asked.warning is not None
    assert asked.warning.startswith("The response 'weather' contradicts the request")


def test_nothing_is_obeyed_when_validation_is_off() -> None:
    reply = Reply(content="x")
    asked, said = level("off", reply)
    assert (said, asked.warning) == (reply, None)
