from __future__ import annotations

import logging
from typing import Any

import openai
import pytest

from tests.serving import Served, app_of, chat, flow, post, serving


def ask(served: Served, text: str, **parameters: Any) -> Any:
    with served.wire() as wire:
        return wire.ask(post(chat(text, **parameters)))


def test_the_flow_is_named(fast: Served) -> None:
    assert ask(fast, "Hello").headers["x-mock-response"] == "Hello"


def test_names_beyond_latin_1_are_escaped(fast: Served) -> None:
    assert ask(fast, "named").headers["x-mock-response"] == "höflich %F0%9F%91%8B"


def test_a_turns_own_headers_replace_the_usual_ones(fast: Served) -> None:
    answer = ask(fast, "named")
    assert answer.headers["x-tenant"] == "acme"
    assert answer.raw.lower().count(b"x-request-id: ") == 1
    assert answer.headers["x-request-id"] == "mine"
    assert fast.client().chat.completions.create(**chat("named"))._request_id == "mine"


# -- scripted failures


def test_a_rate_limit(fast: Served) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        fast.client().chat.completions.create(**chat("limit"))
    assert isinstance(caught.value.body, dict)
    assert (caught.value.type, caught.value.code) == ("requests", "rate_limit_exceeded")
    headers = caught.value.response.headers
    assert (headers["retry-after"], headers["retry-after-ms"]) == ("1", "1000")
    assert headers["x-mock-response"] == "limit"


def test_the_sdk_heeds_retry_after() -> None:
    replies = [{"error": {"preset": "rate_limit", "retry_after": 0.001}}, {"content": "Hi"}]
    with serving(app_of({"responses": [flow("Hello", sequence=replies)]})) as served:
        answer = served.client(max_retries=1).chat.completions.create(**chat("Hello"))
        assert answer.choices[0].message.content == "Hi"
        assert [exchange.status for exchange in served.app.journal] == [429, 200]


def test_an_error_in_its_own_words(fast: Served) -> None:
    answer = ask(fast, "teapot")
    assert (answer.status, answer.headers["x-pot"]) == (418, "1")
    assert answer.error == {"message": "short", "type": "invalid_request_error", "param": "p", "code": "c"}


@pytest.mark.parametrize(("text", "status"), [("quota", 429), ("unusual", 529), ("late error", 500)])
def test_other_errors(fast: Served, text: str, status: int) -> None:
    answer = ask(fast, text, stream=True)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.error["message"]


# -- misses


def test_a_miss_teaches(fast: Served) -> None:
    answer = ask(fast, "Hello!")
    assert answer.status == 400
    assert answer.error["message"].startswith("No matching response found for the provided messages\n\n")
    assert (answer.error["type"], answer.error["code"]) == ("invalid_request_error", "no_match")
    nearest = answer.error["nearest"]
    assert nearest[0]["id"] == "Hello"
    assert "Hello" in answer.error["message"]
    assert "x-mock-response" not in answer.headers
    assert fast.last.missed
    assert fast.last.matched is None


def test_the_sdk_does_not_retry_a_miss(fast: Served) -> None:
    with pytest.raises(openai.BadRequestError, match="No matching response found"):
        fast.client(max_retries=5).chat.completions.create(**chat("nobody says this"))
    assert len(fast.app.journal) == 1


def test_a_miss_is_logged(fast: Served, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "openai_mock_api"):
        ask(fast, "nobody says this")
    assert "no response matches a call for gpt-4o" in caplog.text


def test_how_a_call_was_matched_is_logged(fast: Served, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "openai_mock_api.matching"):
        ask(fast, "Hello")
    assert "matched Hello, turn 1, score 1.00" in caplog.text


@pytest.mark.parametrize(
    ("policy", "text"), [("echo", "Hello!"), ("auto", 'This is a mock answer to "Hello!" from gpt-4o.')]
)
def test_unmatched_calls_may_get_generated_answers(policy: str, text: str) -> None:
    app = app_of({"unmatched": policy, "responses": [flow("Hello", content="Hi")]})
    with serving(app) as served:
        client = served.client()
        answer = client.chat.completions.create(**chat("Hello!"))
        chunks = list(client.chat.completions.create(**chat("Hello!"), stream=True))
        assert served.last.missed
    assert answer.choices[0].message.content == text
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == text


# -- sequences


def test_a_sequence_gives_one_answer_a_call_until_it_is_reset() -> None:
    app = app_of({"responses": [flow("Hello", sequence=[{"content": "one"}, {"content": "two"}], then="miss")]})
    with serving(app) as served, served.wire() as wire:
        request = post(chat("Hello"))
        said = [wire.ask(request).json["choices"][0]["message"]["content"] for _ in range(2)]
        assert said == ["one", "two"]
        assert wire.ask(request).error["code"] == "no_match"
        app.reset()
        assert wire.ask(request).status == 200


def test_a_refused_request_does_not_count_for_a_sequence() -> None:
    app = app_of({"responses": [flow("Hello", sequence=[{"content": "one"}, {"content": "two"}])]})
    with serving(app) as served, served.wire() as wire:
        assert wire.ask(post(chat("Hello", n=0))).status == 400
        assert wire.ask(post(chat("Hello"), key="wrong")).status == 401
        assert wire.ask(post(chat("Hello"))).json["choices"][0]["message"]["content"] == "one"
