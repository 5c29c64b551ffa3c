from __future__ import annotations

import re
import threading
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api import MockServer, assistant, contains, expect, system, user
from tests.serving import flow
from tests.testing.asking import ask, bare_mock, tools

if TYPE_CHECKING:
    from openai_mock_api.mock import Mock

CONFIG: dict[str, Any] = {
    "responses": [
        flow("Hello", id="greeting", content="Hi"),
        flow("Weather?", id="weather", content="Sunny"),
        {"id": "long", "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"},
                                    {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}]},
    ]
}  # fmt: skip


def asked(*texts: str) -> MockServer:
    mock = bare_mock(CONFIG)
    for text in texts:
        ask(mock, text)
    return mock


def failure(assertion: Any, *arguments: Any, **options: Any) -> str:
    with pytest.raises((AssertionError, TimeoutError)) as caught:
        assertion(*arguments, **options)
    return str(caught.value)


def shown(text: str) -> str:
    return dedent(text).strip("\n")


# -- what happened


def test_what_happened() -> None:
    mock = asked("Hello", "nobody", "a")
    assert [exchange.matched for exchange in mock.requests] == ["greeting", None, "long"]
    assert mock.last_request is mock.requests[2]
    assert [exchange.user for exchange in mock.misses] == ["nobody"]
    assert mock.unused == ["weather"]
    assert mock.unused_turns == [("weather", 1), ("long", 3)]


def test_misses_that_are_answered_are_none_for_a_test() -> None:
    mock = MockServer()
    ask(mock, "Hello")
    assert mock.requests[0].missed
    assert mock.misses == []


def test_misses_and_unmet_expectations_outlive_the_journal() -> None:
    mock = bare_mock({**CONFIG, "journal": {"exchanges": 2}})
    mock.reply("x", to="expecting", expect=expect(stream=True))
    for text in ("nobody", "expecting", "Hello", "Hello", "Hello"):
        ask(mock, text)
    assert len(mock.requests) == 2
    assert [exchange.user for exchange in mock.misses] == ["nobody"]
    assert [exchange.user for exchange in mock.unmet] == ["expecting"]
    mock.reset()
    assert (mock.misses, mock.unmet) == ([], [])


# -- requests


def test_a_request_that_came() -> None:
    mock = asked("Hello", "Weather?", "Hello")
    assert mock.assert_requested() is mock.requests[2]
    assert mock.assert_requested("weather") is mock.requests[1]
    assert mock.assert_requested(user=contains("hell"), times=2) is mock.requests[2]
    mock.assert_not_requested("long")
    mock.assert_not_requested(user="Bye")


def test_that_a_response_which_there_is_not_has_not_answered_is_no_assertion() -> None:
    with pytest.raises(ValueError, match=r"^there is no response 'wether'; did you mean 'weather'\?$"):
        asked("Hello").assert_not_requested("wether")


def test_no_request_at_all() -> None:
    assert failure(asked().assert_requested) == "expected a request\nNo request has come."
    assert (
        failure(asked().assert_requested, "weather")
        == "expected a request with\n  flow: 'weather'\nNo request has come."
    )


def test_the_nearest_request_is_named_with_what_differs() -> None:
    mock = asked("Weather?", "Hello")
    said = failure(mock.assert_requested, "greeting", user="Hello there", model="gpt-4o")
    assert said == shown("""
        expected a request with
          flow: 'greeting'
          user: 'Hello there'
          model: 'gpt-4o'
        None of 2 requests is one; the nearest is request 2, POST /v1/chat/completions (greeting):
          user:
            expected: 'Hello there'
            got:      'Hello'
            hint:     they part at character 6
    """)


def test_long_texts_are_compared_line_by_line() -> None:
    mock = bare_mock()
    mock.reply("x")
    lines = [f"Rule {number}: be kind." for number in range(1, 9)]
    ask(mock, {"role": "system", "content": "\n".join(lines)}, "Hello")
    lines[4] = "Rule 5: be brief."
    said = failure(mock.assert_requested, system="\n".join(lines))
    assert said.partition("(reply-1):\n")[2] == (
        "  system (- expected, + got):\n"
        "    @@ -3,5 +3,5 @@\n"
        "     Rule 3: be kind.\n"
        "     Rule 4: be kind.\n"
        "    -Rule 5: be brief.\n"
        "    +Rule 5: be kind.\n"
        "     Rule 6: be kind.\n"
        "     Rule 7: be kind.\n"
        "    hint:     they part at character 80"
    )


def test_a_long_difference_is_cut() -> None:
    mock = bare_mock()
    mock.reply("x")
    ask(mock, "\n".join(f"a{number}" for number in range(50)))
    said = failure(mock.assert_requested, user="\n".join(f"b{number}" for number in range(50)))
    assert "… 77 more lines" in said
    assert len(said.splitlines()) < 40


def test_the_number_of_requests() -> None:
    mock = asked("Hello", "Hello", "nobody")
    assert failure(mock.assert_requested, user="Hello", times=3) == shown("""
        expected 3 requests with
          user: 'Hello'
        There are 2 requests:
          1. POST /v1/chat/completions (greeting)
          2. POST /v1/chat/completions (greeting)
    """)
    assert failure(mock.assert_requested, times=1) == shown("""
        expected 1 request
        There are 3 requests:
          1. POST /v1/chat/completions (greeting)
          2. POST /v1/chat/completions (greeting)
          3. POST /v1/chat/completions (no match)
    """)
    assert failure(mock.assert_not_requested, "greeting").startswith("expected 0 requests with\n  flow: 'greeting'\n")
    assert failure(asked("Hello").assert_not_requested) == shown("""
        expected 0 requests
        There is 1 request:
          1. POST /v1/chat/completions (greeting)
    """)


def test_many_requests_are_not_all_listed() -> None:
    assert failure(asked(*["Hello"] * 20).assert_not_requested).endswith("… and 12 more")


def test_an_id_that_there_is_not_is_named_when_nothing_is_found() -> None:
    mock, hint = asked("Hello"), "there is no response 'wether'; did you mean 'weather'?"
    assert failure(lambda: mock.assert_requested("wether")).endswith(f"\n{hint}")
    assert failure(lambda: mock.assert_order("wether")).endswith(f"\n{hint}")
    with pytest.raises(TimeoutError, match=re.escape(hint)):
        mock.wait_for_request("wether", timeout=0)


@pytest.mark.parametrize("times", [0, -1])
def test_a_number_below_one_is_for_the_other_assertion(times: int) -> None:
    with pytest.raises(ValueError, match="use assert_not_requested"):
        asked().assert_requested(times=times)
    with pytest.raises(ValueError, match="use assert_not_requested"):
        asked().wait_for_request(times=times)


# -- order


@pytest.mark.parametrize("flows", [(), ("greeting",), ("greeting", "long"), ("greeting", "greeting", "weather")])
def test_an_order(flows: tuple[str, ...]) -> None:
    asked("Hello", "Hello", "Weather?", "a").assert_order(*flows)


def test_another_order() -> None:
    mock = asked("Weather?", "nobody", "Hello")
    assert failure(mock.assert_order, "greeting", "weather") == shown("""
        expected greeting, weather to answer in this order
        weather did not after greeting: weather, no match, greeting
    """)
    assert failure(asked().assert_order, "weather") == shown("""
        expected weather to answer in this order
        weather did not: nothing
    """)


# -- misses


def test_a_miss_is_explained() -> None:
    mock = asked("Hello", "Weather")
    said = failure(mock.assert_no_misses)
    assert said.startswith(
        "1 request matched no response:\n"
        "1. POST /v1/chat/completions, model gpt-4o\n"
        "   Nearest responses:\n"
        "   1. weather: parted at messages[0] (user, exact)\n"
        "        expected: 'Weather?'\n"
        "        got:      'Weather'\n"
    )
    asked("Hello").assert_no_misses()


def test_misses_may_be_allowed() -> None:
    mock = asked("nobody")
    assert not mock.misses_allowed
    mock.allow_misses()
    assert mock.misses_allowed
    mock.assert_no_misses()
    mock.reset()
    ask(mock, "nobody")
    assert "1 request matched no response" in failure(mock.assert_no_misses)


# -- use


def test_everything_used() -> None:
    mock = asked("Hello", "Weather?", "a")
    mock.assert_all_used()
    assert failure(mock.assert_all_used, turns=True) == "1 turn never answered: long, messages[3]"
    assert failure(asked("a").assert_all_used) == "2 responses never answered: greeting; weather"


def test_a_journal_that_has_forgotten_says_so() -> None:
    mock = bare_mock({**CONFIG, "journal": {"exchanges": 1}})
    for text in ("Hello", "Weather?", "a"):
        ask(mock, text)
    assert failure(mock.assert_all_used) == (
        "2 responses never answered: greeting; weather\n"
        "The journal has forgotten 2 older exchanges; raise journal.exchanges."
    )


# -- expectations


def expecting(mode: Any) -> Mock:
    mock = bare_mock()
    wanted = expect(tools=["get_weather"], system=contains("brief"), mode=mode)
    mock.script(system(), user("Weather?"), assistant("Sunny", expect=wanted), id="weather")
    return mock


def test_expectations_that_are_met() -> None:
    mock = expecting("soft")
    ask(mock, {"role": "system", "content": "Be brief"}, "Weather?", tools=tools("get_weather"))
    mock.assert_expectations()
    mock.verify()


@pytest.mark.parametrize("mode", ["soft", "hard"])
def test_expectations_that_are_not(mode: str) -> None:
    mock = expecting(mode)
    exchange = ask(mock, {"role": "system", "content": "Be kind"}, "Weather?")
    assert exchange.status == (200 if mode == "soft" else 400)
    assert mock.unmet == [exchange]
    for assertion in (mock.assert_expectations, mock.verify):
        assert failure(assertion) == shown("""
            1 request did not meet what was expected:
            1. POST /v1/chat/completions (weather), messages[2]
               tools:
                 expected: 'get_weather'
                 got:      'no tools'
               system:
                 expected: 'brief'
                 got:      'Be kind'
                 hint:     any text holding "brief" would fit
        """)


def test_everything_that_must_hold_in_the_end() -> None:
    mock = asked("Hello")
    mock.verify()
    ask(mock, "nobody")
    assert "matched no response" in failure(mock.verify)


# -- waiting


def test_a_request_that_has_come_is_not_waited_for() -> None:
    mock = asked("Hello", "Weather?", "Hello")
    assert mock.wait_for_request("greeting", timeout=0) is mock.requests[0]
    assert mock.wait_for_request(user="Hello", times=2, timeout=0) is mock.requests[2]


def test_waiting_for_a_request_of_another_thread() -> None:
    mock = asked()
    go = threading.Event()

    def work() -> None:
        go.wait()
        ask(mock, "Hello")
        ask(mock, "Weather?")

    thread = threading.Thread(target=work)
    thread.start()
    go.set()
    assert mock.wait_for_request("weather").matched == "weather"
    thread.join()


async def test_waiting_without_holding_up_the_event_loop() -> None:
    mock = asked()
    thread = threading.Thread(target=ask, args=[mock, "Weather?"])
    waiting = mock.wait_for_request_async("weather", timeout="10s")
    thread.start()
    assert (await waiting).matched == "weather"
    thread.join()


async def test_waiting_for_what_becomes_of_an_answer() -> None:
    mock = asked("Hello")
    shown = iter([False, False, True] * 2)
    assert mock.wait_for_request(where=lambda _: next(shown)) is mock.requests[0]
    assert await mock.wait_for_request_async(where=lambda _: next(shown)) is mock.requests[0]


async def test_waiting_in_vain() -> None:
    mock = asked("Hello", "Hello")
    said = failure(mock.wait_for_request, "weather", timeout="10ms")
    assert said.startswith("within 0.01 s expected a request with\n  flow: 'weather'\nNone of 2 requests is one; ")
    with pytest.raises(TimeoutError, match="within 0 s expected 3 requests\nThere are 2 requests:"):
        await mock.wait_for_request_async(times=3, timeout=0)
