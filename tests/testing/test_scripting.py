"""What a test adds to a script, and which of it answers."""

from __future__ import annotations

import threading
from typing import Any

import openai
import pytest

from openai_mock_api import (
    ConfigError,
    MockServer,
    When,
    assistant,
    contains,
    expect,
    json_,
    sequence,
    system,
    tool,
    tool_call,
    user,
)
from openai_mock_api.script.script import Plays
from tests.serving import chat, flow
from tests.testing.asking import answers, ask, bare_mock, tools
from tests.testing.asking import system as said_by_system

CONFIG: dict[str, Any] = {"responses": [flow("Hello", content="configured"), flow("Goodbye", content="configured")]}


# -- conversations


def test_a_conversation() -> None:
    mock = bare_mock()
    id_ = mock.script(user("Hello"), assistant("Hi!"), user("Bye"), assistant("See you."))
    assert answers(mock, "Hello") == ["Hi!"]
    ask(mock, "Hello", {"role": "assistant", "content": "Hi!"}, "Bye")
    assert mock.requests[-1].text == "See you."
    assert {exchange.matched for exchange in mock.requests} == {id_}


def test_a_tool_loop() -> None:
    mock = bare_mock()
    mock.script(
        user(contains("weather")),
        assistant(tool_call("get_weather", city="Paris"), tool_call("get_weather", city="Rome")),
        tool(json_({"degrees": 18})),
        tool(),
        assistant("18 in Paris."),
    )
    (first, second) = ask(mock, "The weather?", tools=tools("get_weather")).tool_calls
    assert (first.arguments, second.arguments) == ('{"city":"Paris"}', '{"city":"Rome"}')
    called = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in (first, second)
    ]
    results = [
        {"role": "tool", "tool_call_id": first.id, "content": '{"degrees": 18, "unit": "C"}'},
        {"role": "tool", "tool_call_id": second.id, "content": "unknown"},
    ]
    ask(mock, "The weather?", {"role": "assistant", "tool_calls": called}, *results, tools=tools("get_weather"))
    assert mock.requests[-1].text == "18 in Paris."


@pytest.mark.parametrize("when", [When(model="o1"), {"model": "o1"}])
def test_conditions(when: Any) -> None:
    mock = bare_mock()
    mock.script(user("Hello"), assistant("Hi!"), when=when)
    assert ask(mock, "Hello").missed
    assert ask(mock, "Hello", model="o1").text == "Hi!"


def test_ids_priority_and_anchor() -> None:
    mock = bare_mock(CONFIG)
    assert mock.script(user("Hello"), assistant("never"), id="mine", priority=-1) == "mine"
    assert mock.script(user("last"), assistant("tail"), anchor="end") == "script-1"
    assert answers(mock, "Hello") == ["configured"]
    assert ask(mock, "first", {"role": "assistant", "content": "x"}, "last").text == "tail"


def test_ids_that_nobody_gives_are_free_ones() -> None:
    mock = bare_mock({"responses": [flow("x", id="reply-1", content="x")]})
    assert [mock.reply("a"), mock.reply("b"), mock.fail(), mock.script(user(), assistant("c"))] == [
        "reply-2",
        "reply-3",
        "failure-1",
        "script-1",
    ]


# -- single answers


@pytest.mark.parametrize(
    ("to", "fitting", "others"),
    [
        ("Hello", "Hello", "Hello!"),
        (contains("hello"), "Well, hello!", "Bye"),
        (user(contains("hello")), "Hello", "Bye"),
        ([user("Hello")], "Hello", "Bye"),
    ],
)
def test_what_an_answer_is_for(to: Any, fitting: str, others: str) -> None:
    mock = bare_mock()
    mock.reply("Hi!", to=to)
    assert answers(mock, fitting, others) == ["Hi!", 400]


def test_an_answer_is_for_the_end_of_a_conversation() -> None:
    mock = bare_mock()
    mock.reply("Hi!", to="Hello")
    said = {"role": "assistant", "content": "x"}
    assert ask(mock, said_by_system("Be brief"), "before", said, "Hello").text == "Hi!"
    assert ask(mock, "Hello", said, "after").missed


CALLED = {
    "role": "assistant",
    "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}],
}
RESULT = {"role": "tool", "tool_call_id": "c", "content": "18"}


def test_an_answer_for_everything_is_also_for_results() -> None:
    mock = bare_mock()
    mock.reply("Hi!")
    assert ask(mock, "x", CALLED, RESULT, tools=tools("f")).text == "Hi!"


def test_an_answer_for_a_result() -> None:
    mock = bare_mock()
    mock.reply("18 degrees", to=tool("18", "c"))
    assert ask(mock, "x", CALLED, RESULT, tools=tools("f")).text == "18 degrees"
    assert ask(mock, "x").missed


def test_an_answer_in_full() -> None:
    mock = bare_mock()
    mock.reply("Look", tool_call("f"), finish_reason="length", headers={"x-a": "b"}, when={"stream": False})
    exchange = ask(mock, "x", tools=tools("f"))
    assert (exchange.text, len(exchange.tool_calls), exchange.finish_reason) == ("Look", 1, "length")
    assert exchange.response_headers["x-a"] == "b"


# -- how often


def test_an_answer_with_a_number_of_times() -> None:
    mock = bare_mock()
    mock.reply("Hi!", to="Hello", times=2)
    assert answers(mock, "Hello", "Hello", "Hello") == ["Hi!", "Hi!", 400]


@pytest.mark.parametrize(
    ("turn", "times", "said"),
    [
        (sequence("a", "b"), None, ["a", "b", "b", "b"]),
        (sequence("a", "b", then="loop"), None, ["a", "b", "a", "b"]),
        (sequence("a", "b", then="miss"), None, ["a", "b", 400, 400]),
        (sequence("a", "b"), 3, ["a", "b", "b", 400]),
        (sequence("a", "b", then="loop"), 3, ["a", "b", "a", 400]),
        (sequence("a", lambda _: "made", then="loop"), 3, ["a", "made", "a", 400]),
        (assistant(lambda _: "made"), 2, ["made", "made", 400, 400]),
    ],
)
def test_sequences(turn: Any, times: int | None, said: list[Any]) -> None:
    mock = bare_mock()
    mock.reply(turn, times=times)
    assert answers(mock, *"xxxx") == said


@pytest.mark.parametrize("times", [0, -1])
def test_less_than_once(times: int) -> None:
    with pytest.raises(ValueError, match="expected 1 or more"):
        bare_mock().reply("Hi!", times=times)


# -- failures


@pytest.mark.parametrize(
    ("error", "fields", "status", "code"),
    [
        (None, {}, 500, None),
        (429, {}, 429, "rate_limit_exceeded"),
        ("insufficient_quota", {}, 429, "insufficient_quota"),
        ("rate_limit", {"code": "mine"}, 429, "mine"),
        (418, {"code": "teapot", "message": "short and stout"}, 418, "teapot"),
        (None, {"status": 503, "headers": {"x-a": "b"}}, 503, "server_overloaded"),
    ],
)
def test_failures(error: Any, fields: dict[str, Any], status: int, code: str | None) -> None:
    mock = bare_mock()
    mock.fail(error, **fields)
    exchange = ask(mock, "Hello")
    assert exchange.error
    assert (exchange.status, exchange.error["code"]) == (status, code)


def test_failures_for_some() -> None:
    mock = bare_mock(CONFIG)
    mock.fail(429, to="Hello", times=1)
    mock.fail(503, to="Goodbye", when={"model": "o1"})
    assert answers(mock, "Goodbye", "Hello", "Hello") == ["configured", 429, "configured"]


# -- what comes first


def test_what_is_added_comes_before_the_configuration() -> None:
    mock = bare_mock(CONFIG)
    mock.reply("added")
    assert answers(mock, "Hello") == ["added"]


def test_of_equals_the_newest_comes_first() -> None:
    mock = bare_mock()
    mock.reply("older", to="Hello")
    mock.reply("newer", to="Hello")
    assert answers(mock, "Hello") == ["newer"]


def test_what_says_more_of_the_request_comes_first_whatever_its_age() -> None:
    mock = bare_mock()
    mock.reply("exactly", to="Hello")
    mock.reply("about", to=contains("hello"))
    mock.reply("anything")
    assert answers(mock, "Hello", "hello there", "x") == ["exactly", "about", "anything"]


def test_a_failure_comes_before_what_was_added_earlier() -> None:
    mock = bare_mock()
    mock.reply("exactly", to="Hello")
    mock.fail(503)
    assert answers(mock, "Hello") == [503]
    mock.reply("again")
    assert answers(mock, "Hello") == ["again"]


def test_what_ends_comes_first_in_the_order_in_which_it_was_added() -> None:
    mock = bare_mock()
    mock.reply("forever", to="Hello")
    mock.reply("first", times=1)
    mock.fail(429, times=2)
    mock.reply("last", to="Hello", times=1)
    assert answers(mock, *["Hello"] * 6) == ["first", 429, 429, "last", "forever", "forever"]


def test_what_ends_counts_all_that_it_answers() -> None:
    mock = bare_mock()
    mock.fail(429, times=2)
    mock.reply("ok")
    assert answers(mock, "a", "b", "c") == [429, 429, "ok"]


def test_a_reply_of_the_whole_file_does_not_hold_for_what_is_added() -> None:
    mock = bare_mock({**CONFIG, "reply": "last"})
    mock.script(user("one"), assistant("1"), user("two"), assistant("2"))
    assert answers(mock, "one") == ["1"]


# -- changes


def test_what_was_added_can_be_removed() -> None:
    mock = bare_mock(CONFIG)
    mock.remove(mock.reply("added"))
    mock.remove("Goodbye")
    assert answers(mock, "Hello", "Goodbye") == ["configured", 400]


def test_what_is_not_there_cannot_be_removed() -> None:
    mock = bare_mock(CONFIG)
    with pytest.raises(ValueError, match="no response 'Hallo'; did you mean 'Hello'"):
        mock.remove("Hallo")
    with pytest.raises(ValueError, match=r"no response 'something else'; there are Hello, Goodbye$"):
        mock.remove("something else")
    with pytest.raises(ValueError, match=r"no response 'Hello'; the script has none$"):
        bare_mock().remove("Hello")


def test_a_reset_leaves_the_configuration() -> None:
    mock = bare_mock(CONFIG)
    mock.remove("Goodbye")
    mock.reply("added")
    mock.reset()
    assert answers(mock, "Hello", "Goodbye") == ["configured", "configured"]
    assert mock.reply("again") == "reply-1"


def test_additions_work_while_the_server_runs_and_what_it_remembers_is_forgotten() -> None:
    with MockServer(CONFIG, port=0) as mock, openai.OpenAI(base_url=mock.base_url, api_key=mock.api_key) as client:

        def said() -> str | None:
            text: str | None = client.chat.completions.create(**chat("Hello")).choices[0].message.content
            return text

        assert [said(), said()] == ["configured", "configured"]
        mock.reply("added")
        assert [said(), said()] == ["added", "added"]
        mock.reset()
        assert said() == "configured"


def test_threads_may_add_together() -> None:
    mock = bare_mock()
    added: list[str] = []
    threads = [threading.Thread(target=lambda: added.extend(mock.reply("x") for _ in range(20))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(added)) == len(mock._room.answering.script.flows) == 120


# -- faults


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([user("Hello")], "messages: has no assistant message to answer with; add one"),
        ([user(""), assistant("x")], "messages[0]: a user message needs `content`; for any text write `matcher: any`"),
        ([user("x"), assistant("x", delay=-1)], "messages[1].delay: expected 0 or more, got -1"),
        ([user("x"), assistant("x", expect=expect())],
         "messages[1].expect: expects nothing; name what the request must hold, such as `tools`"),
        ([tool("x"), assistant("x")],
         "messages[0]: a tool message needs `tool_call_id`, the id of the call that it answers"),
    ],
)  # fmt: skip
def test_what_no_configuration_may_say(messages: Any, said: str) -> None:
    mock = bare_mock()
    with pytest.raises(ConfigError) as caught:
        mock.script(*messages)
    assert str(caught.value) == said
    assert mock._room.answering.script.flows == ()


def test_an_id_is_given_once() -> None:
    mock = bare_mock(CONFIG)
    with pytest.raises(ValueError, match="'Hello'"):
        mock.reply("x", id="Hello")


def test_system_messages_take_part_where_they_are_scripted() -> None:
    mock = bare_mock()
    mock.script(system(contains("brief")), user("Hello"), assistant("Hi"))
    assert ask(mock, "Hello").missed
    assert ask(mock, said_by_system("Be brief"), "Hello").text == "Hi"


def test_threads_never_get_the_same_answer_of_those_that_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plays, "add", slow_add)
    mock = bare_mock()
    mock.reply(sequence(*map(str, range(40))), times=40)
    threads = [threading.Thread(target=answers, args=[mock, *["x"] * 10]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = [exchange.text for exchange in mock.requests]
    assert sorted(int(text) for text in said if text is not None) == list(range(40))
    assert said.count(None) == 20


def slow_add(plays: Plays, flow: Any, turn: int) -> int:
    """Count an answer, and let other threads come between reading and writing."""
    before = plays.count(flow, turn)
    threading.Event().wait(0.0001)
    plays._counts[flow.id, turn] = before + 1
    return before


def test_a_namespace_has_additions_of_its_own() -> None:
    with MockServer(CONFIG, unmatched="error", port=0) as mock, mock.namespace() as apart:
        apart.reply("apart", to="Hello")
        with openai.OpenAI(base_url=apart.base_url, api_key=apart.api_key) as client:
            assert client.chat.completions.create(**chat("Hello")).choices[0].message.content == "apart"
        assert answers(mock, "Hello") == ["configured"]
        apart.assert_requested(user="Hello", times=1)
        mock.assert_requested(user="Hello", times=1)
