from __future__ import annotations

import asyncio
from typing import Any

import openai
import pytest

from openai_mock_api import (
    AssistantTurn,
    Call,
    MockServer,
    ReplyError,
    assistant,
    contains,
    expect,
    sequence,
    tool_call,
    user,
)
from openai_mock_api.script.messages import ToolCall
from openai_mock_api.testing.functions import reply_of
from tests.testing.asking import answers, ask, bare_mock, system, tools

# -- what functions get


def test_a_function_gets_the_call() -> None:
    mock = bare_mock()
    got: list[Call] = []

    def answer(call: Call) -> str:
        got.append(call)
        return "Hi"

    mock.reply(answer)
    ask(mock, system("Be brief"), "Hello", tools=tools("f"), seed=5)
    (call,) = got
    assert (call.model, call.last_user, call.system) == ("gpt-4o", "Hello", "Be brief")
    assert [message.text for message in call.messages] == ["Be brief", "Hello"]
    assert [tool.name for tool in call.tools] == ["f"]
    assert call.document()["seed"] == 5


def test_functions_answer_each_call_anew() -> None:
    mock = bare_mock()
    numbers = iter(range(9))
    mock.reply(lambda call: f"{next(numbers)} {call.last_user}")
    assert answers(mock, "a", "a", "b") == ["0 a", "1 a", "2 b"]


def test_async_functions_answer_too() -> None:
    mock = bare_mock()

    async def answer(call: Call) -> str:
        await asyncio.sleep(0)
        return call.last_user.upper()

    mock.reply(answer)
    assert answers(mock, "hello") == ["HELLO"]


# -- what they return


@pytest.mark.parametrize(
    ("made", "text", "calls"),
    [
        ("Hi", "Hi", []),
        ("", "", []),
        ({"a": 1}, '{"a":1}', []),
        ([1, 2], "[1,2]", []),
        (tool_call("f", a=1), None, [ToolCall("call_f", "f", '{"a":1}')]),
        ([tool_call("f"), tool_call("f")], None, [ToolCall("call_f", "f", "{}"), ToolCall("call_f_2", "f", "{}")]),
        (("Look", tool_call("f")), "Look", [ToolCall("call_f", "f", "{}")]),
        (assistant("Hi", finish_reason="length"), "Hi", []),
        (AssistantTurn(content="Hi"), "Hi", []),
        (assistant("{{ 1 + 1 }}", template=True), "{{ 1 + 1 }}", []),
    ],
)
def test_what_functions_may_return(made: Any, text: str | None, calls: list[ToolCall]) -> None:
    reply = reply_of(made, "a")
    assert (reply.content, list(reply.tool_calls)) == (text, calls)


def test_what_is_returned_may_be_an_error_and_a_template() -> None:
    mock = bare_mock()
    mock.reply(lambda _: assistant(error="rate_limit"), to="fail")
    mock.reply(lambda _: assistant("{{ last_user }}!", template=True), to="fill")
    assert answers(mock, "fail", "fill") == [429, "fill!"]


# -- what goes wrong


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (None, "TypeError: expected text, a mapping, tool_call(…) or assistant(…), got None"),
        (assistant(str), "TypeError: expected text, a mapping, tool_call(…) or assistant(…), got another function"),
        (5, "TypeError: expected text, a mapping, a list or tool_call(…), got int"),
        (sequence("a", "b"), "TypeError: expected an answer of the assistant"),
        (user("Hi"), "TypeError: expected an answer of the assistant"),
        (assistant("Hi", delay=-1), "ConfigError: messages[1].delay: expected 0 or more, got -1"),
    ],
)
def test_what_functions_may_not_return(made: Any, said: str) -> None:
    mock = bare_mock()
    mock.reply(lambda _: made, id="answer")
    exchange = ask(mock, "Hello")
    assert exchange.error
    assert (exchange.status, exchange.error["code"]) == (400, "reply_failed")
    assert said in exchange.error["message"]
    assert len(mock.errors) == 1


def boom(_: Call) -> str:
    raise LookupError("no weather")


async def async_boom(_: Call) -> str:
    raise LookupError("no weather")


class Outcome(BaseException):
    """As what pytest raises to end a test."""


def end(_: Call) -> str:
    raise Outcome


@pytest.mark.parametrize(
    ("function", "said"),
    [(boom, "LookupError: no weather"), (async_boom, "LookupError: no weather"), (end, "Outcome")],
)
def test_what_a_function_raises_is_told_to_client_and_test(function: Any, said: str) -> None:
    mock = bare_mock()
    mock.reply(function, id="weather")
    exchange = ask(mock, "Hello")
    told = f"The function {__name__}.{function.__name__}, which answers for 'weather', failed: {said}"
    assert exchange.status == 400
    assert exchange.matched == "weather"
    assert exchange.error == {
        "message": f"{told} (The test has the traceback.)",
        "type": "invalid_request_error",
        "param": None,
        "code": "reply_failed",
    }
    (error,) = mock.errors
    assert isinstance(error, ReplyError)
    assert str(error) == told
    assert type(error.__cause__).__name__ == said.partition(":")[0]


def test_failed_assertions_have_it_as_their_cause() -> None:
    mock = bare_mock()
    mock.reply(boom)
    ask(mock, "Hello")
    with pytest.raises(AssertionError, match="no weather") as caught:
        mock.assert_no_errors()
    assert isinstance(caught.value.__cause__, LookupError)
    with pytest.raises(AssertionError) as caught:
        mock.assert_requested(user="Goodbye")
    assert isinstance(caught.value.__cause__, LookupError)
    mock.reset()
    mock.assert_no_errors()


def test_what_fails_after_a_reset_is_the_older_test_s() -> None:
    mock = bare_mock()
    failed = mock._additions.failed
    mock.reply(boom)
    flow = mock._room.answering.script.flows[0]
    mock.reset()
    work = flow.turn(1).replies[0].work
    assert work
    work.fault(LookupError())
    assert (len(failed), mock.errors) == (1, [])


def test_a_function_may_expect_something_of_the_request() -> None:
    mock = bare_mock()
    mock.reply(lambda _: "Hi", expect=expect(user=contains("please")))
    assert answers(mock, "Hello", "Hello, please") == ["Hi", "Hi"]
    assert [exchange.user for exchange in mock.unmet] == ["Hello"]


# -- over a socket


async def test_functions_answer_real_clients() -> None:
    async with MockServer(port=0, unmatched="error") as mock:
        mock.reply(lambda call: f"You said {call.last_user}")
        async with openai.AsyncOpenAI(base_url=mock.base_url, api_key="any", max_retries=0) as client:
            asked: Any = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
            answer = await client.chat.completions.create(**asked)
            assert answer.choices[0].message.content == "You said Hi"
            stream = await client.chat.completions.create(**asked, stream=True)
            assert "".join([c.choices[0].delta.content or "" async for c in stream]) == "You said Hi"
            assert [exchange.text for exchange in mock.requests] == ["You said Hi", "You said Hi"]
