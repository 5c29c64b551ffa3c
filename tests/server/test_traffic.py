from __future__ import annotations

from typing import Any

import pytest

from tests.adapters import ADAPTERS
from tests.serving import app_of, chat, flow, post, serving

LONG = "".join(f"Rule {number}: be kind. " for number in range(400))
CONFIG: dict[str, Any] = {
    "responses": [
        flow("long", content="Hi"),
        {
            "id": "any",
            "messages": [
                {"role": "system", "matcher": "any"},
                {"role": "user", "matcher": "any"},
                {"role": "assistant", "content": "Hi"},
            ],
        },
        {
            "id": "told",
            "priority": 1,
            "messages": [
                {"role": "system", "matcher": "any"},
                {"role": "user", "content": "told"},
                {"role": "assistant", "content": "Hi", "usage": {"cached_tokens": 77}},
            ],
        },
    ]
}


def conversation(text: str, **parameters: Any) -> dict[str, Any]:
    messages = [{"role": "system", "content": LONG}, {"role": "user", "content": text}]
    return {**chat(text), "messages": messages, **parameters}


def cached(answer: Any) -> int:
    tokens: int = answer.json["usage"]["prompt_tokens_details"]["cached_tokens"]
    return tokens


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_usage_tells_what_was_seen_before(adapter: str) -> None:
    with serving(app_of(CONFIG), adapter) as served, served.wire() as wire:
        asked = post(conversation("Hello"))
        first, second, third, other = (wire.ask(a) for a in (asked, asked, asked, post(conversation("Goodbye"))))
    assert cached(first) == 0
    assert cached(second) == cached(third) == first.json["usage"]["prompt_tokens"] // 128 * 128
    assert 1024 <= cached(other) <= cached(second)


def test_the_usage_of_a_stream_tells_it_too() -> None:
    with serving(app_of(CONFIG)) as served:
        client = served.client()
        asked: Any = conversation("Hello", stream=True, stream_options={"include_usage": True})
        usages = [list(client.chat.completions.create(**asked))[-1].usage for _ in range(2)]
    assert [usage.prompt_tokens_details.cached_tokens > 0 for usage in usages] == [False, True]


def test_a_turn_may_say_another_number() -> None:
    with serving(app_of(CONFIG)) as served, served.wire() as wire:
        assert [cached(wire.ask(post(conversation("told")))) for _ in range(2)] == [77, 77]


def test_a_reset_forgets_what_was_seen() -> None:
    app = app_of(CONFIG)
    with serving(app) as served, served.wire() as wire:
        for _ in range(2):
            assert cached(wire.ask(post(conversation("Hello")))) == 0
            app.reset()


def test_a_long_body_with_a_short_prompt_is_answered_from_memory() -> None:
    app = app_of(CONFIG)
    with serving(app) as served, served.wire() as wire:
        wire.ask(post(chat("long", metadata={"note": "x" * 400, "more": "y" * 500, "rest": "z" * 500})))
        assert served.last.response.rendering is not None
        wire.ask(post(conversation("Hello")))
        assert served.last.response.rendering is None
