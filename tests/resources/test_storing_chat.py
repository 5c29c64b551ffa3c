"""What is stored, and that nothing else changes for it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from openai_mock_api.clock import Clock
from openai_mock_api.config.load import load_config
from openai_mock_api.config.settings import Settings
from openai_mock_api.http import Request, Response
from openai_mock_api.server.app import App
from tests.script_of_tests import CONFIG
from tests.serving import chat, constant

TEXTS = ["Hello", "emoji", "both", "refuse", "usage", "other", "words", "paced"]


def app(**changes: Any) -> App:
    return App(Settings.of(load_config({**CONFIG, "api_key": None, **changes}).config), Clock(seed=1))


def ask(app: App, text: str, **parameters: Any) -> Response:
    return app.handle(Request("POST", "/v1/chat/completions", [], json.dumps(chat(text, **parameters)).encode()))


def stored(app: App) -> list[Any]:
    return [record.object() for record in app.store.records("chat.completion")]


@pytest.mark.parametrize("text", TEXTS)
def test_a_completion_is_stored_as_it_was_sent(text: str) -> None:
    served = app()
    sent = msgspec.json.decode(ask(served, text, store=True, metadata={"a": "b"}).body)
    (kept,) = stored(served)
    assert kept.items() >= sent.items()
    assert kept["metadata"] == {"a": "b"}


@pytest.mark.parametrize("text", TEXTS)
def test_a_stream_is_stored_as_the_whole_completion(text: str) -> None:
    served = app()
    plain = msgspec.json.decode(ask(served, text).body)
    stream = ask(served, text, store=True, stream=True).stream
    assert stream is not None
    events = [msgspec.json.decode(data[6:]) for _, data in stream.frames() if b"[DONE]" not in data]
    (kept,) = stored(served)
    assert {(event["id"], event["created"]) for event in events} == {(kept["id"], kept["created"])}
    assert {**kept, "id": None, "created": None}.items() >= {**plain, "id": None, "created": None}.items()


@pytest.mark.parametrize("parameters", [{}, {"store": False}, {"store": None}, {"store": False, "stream": True}])
def test_what_is_not_to_be_stored_is_not(parameters: dict[str, Any]) -> None:
    served = app()
    ask(served, "Hello", **parameters)
    assert stored(served) == []


@pytest.mark.parametrize("text", ["limit", "no such text"])
def test_an_error_is_not_stored(text: str) -> None:
    served = app()
    assert ask(served, text, store=True).status >= 400
    assert stored(served) == []


def test_a_generated_answer_is_stored() -> None:
    served = app(unmatched="echo")
    ask(served, "no such text", store=True)
    assert stored(served)[0]["choices"][0]["message"]["content"] == "no such text"


def test_an_answer_from_memory_is_stored_anew() -> None:
    served = app()
    request = Request("POST", "/v1/chat/completions", [], json.dumps(chat("Hello", store=True)).encode())
    served.keep(b"bytes", request, served.handle(request))
    assert served.recall(b"bytes") is not None
    first, second = stored(served)
    assert first["id"] != second["id"]
    assert {**first, "id": None, "created": None} == {**second, "id": None, "created": None}


def test_storing_changes_no_byte_of_the_answers() -> None:
    plain, storing = app(), app()
    for text in TEXTS:
        for parameters in ({}, {"stream": True}):
            ask(plain, text, **parameters)
            ask(storing, text, **parameters)
    assert constant(ask(plain, "Hello").body) == constant(ask(storing, "Hello", store=True).body)


def test_a_reset_forgets_what_is_stored() -> None:
    served = app()
    ask(served, "Hello", store=True)
    served.reset()
    assert stored(served) == []


def test_another_configuration_keeps_what_is_stored_within_its_limits() -> None:
    served = app()
    for _ in range(3):
        ask(served, "Hello", store=True)
    served.load(app(resources={"objects": 2}).settings)
    ask(served, "Hello")
    assert len(stored(served)) == 2
