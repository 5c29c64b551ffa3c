from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.http import Request
from openai_mock_api.server.prompts import NAMED
from tests.server.answers import error, last, named
from tests.serving import KEY, app_of, flow, post, serving

if TYPE_CHECKING:
    from openai_mock_api.http import Response
    from openai_mock_api.server.app import App

WEATHER = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
HEADERS = [(b"authorization", b"Bearer " + KEY.encode())]


def app(*flows: dict[str, Any], **config: Any) -> App:
    return app_of({"responses": list(flows), **config})


def ask(app: App, prompt: Any, **document: Any) -> Response:
    body = json.dumps({"model": "davinci-002", "prompt": prompt, **document}).encode()
    return app.handle(Request("POST", "/v1/completions", HEADERS, body))


def texts(response: Response) -> list[str]:
    return [choice["text"] for choice in json.loads(response.body)["choices"]]


HELLO = flow("Hello", content="Hi there!")
BYE = flow("Bye", content="See you!", headers={"x-tenant": "acme"})


def test_each_prompt_is_matched_on_its_own() -> None:
    mock = app(HELLO, BYE)
    assert texts(ask(mock, ["Bye", "Hello", "Bye"])) == ["See you!", "Hi there!", "See you!"]
    assert named(mock) == [b"Bye", b"Hello"]
    assert last(mock).matched == "Bye"
    assert last(mock).response_headers["x-tenant"] == "acme"


def test_a_sequence_goes_on_from_prompt_to_prompt() -> None:
    mock = app(flow("next", sequence=[{"content": "one"}, {"content": "two"}, {"content": "three"}]))
    assert texts(ask(mock, ["next", "next"])) == ["one", "two"]
    assert texts(ask(mock, "next")) == ["three"]


def test_the_first_prompt_that_misses_is_named() -> None:
    mock = app(HELLO)
    response = ask(mock, ["Hello", "Hullo", "What?"])
    assert (response.status, error(response)["code"], error(response)["param"]) == (400, "no_match", "prompt[1]")
    assert error(response)["message"].startswith("No matching response found for the provided messages\n\nprompt[1] is")
    assert "'Hullo'" in error(response)["message"]
    assert error(response)["nearest"][0]["id"] == "Hello"
    assert last(mock).missed


def test_a_single_prompt_that_misses_needs_no_name() -> None:
    assert error(ask(app(HELLO), ["Hullo"]))["param"] is None


def test_a_scripted_error_answers_all_prompts() -> None:
    mock = app(HELLO, flow("limit", error="rate_limit", delay=2))
    response = ask(mock, ["Hello", "limit"])
    assert (response.status, error(response)["code"], response.delay) == (429, "rate_limit_exceeded", 2)
    assert named(mock) == [b"limit"]


@pytest.mark.parametrize(
    "turn", [{"tool_calls": [WEATHER]}, {"choices": [{"content": "a"}, {"tool_calls": [WEATHER]}]}]
)
def test_a_text_completion_cannot_call_tools(turn: dict[str, Any]) -> None:
    mock = app(flow("weather", **turn))
    response = ask(mock, "weather")
    assert (response.status, error(response)["code"]) == (400, "script_error")
    assert error(response)["message"].startswith("The response 'weather' calls tools at messages[1]")
    assert named(mock) == [b"weather"]


def test_a_policy_answers_what_misses() -> None:
    mock = app(HELLO, unmatched="echo")
    assert texts(ask(mock, ["Hello", "Hullo"])) == ["Hi there!", "Hullo"]
    assert named(mock) == [b"Hello"]
    assert last(mock).missed
    assert texts(ask(mock, "Hullo")) == ["Hullo"]
    assert last(mock).missed


def test_not_every_flow_is_named_when_there_are_many() -> None:
    flows = [flow(f"flow {n}", content="Hi") for n in range(NAMED + 5)]
    mock = app(*flows)
    assert texts(ask(mock, [f"flow {n}" for n in range(NAMED + 5)])) == ["Hi"] * (NAMED + 5)
    assert len(named(mock)) == NAMED


def test_one_request_takes_the_tokens_of_all_its_prompts() -> None:
    mock = app(HELLO, limits={"requests_per_minute": 10, "tokens_per_minute": 60_000})
    ask(mock, ["Hello", "Hello"], max_tokens=100)
    headers = last(mock).response_headers
    assert headers["x-ratelimit-remaining-requests"] == "9"
    assert int(headers["x-ratelimit-remaining-tokens"]) <= 60_000 - 200


@pytest.mark.parametrize(("prompts", "many"), [("Hello", 1), (["Hello", "Bye"], 1)])
def test_a_warning_is_a_header(prompts: Any, many: int) -> None:
    mock = app(HELLO, BYE, validation="warn")
    ask(mock, prompts, best_of=0)
    headers = last(mock).response.headers()
    warnings = [value for name, value in headers if name == b"x-mock-warning"]
    assert len(warnings) == many
    assert b"best_of" in warnings[0]


@pytest.mark.usefixtures("the_fast_path")
def test_an_answer_that_was_given_before_is_remembered() -> None:
    with serving(app(HELLO)) as served, served.wire() as wire:
        request = post({"model": "davinci-002", "prompt": "Hello"}, target="/v1/completions")
        first, again = wire.ask(request), wire.ask(request)  # the head is known by now
        assert served.app.recall(request) is not None
    assert first.json["id"] != again.json["id"]
    assert first.json["choices"] == again.json["choices"]
    assert again.headers["x-mock-response"] == "Hello"


def test_a_prompt_that_is_too_long_for_the_model() -> None:
    response = ask(app(HELLO), ["Hello", "x " * 20_000])
    assert response.status == 400
    assert "maximum context length is 16384 tokens" in error(response)["message"]
