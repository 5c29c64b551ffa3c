"""Exchanges as a conversation to read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.http import Request
from openai_mock_api.pytest_plugin.transcript import transcript
from tests.serving import app_of, chat, flow

if TYPE_CHECKING:
    from openai_mock_api.server.app import App

HELLO = {"role": "user", "content": "Hello"}


@pytest.fixture
def app() -> App:
    return app_of({"api_key": None, "responses": [flow("Hello", content="Hi\nthere"), flow("long", content="x" * 500)]})


def say(app: App, document: Any, path: str = "/v1/chat/completions") -> None:
    app.handle(Request("POST", path, [], json.dumps(document).encode()))


def lines(app: App) -> list[str]:
    return transcript(app.journal.exchanges()).split("\n")


def test_nothing_happened(app: App) -> None:
    assert lines(app) == ["No request came."]


def test_what_says_nothing_is_a_title(app: App) -> None:
    app.handle(Request("GET", "/v1/models", []))
    assert lines(app) == ["1. GET /v1/models → 200"]


def test_several_lines_are_indented(app: App) -> None:
    say(app, chat("Hello"))
    assert lines(app)[1:] == ["   user: Hello", "   assistant: Hi", "     there"]


def test_an_error_is_one_line(app: App) -> None:
    say(app, {"model": "gpt-4o"})
    assert lines(app) == [
        "1. POST /v1/chat/completions gpt-4o → 400",
        "   error: Missing required parameter: 'messages'.",
    ]


def test_long_texts_are_cut(app: App) -> None:
    say(app, chat("long"))
    assert lines(app)[-1] == f"   assistant: {'x' * 400} … (500 characters)"


def test_what_was_said_before_is_left_out_but_for_the_last_message(app: App) -> None:
    talk = [HELLO, {"role": "assistant", "content": "Hi"}]
    say(app, {"model": "gpt-4o", "messages": [HELLO]})
    say(app, {"model": "gpt-4o", "messages": [HELLO]})
    say(app, {"model": "gpt-4o", "messages": [*talk, HELLO]})
    say(app, {"model": "gpt-4o", "messages": [{"role": "system", "content": "Be brief"}, HELLO]})
    said = [line.strip() for line in lines(app) if line.startswith("   ") and "assistant: Hi" not in line]
    said = [line for line in said if line.partition(":")[0] in ("user", "system") or line.startswith("…")]
    assert said == ["user: Hello", "user: Hello", "… 1 earlier", "user: Hello", "system: Be brief", "user: Hello"]


def test_long_conversations_are_shown_from_their_end(app: App) -> None:
    say(app, {"model": "gpt-4o", "messages": [{"role": "user", "content": str(n)} for n in range(100)]})
    assert lines(app)[1:3] == ["   … 88 earlier", "   user: 88"]


def test_many_exchanges_are_shown_from_their_end(app: App) -> None:
    for _ in range(25):
        say(app, chat("Hello"))
    assert lines(app)[0] == "… 15 earlier"
    assert lines(app)[1].startswith("16. POST")


def test_a_client_that_hung_up_is_noted(app: App) -> None:
    say(app, chat("Hello"))
    say(app, chat("Hello", stream=True))
    for exchange in app.journal.exchanges():
        exchange.response.hung_up = True
    titles = [line for line in lines(app) if "POST" in line]
    assert titles[0].endswith("→ 200 Hello, messages[1], the client hung up")
    assert titles[1].endswith("→ 200 Hello, messages[1], the client hung up after 0 events")
