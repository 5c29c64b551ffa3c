from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openai_mock_api.reassembly import assembled
from tests.serving import chat, post

if TYPE_CHECKING:
    from tests.serving import Served


def chunk(*choices: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "c", "object": "chat.completion.chunk", "model": "gpt-4o", "choices": list(choices), **more}


def delta(index: int = 0, finish_reason: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"index": index, "delta": fields, "finish_reason": finish_reason}


def test_texts_of_several_choices_are_put_together() -> None:
    whole = assembled(
        [
            chunk(delta(role="assistant", content="")),
            chunk(delta(1, role="assistant", content="")),
            chunk(delta(content="Hi ")),
            chunk(delta(1, content="Bonjour")),
            chunk(delta(content="there")),
            chunk(delta(finish_reason="stop")),
            chunk(delta(1, finish_reason="length")),
            chunk(usage={"total_tokens": 3}),
        ]
    )
    assert (whole["id"], whole["object"], whole["usage"]) == ("c", "chat.completion", {"total_tokens": 3})
    said = [(c["index"], c["message"], c["finish_reason"]) for c in whole["choices"]]
    assert said == [
        (0, {"role": "assistant", "content": "Hi there"}, "stop"),
        (1, {"role": "assistant", "content": "Bonjour"}, "length"),
    ]


def test_what_one_chunk_says_of_all_is_kept_and_padding_is_not() -> None:
    whole = assembled([chunk(delta(content="Hi"), obfuscation="3f"), chunk(moderation={"input": {}}), chunk()])
    assert whole["moderation"] == {"input": {}}
    assert "obfuscation" not in whole


def test_calls_of_tools_are_put_together_by_their_index() -> None:
    def part(index: int, arguments: str, **head: Any) -> dict[str, Any]:
        return delta(tool_calls=[{"index": index, **head, "function": {"arguments": arguments, **head.pop("f", {})}}])

    whole = assembled(
        [
            chunk(part(0, "", id="a", type="function", f={"name": "f"})),
            chunk(part(0, '{"x":')),
            chunk(part(1, "", id="b", type="function", f={"name": "g"})),
            chunk(part(0, "1}")),
            chunk(part(1, "{}")),
        ]
    )
    calls = whole["choices"][0]["message"]["tool_calls"]
    assert [(call["id"], call["function"]["name"], call["function"]["arguments"]) for call in calls] == [
        ("a", "f", '{"x":1}'),
        ("b", "g", "{}"),
    ]


def test_lists_without_an_index_grow() -> None:
    whole = assembled(
        [
            chunk({**delta(content="a"), "logprobs": {"content": [{"token": "a"}]}}),
            chunk({**delta(content="b"), "logprobs": {"content": [{"token": "b"}]}}),
        ]
    )
    assert [token["token"] for token in whole["choices"][0]["logprobs"]["content"]] == ["a", "b"]


def test_text_completions() -> None:
    events = [{"object": "text_completion", "choices": [{"index": 0, "text": text}]} for text in ("Once ", "upon")]
    assert assembled(events)["choices"] == [{"index": 0, "text": "Once upon"}]


def test_an_error_that_breaks_off_a_completion_is_kept() -> None:
    events = [{"choices": [{"index": 0, "text": "Once"}]}, {"error": {"code": "x"}}]
    found = assembled(events)
    assert (found["choices"][0]["text"], found["error"]) == ("Once", {"code": "x"})


def test_the_last_event_of_a_response_is_the_response() -> None:
    events = [
        {"type": "response.created", "response": {"status": "in_progress"}},
        {"type": "response.output_text.delta", "delta": "Hi"},
        {"type": "response.completed", "response": {"status": "completed"}},
    ]
    assert assembled(events) == {"status": "completed"}


@pytest.mark.parametrize("events", [[], [None], [{"error": {}}], ["x", 5]])
def test_what_makes_up_nothing(events: list[Any]) -> None:
    assert assembled(events) is None


@pytest.mark.parametrize("text", ["Hello", "emoji", "both", "refuse", "weather", "usage"])
def test_a_stream_makes_up_what_the_body_says(fast: Served, text: str) -> None:
    with fast.wire() as wire:
        whole = wire.ask(post(chat(text))).json
        wire.ask(post(chat(text, stream=True, stream_options={"include_usage": True})))
    again = assembled(fast.last.events)
    for fixed in (whole, again):
        del fixed["id"], fixed["created"]
    message = again["choices"][0]["message"]
    for call in message.get("tool_calls", []):
        del call["index"]
    whole["choices"][0]["message"].pop("annotations")
    assert again["choices"][0].pop("logprobs") == whole["choices"][0].pop("logprobs")
    assert {**whole["choices"][0]["message"], **message} == whole["choices"][0]["message"]
    assert again["choices"][0]["finish_reason"] == whole["choices"][0]["finish_reason"]
    assert again["usage"] == whole["usage"]
