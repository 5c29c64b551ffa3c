from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.script.replies import Reply
from openai_mock_api.script.tokens.counting import PER_PART, tokenizer
from openai_mock_api.surfaces.chat.surface import Chat
from tests.serving import chat
from tests.surfaces.rendering import CLOCK, body_of, call_of, chunks_of, rendered

count = tokenizer("o200k_base").count
AUDIO: dict[str, Any] = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "pcm16"}}
SOUND = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


def usage_of(reply: Reply, **parameters: Any) -> Any:
    whole = body_of(rendered(reply, **parameters))["usage"]
    streamed = chunks_of(rendered(reply, stream=True, stream_options={"include_usage": True}, **parameters))
    assert streamed[-1]["usage"] == whole
    assert whole["total_tokens"] == whole["prompt_tokens"] + whole["completion_tokens"]
    return whole


def test_choices_are_counted_together() -> None:
    reply = Reply(choices=(Reply(content="one two three"), Reply(content="one")))
    assert [usage_of(reply, n=n)["completion_tokens"] for n in (1, 2, 3)] == [3, 4, 7]


def test_thoughts_are_counted() -> None:
    usage = usage_of(Reply(content="Hi", reasoning="one two three"))
    assert usage["completion_tokens"] == 4
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 3


def test_given_thoughts_are_counted_too() -> None:
    usage = usage_of(Reply(content="Hi", usage={"reasoning_tokens": 320}))
    assert usage["completion_tokens"] == 321
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 320


def test_thoughts_that_are_not_sent_take_no_time() -> None:
    call = call_of()
    call.tokens = None
    assert Chat().render(call, Reply(content="Hi", reasoning="one two three")).delay == 0


def test_cached_tokens_are_those_of_the_call_unless_they_are_given() -> None:
    call = call_of()
    call.cached_tokens = 1024
    for reply, cached in ((Reply(content="Hi"), 1024), (Reply(content="Hi", usage={"cached_tokens": 3}), 3)):
        usage = body_of(Chat().render(call, reply).response(CLOCK))["usage"]
        assert usage["prompt_tokens_details"]["cached_tokens"] == cached


@pytest.mark.parametrize(
    ("content", "prediction", "accepted", "rejected"),
    [
        ("one two three", "one two three", 3, 0),
        ("one two three", "one two four", 2, 1),
        ("three two one", "one", 0, 1),  # "one" and " one" are two tokens
        ("one", "one two three", 1, 2),
        ("a a", "a a a a", 2, 2),
        ("one", "", 0, 0),
    ],
)
def test_predictions(content: str, prediction: str, accepted: int, rejected: int) -> None:
    usage = usage_of(Reply(content=content), prediction={"type": "content", "content": prediction})
    details = usage["completion_tokens_details"]
    assert (details["accepted_prediction_tokens"], details["rejected_prediction_tokens"]) == (accepted, rejected)
    assert usage["completion_tokens"] == count(content) + rejected


def test_a_prediction_in_parts() -> None:
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": " two"}]
    usage = usage_of(Reply(content="one two"), prediction={"type": "content", "content": parts})
    assert usage["completion_tokens_details"]["accepted_prediction_tokens"] == 2


def test_no_prediction_is_no_figure() -> None:
    usage = usage_of(Reply(content="one two"), prediction=None)
    assert usage["completion_tokens_details"]["rejected_prediction_tokens"] == 0


def test_sound_is_counted_by_its_seconds() -> None:
    usage = usage_of(Reply(content="word " * 30), **AUDIO)
    text = count("word " * 30)
    assert usage["completion_tokens"] == text + 200
    assert usage["completion_tokens_details"]["audio_tokens"] == 200
    assert usage["completion_tokens_details"]["text_tokens"] == text
    assert usage["prompt_tokens_details"] == {
        "cached_tokens": 0,
        "audio_tokens": 0,
        "text_tokens": usage["prompt_tokens"],
        "image_tokens": 0,
    }


@pytest.mark.parametrize("most", [1, 2, 20, 63, 64, 200])
def test_a_token_limit_counts_the_sound(most: int) -> None:
    reply = Reply(content="one two three four five six seven eight")
    usage = usage_of(reply, max_completion_tokens=most, **AUDIO)
    assert usage["completion_tokens"] <= most
    assert (usage["completion_tokens"] == usage_of(reply, **AUDIO)["completion_tokens"]) == (most >= 60)


def test_an_answer_without_words_has_no_sound_to_count() -> None:
    assert usage_of(Reply(refusal="No"), **AUDIO)["completion_tokens_details"]["audio_tokens"] == 0


def test_what_was_heard_and_seen_is_told_apart() -> None:
    parts = [{"type": "text", "text": "Hi"}, SOUND, IMAGE, IMAGE]
    usage = usage_of(Reply(content="Hi"), messages=[{"role": "user", "content": parts}])
    silent = usage_of(Reply(content="Hi"), messages=chat("Hi")["messages"])
    assert usage["prompt_tokens_details"] == {
        "cached_tokens": 0,
        "audio_tokens": PER_PART,
        "text_tokens": silent["prompt_tokens"],
        "image_tokens": 2 * PER_PART,
    }


def test_images_alone_change_nothing_but_the_sum() -> None:
    usage = usage_of(Reply(content="Hi"), messages=[{"role": "user", "content": [IMAGE]}])
    assert usage["prompt_tokens_details"] == {"cached_tokens": 0, "audio_tokens": 0}
