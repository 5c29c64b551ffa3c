from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api import ConfigError
from openai_mock_api.config.compiler import compile_script
from openai_mock_api.config.load import load_config
from openai_mock_api.script.flows import Turn

SEARCH = {"type": "web_search_call", "action": {"type": "search", "query": "q"}}


def load(**turn: Any) -> Any:
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", **turn}]
    return load_config({"api_key": "k", "responses": [{"id": "a", "messages": messages}]}).config


def reply_of(**turn: Any) -> Any:
    step = compile_script(load(**turn)).flows[0].steps[1]
    assert isinstance(step, Turn)
    return step.replies[0]


def test_items_are_completed() -> None:
    reply = reply_of(items=[{"type": "message"}, SEARCH], content="Hi")
    assert reply.items == ({"type": "message"}, {**SEARCH, "status": "completed"})


def test_items_alone_say_nothing() -> None:
    assert reply_of(items=[SEARCH]).content is None
    assert reply_of().content == ""


def test_items_may_stand_beside_whatever_the_turn_says() -> None:
    turns: list[dict[str, Any]] = [{"refusal": "No."}, {"content": "Hi", "reasoning": "Hm."}]
    assert [len(reply_of(items=[SEARCH], **turn).items) for turn in turns] == [1, 1]
    assert len(reply_of(choices=[{"items": [SEARCH]}]).choices[0].items) == 1


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"items": [{"type": "web_serch_call"}]}, ".items[0].type", "did you mean 'web_search_call'?"),
    (
        {"items": [SEARCH, {"type": "reasoning"}, {"type": "reasoning"}]},
        ".items",
        "the place of reasoning more than once",
    ),
    ({"items": [SEARCH], "error": "rate_limit"}, ".error", "`items` is given too"),
    ({"items": [SEARCH], "choices": [{"content": "Hi"}]}, ".items", "goes into the entries of `choices`"),
]


@pytest.mark.parametrize(("turn", "place", "what"), REFUSED)
def test_what_cannot_be_is_refused(turn: dict[str, Any], place: str, what: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(**turn)
    assert f"responses[0].messages[1]{place}" in str(caught.value)
    assert what in str(caught.value)


def test_a_message_of_the_client_has_no_items() -> None:
    messages = [{"role": "user", "content": "Hi", "items": [SEARCH]}, {"role": "assistant", "content": "Hi"}]
    with pytest.raises(ConfigError, match="says how the assistant answers"):
        load_config({"api_key": "k", "responses": [{"id": "a", "messages": messages}]})
