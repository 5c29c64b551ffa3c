"""What turns expect of the requests that reach them."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from openai_mock_api.http import Request
from tests.serving import Served, app_of, chat, post, serving
from tests.testing.asking import tools


def config(mode: str, **turn: Any) -> dict[str, Any]:
    expect = {"tools": ["get_weather"], "model": "gpt-4o*", "mode": mode}
    said = turn or {"content": "Sunny"}
    messages = [{"role": "user", "content": "Weather?"}, {"role": "assistant", **said, "expect": expect}]
    return {"responses": [{"id": "weather", "messages": messages}]}


@pytest.fixture(scope="module")
def soft() -> Any:
    with serving(config("soft")) as served:
        yield served


@pytest.fixture(scope="module")
def hard() -> Any:
    with serving(config("hard")) as served:
        yield served


def ask(served: Served, **parameters: Any) -> str | None:
    answer = served.client().chat.completions.create(**chat("Weather?", **parameters))
    text: str | None = answer.choices[0].message.content
    return text


def unmet(served: Served) -> list[str]:
    return [failed.name for failed in served.last.unmet]


@pytest.mark.parametrize("served_softly", ["soft", "hard"])
def test_a_request_that_holds_it_is_answered(served_softly: str, request: pytest.FixtureRequest) -> None:
    served = request.getfixturevalue(served_softly)
    assert ask(served, tools=tools("get_weather")) == "Sunny"
    assert unmet(served) == []
    assert not served.last.response.notable


def test_softly_it_is_answered_and_noted(soft: Served) -> None:
    assert ask(soft, model="o1") == "Sunny"
    assert unmet(soft) == ["model", "tools"]
    assert soft.last in soft.app.journal.notable()


def test_every_request_is_looked_at_also_the_same_again(soft: Served) -> None:
    with soft.wire() as wire:
        for _ in range(3):
            wire.ask(post(chat("Weather?")))
            assert unmet(soft) == ["tools"]


def test_streams_are_noted_too(soft: Served) -> None:
    list(soft.client().chat.completions.create(**chat("Weather?"), stream=True))
    assert unmet(soft) == ["tools"]


def test_hard_it_is_refused_and_noted(hard: Served) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(hard)
    assert caught.value.code == "expectation_failed"
    assert "expected: get_weather\n  got:      no tools" in str(caught.value)
    assert unmet(hard) == ["tools"]
    assert hard.last.matched == "weather"


def test_errors_may_expect_something() -> None:
    with serving(config("soft", error="rate_limit")) as served:
        with pytest.raises(openai.RateLimitError):
            ask(served)
        assert unmet(served) == ["tools"]


def test_each_answer_of_a_sequence_has_its_own_expectation() -> None:
    sequence = [{"content": "first"}, {"content": "second", "expect": {"stream": True}}]
    messages = [{"role": "user", "content": "Weather?"}, {"role": "assistant", "sequence": sequence}]
    with serving({"responses": [{"id": "weather", "messages": messages}]}) as served:
        assert ask(served) == "first"
        assert unmet(served) == []
        assert ask(served) == "second"
        assert unmet(served) == ["stream"]


def test_prompts_of_one_request_are_looked_at_one_by_one() -> None:
    def flow(text: str, mode: str) -> dict[str, Any]:
        said = {"role": "assistant", "content": "x", "expect": {"body": {"seed": len(text)}, "mode": mode}}
        return {"id": text, "messages": [{"role": "user", "content": text}, said]}

    app = app_of({"responses": [flow("a", "soft"), flow("bb", "soft"), flow("ccc", "hard")]})

    def complete(*prompts: str) -> int:
        body = post({"model": "davinci-002", "prompt": list(prompts), "seed": 9}).partition(b"\r\n\r\n")[2]
        return app.handle(Request("POST", "/v1/completions", [(b"authorization", b"Bearer test-key")], body)).status

    assert complete("a", "bb") == 200
    assert len(app.journal.exchanges()[-1].unmet) == 2
    assert complete("a", "ccc") == 400
    assert len(app.journal.exchanges()[-1].unmet) == 2
