from typing import Any

import pytest

from openai_mock_api.config.compiler import compile_script, conditions_of, failure_of, flow_of, reply_of, step_of
from openai_mock_api.config.model import (
    Annotation,
    AssistantTurn,
    Audio,
    ConversationMessage,
    CustomTool,
    Error,
    Expect,
    MockConfig,
    MockResponse,
    Pacing,
    TextMatcher,
    ToolCall,
    ToolFunction,
    UrlCitation,
    Usage,
    When,
)
from openai_mock_api.config.model import Fault as FaultKeys
from openai_mock_api.script import messages, pacing
from openai_mock_api.script.flows import Expected, Turn
from openai_mock_api.script.matching.conditions import Offers
from openai_mock_api.script.matching.expectations import Expectation, Said, Schema
from openai_mock_api.script.matching.matchers import AnyText, Contains, Exact
from openai_mock_api.script.messages import Call, Message
from openai_mock_api.script.replies import PRESETS, Citation, Failure, Fault
from openai_mock_api.script.script import Plays
from openai_mock_api.script.search.candidates import Match


def turn(**fields: Any) -> ConversationMessage:
    return ConversationMessage(role="assistant", **fields)


def test_a_script_answers_what_the_configuration_says() -> None:
    greeting = [ConversationMessage(role="developer", matcher="any"), ConversationMessage(role="user", content="Hi")]
    config = MockConfig(responses=[MockResponse(id="a", messages=[*greeting, turn(content="Hello")])])
    call = Call("chat", "gpt-4o", [Message("system", "x"), Message("user", "Hi")])
    match = compile_script(config).match(call, Plays())
    assert isinstance(match, Match)
    assert (match.flow.id, match.reply.content) == ("a", "Hello")


def test_a_flow_has_the_fields_of_its_response() -> None:
    response = MockResponse(id="a", messages=[turn()], priority=3, anchor="end", reply="last", when=When(stream=True))
    flow = flow_of(response)
    assert (flow.id, flow.priority, flow.anchor, flow.choose) == ("a", 3, "end", "last")
    assert [condition.name for condition in flow.conditions] == ["stream"]


@pytest.mark.parametrize(
    ("message", "step"),
    [
        (ConversationMessage(role="user", content="x"), Expected(role="user", matcher=Exact.of("x"))),
        (ConversationMessage(role="any", matcher="any"), Expected(role="any", matcher=AnyText())),
        (ConversationMessage(role="developer", content="x"), Expected(role="system", matcher=Exact.of("x"))),
        (
            ConversationMessage(role="tool", content="x", tool_call_id="c"),
            Expected(role="tool", matcher=Exact.of("x"), tool_call_id="c"),
        ),
        (
            ConversationMessage(role="user", content="x", tool_call_id="c"),
            Expected(role="user", matcher=Exact.of("x")),
        ),
        (
            ConversationMessage(role="user", parts=["image"]),
            Expected(role="user", matcher=AnyText(), parts=("image",)),
        ),
    ],
)
def test_expected_messages(message: ConversationMessage, step: Expected) -> None:
    assert step_of(message) == step


def test_a_turn_answers_once_or_in_sequence() -> None:
    once = step_of(turn(content="a"))
    several = step_of(turn(sequence=[AssistantTurn(content="a"), AssistantTurn(error="timeout")], then="miss"))
    assert isinstance(once, Turn)
    assert isinstance(several, Turn)
    assert ([r.content for r in once.replies], once.then, once.matcher) == (["a"], "repeat", None)
    assert ([r.content for r in several.replies], several.then) == (["a", None], "miss")
    assert several.replies[1].failure == PRESETS["timeout"]


def test_a_turn_is_compared_when_it_asks_for_it() -> None:
    compared = step_of(turn(content="a", matcher="exact"))
    assert compared.matcher == Exact.of("a")


CALL = ToolCall(id="c", function=ToolFunction(name="f", arguments={"a": "é"}))


def test_the_files_way_to_reply_is_for_responses_that_do_not_say() -> None:
    responses = [
        MockResponse(id="a", messages=[turn()]),
        MockResponse(id="b", messages=[turn()], reply="next"),
    ]
    script = compile_script(MockConfig(responses=responses, reply="last"))
    assert [flow.choose for flow in script.flows] == ["last", "next"]


@pytest.mark.parametrize(
    ("fields", "content"),
    [
        ({}, ""),
        ({"content": None}, ""),
        ({"content": "a"}, "a"),
        ({"content": {"a": [1]}}, '{"a":[1]}'),
        ({"tool_calls": [CALL]}, None),
        ({"tool_calls": [CALL], "content": "a"}, "a"),
        ({"tool_calls": [CALL], "content": ""}, ""),
        ({"refusal": "No."}, None),
        ({"error": "timeout"}, None),
        ({"error": "timeout", "fault": "failed", "content": "a"}, "a"),
        ({"fault": "failed"}, None),
    ],
)
def test_what_a_reply_says(fields: dict[str, Any], content: str | None) -> None:
    assert reply_of(AssistantTurn(**fields)).content == content


def test_a_reply_has_the_fields_of_its_turn() -> None:
    reply = reply_of(
        AssistantTurn(
            tool_calls=[CALL],
            refusal="No.",
            finish_reason="length",
            usage=Usage(prompt_tokens=0, cached_tokens=2),
            model="m",
            system_fingerprint="fp",
            headers={"a": "b"},
            delay=1.5,
            pacing=Pacing(ttft=0.5, tokens_per_second=20, chunk="word"),
        )
    )
    assert reply.tool_calls == (messages.ToolCall("c", "f", '{"a":"é"}'),)
    assert (reply.refusal, reply.finish_reason, reply.model) == ("No.", "length", "m")
    assert (reply.system_fingerprint, reply.headers, reply.delay) == ("fp", {"a": "b"}, 1.5)
    assert reply.usage == {"prompt_tokens": 0, "cached_tokens": 2}
    assert reply.pacing == pacing.Pacing(0.5, 0.05, "word")


def test_what_is_broken_on_purpose_stays_so() -> None:
    call = ToolCall(id="c", function=ToolFunction(name="f", arguments="{"), broken=True)
    reply = reply_of(AssistantTurn(content="no JSON", broken=True, tool_calls=[CALL, call]))
    assert (reply.broken, [c.broken for c in reply.tool_calls]) == (True, [False, True])
    assert not reply_of(AssistantTurn()).broken


def test_what_accompanies_a_text() -> None:
    short = Annotation(url="u", title="t", text="one")
    apart = Annotation(url_citation=UrlCitation(url="v", start_index=1, end_index=2))
    reply = reply_of(AssistantTurn(content="one two", reasoning="why", annotations=[short, apart], logprobs=[-1, -2]))
    assert reply.reasoning == "why"
    assert reply.annotations == (Citation("u", "t", "one"), Citation("v", "v", None, 1, 2))
    assert reply.logprobs == (-1, -2)
    assert reply_of(AssistantTurn(logprobs=-0.5)).logprobs == -0.5
    assert reply_of(AssistantTurn()).logprobs is None


def test_the_words_of_a_sound_are_the_text() -> None:
    reply = reply_of(AssistantTurn(audio=Audio(transcript="Hi", data="AAAA")))
    assert (reply.content, reply.audio) == ("Hi", "AAAA")
    assert reply_of(AssistantTurn(content="Hi", audio=Audio())).content == "Hi"
    assert reply_of(AssistantTurn(content="Hi", audio=Audio())).audio is None


def test_choices_are_replies() -> None:
    reply = reply_of(AssistantTurn(choices=[AssistantTurn(content="a"), AssistantTurn(refusal="b")]))
    assert [(choice.content, choice.refusal) for choice in reply.choices] == [("a", None), (None, "b")]


def test_calls_of_custom_tools() -> None:
    call = ToolCall(id="c", custom=CustomTool(name="shell", input="ls"))
    assert reply_of(AssistantTurn(tool_calls=[call])).tool_calls == (messages.ToolCall("c", "shell", "ls", "custom"),)


def test_pacing_by_seconds_between_tokens() -> None:
    assert reply_of(AssistantTurn(pacing=Pacing(inter_token=0.2))).pacing == pacing.Pacing(0.0, 0.2)
    assert reply_of(AssistantTurn()).pacing.immediate


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("failed", Fault("failed")),
        (FaultKeys(type="error_event"), Fault("error_event")),
        (FaultKeys(type="error_event", after=0), Fault("error_event", 0)),
    ],
)
def test_what_breaks_off_does_so_with_an_error(fault: Any, found: Fault) -> None:
    plain, own = reply_of(AssistantTurn(fault=fault)), reply_of(AssistantTurn(fault=fault, error="timeout"))
    assert plain.fault == own.fault == found
    assert (plain.failure, own.failure) == (PRESETS["server_error"], PRESETS["timeout"])


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ("rate_limit", PRESETS["rate_limit"]),
        (Error(), Failure()),
        (Error(status=401), PRESETS["invalid_api_key"]),
        (Error(status=418), Failure(status=418, type="invalid_request_error", message="I'm a Teapot")),
        (Error(status=599), Failure(status=599, type="server_error", message="Error")),
        (
            Error(preset="timeout", status=500, code=None, message="m", param="p", type="t", headers={"a": "b"}),
            Failure(status=500, code=None, message="m", param="p", type="t", headers={"a": "b"}),
        ),
    ],
)
def test_failures(error: Any, failure: Failure) -> None:
    assert failure_of(error) == failure


def test_a_status_brings_its_preset_and_fields_replace_it() -> None:
    failure = failure_of(Error(status=429, message="slow", retry_after=0.5))
    assert (failure.code, failure.message, failure.retry_after) == ("rate_limit_exceeded", "slow", 0.5)


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        (When(), True),
        (When(model="gpt-4o*"), True),
        (When(model=["o1", "gpt-4?-mini"]), True),
        (When(model="gpt-5"), False),
        (When(endpoint="chat"), True),
        (When(endpoint=["responses", "embeddings"]), False),
        (When(stream=False), True),
        (When(stream=True), False),
        (When(tools=["f"]), True),
        (When(tools=["f", "g"]), False),
        (When(response_format="json_schema"), True),
        (When(headers={"X-Tenant": "ac*"}), True),
        (When(headers={"x-other": "*"}), False),
        (When(body={"metadata.plan": "pro"}), True),
        (When(body={"metadata.plan": "free"}), False),
    ],
)
def test_conditions(when: When, fits: bool) -> None:
    call = Call(
        "chat",
        "gpt-4o-mini",
        [],
        tools=(messages.Tool("f"),),
        response_format="json_schema",
        headers=((b"x-tenant", b"acme"),),
        body=b'{"metadata":{"plan":"pro"}}',
    )
    assert all(condition.difference(call) is None for condition in conditions_of(when)) is fits


def test_what_a_turn_expects() -> None:
    expect = Expect(
        tools=["f"], system="Be brief", user=TextMatcher(content="x", matcher="contains"), schema={"a": 1}, mode="hard"
    )
    expectation = reply_of(AssistantTurn(content="x", expect=expect)).expectation
    assert expectation == Expectation(
        (
            Offers(("f",)),
            Said("system", "system", Exact.of("Be brief")),
            Said("user", "last_user", Contains.of("x")),
            Schema({"a": 1}),
        ),
        hard=True,
    )
    assert reply_of(AssistantTurn(content="x")).expectation is None
