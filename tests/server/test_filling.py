"""Texts that are filled in, from the request to the wire."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import openai
import pytest

from openai_mock_api.clock import Clock
from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.http import Request
from openai_mock_api.script.tokens.counting import tokenizer_for
from openai_mock_api.server.app import App
from tests.serving import chat, post, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openai.types.chat import ChatCompletion

    from tests.serving import Served

WEATHER = {"name": "get_weather", "arguments": {"city": "{{ match.city }}", "days": "{{ match.days or 1 }}"}}
CONFIG: dict[str, Any] = {
    "responses": [
        {
            "id": "weather",
            "messages": [
                {
                    "role": "user",
                    "content": r"weather in (?<city>[^.]+?)(?: for (?<days>\d+) days)?$",
                    "matcher": "regex",
                },
                {"role": "assistant", "template": True, "tool_calls": [{"id": "call_1", "function": WEATHER}]},
                {"role": "tool", "tool_call_id": "call_1", "matcher": "any"},
                {
                    "role": "assistant",
                    "template": True,
                    "content": "In {{ match.city }} it is {{ results.call_1.t }} degrees.",
                },
            ],
        },
        {
            "id": "plain",
            "messages": [
                {"role": "user", "content": "^I am (?<name>.+)$", "matcher": "regex"},
                {"role": "assistant", "content": "Hi $1, that is $5, ${name}.", "refusal": None},
            ],
        },
        {
            "id": "counted",
            "messages": [
                {"role": "user", "content": "count"},
                {
                    "role": "assistant",
                    "sequence": [
                        {"content": "first {{ turn.answered }}"},
                        {"content": "then {{ turn.answered }}", "template": True},
                    ],
                },
            ],
        },
        {
            "id": "endless",
            "messages": [
                {"role": "user", "content": "endless"},
                {
                    "role": "assistant",
                    "template": True,
                    "content": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
                },
            ],
        },
        {
            "id": "missing",
            "messages": [
                {"role": "user", "content": "missing"},
                {"role": "assistant", "template": True, "content": "{{ call.body.metadata.plan }}"},
            ],
        },
        {
            "id": "several",
            "messages": [
                {"role": "user", "content": "several (.)", "matcher": "regex"},
                {
                    "role": "assistant",
                    "choices": [{"content": "$1"}, {"template": True, "content": "{{ match[1] * 2 }}"}],
                },
            ],
        },
    ]
}


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serving(CONFIG) as served:
        yield served


@pytest.fixture
def filling(server: Served) -> Served:
    server.app.reset()
    return server


def said(served: Served, text: str, **parameters: Any) -> str | None:
    with served.client() as client:
        answer: ChatCompletion = client.chat.completions.create(**chat(text, **parameters))
    return answer.choices[0].message.content


def test_a_tool_loop_is_filled_in(filling: Served) -> None:
    messages: list[Any] = [{"role": "user", "content": 'The weather in "Rio" for 3 days'}]
    with filling.client() as client:
        called = client.chat.completions.create(model="gpt-4o", messages=messages).choices[0].message
        assert called.tool_calls
        function: Any = called.tool_calls[0]
        assert json.loads(function.function.arguments) == {"city": '"Rio"', "days": "3"}
        messages += [called, {"role": "tool", "tool_call_id": "call_1", "content": '{"t": 31}'}]
        told = client.chat.completions.create(model="gpt-4o", messages=messages)
    assert told.choices[0].message.content == 'In "Rio" it is 31 degrees.'
    assert told.usage
    assert told.usage.completion_tokens == tokenizer_for("gpt-4o").count('In "Rio" it is 31 degrees.')


def test_a_stream_says_the_same(filling: Served) -> None:
    with filling.client() as client:
        stream = client.chat.completions.create(**chat("I am Ann"), stream=True)
        pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
    assert "".join(pieces) == "Hi Ann, that is $5, Ann."
    assert len(pieces) > 5


@pytest.mark.parametrize("name", ["Ann", "$1", "${name}", "{{ 7 * 7 }}", "é\U0001f600\t\\"])
def test_what_clients_send_is_never_read_as_a_template(filling: Served, name: str) -> None:
    assert said(filling, f"I am {name}") == f"Hi {name}, that is $5, {name}."


def test_each_of_a_sequence_is_filled_in_or_not(filling: Served) -> None:
    assert [said(filling, "count") for _ in range(3)] == ["first {{ turn.answered }}", "then 1", "then 2"]


def test_each_choice_is_filled_in(filling: Served) -> None:
    with filling.client() as client:
        answer = client.chat.completions.create(**chat("several x", n=3))
    assert [choice.message.content for choice in answer.choices] == ["x", "xx", "x"]


def test_a_template_that_fails_is_an_error_that_names_it(filling: Served) -> None:
    with pytest.raises(openai.BadRequestError) as caught, filling.client() as client:
        client.chat.completions.create(**chat("missing"))
    assert caught.value.code == "script_error"
    assert "Cannot fill in messages[1].content of response 'missing': in line 1" in caught.value.message
    assert "the mapping has no 'metadata'" in caught.value.message
    assert filling.last.matched == "missing"
    assert said(filling, "I am here") == "Hi here, that is $5, here."


def test_a_template_that_would_never_end_leaves_others_alone(filling: Served) -> None:
    with filling.wire() as hostile, filling.wire() as neighbour:
        hostile.send(post(chat("endless")))
        answer = neighbour.ask(post(chat("I am here")))
        assert answer.json["choices"][0]["message"]["content"] == "Hi here, that is $5, here."
        refused = hostile.answer()
    assert (refused.status, refused.error["code"]) == (400, "script_error")
    assert "longer than 0.25 s" in refused.error["message"]


# -- the clock, and what is remembered


def app_of(turn: dict[str, Any], seed: int | None = None, asked: str = "(.*)") -> App:
    messages = [{"role": "user", "content": asked, "matcher": "regex"}, {"role": "assistant", **turn}]
    loaded = load_config({"responses": [{"id": "f", "messages": messages}]})
    app = App(Settings.loaded(loaded), Clock(seed))
    app.clock.now = lambda: 1_700_000_000.0
    return app


def ask(app: App, text: str = "Hi") -> tuple[str, bool]:
    """Return what is said, and whether the same bytes would always get it."""
    request = Request(
        "POST", "/v1/chat/completions", [(b"authorization", b"Bearer test-key")], json.dumps(chat(text)).encode()
    )
    response = app.handle(request)
    assert response.status == 200, response.body
    return json.loads(response.body)["choices"][0]["message"]["content"], response.rendering is not None


RANDOM = {
    "template": True,
    "content": "{{ uuid() }} {{ randint(1, 10 ** 9) }} {{ now.isoformat() }} {{ turn.answered }}",
}


def test_the_same_seed_says_the_same() -> None:
    runs = [[ask(app)[0] for app in [app_of(RANDOM, seed)] for _ in range(2)] for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    assert runs[0][0] != runs[0][1]
    assert re.search(r" 2023-11-14T22:13:20\+00:00 0$", runs[0][0])


@pytest.mark.parametrize(
    ("turn", "remembered"),
    [
        ({"content": "plain"}, True),
        ({"content": "$1"}, True),
        (RANDOM, False),
        ({"template": True, "content": "x"}, False),
    ],
)
def test_only_what_depends_on_the_body_alone_is_remembered(turn: dict[str, Any], remembered: bool) -> None:
    app = app_of(turn)
    assert app.settings.script.depends_on_body_alone is remembered
    assert ask(app)[1] is remembered


def test_references_do_not_answer_another_body() -> None:
    app = app_of({"content": "$1"})
    assert [ask(app, text)[0] for text in ("a", "b", "a")] == ["a", "b", "a"]
