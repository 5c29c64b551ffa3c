from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.pacing import ChunkSize, Pacing
from openai_mock_api.script.replies import Reply
from openai_mock_api.script.tokens.counting import tokenizer
from openai_mock_api.surfaces.chat.surface import FRAMES
from tests.script_of_tests import EMOJI
from tests.serving import Served, chat, post
from tests.surfaces.rendering import answered, deltas, joined, rendered


def ask(served: Served, text: str, **parameters: Any) -> Any:
    with served.wire() as wire:
        answer = wire.ask(post(chat(text, **parameters)))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    return answer.json


def stream(served: Served, text: str, **parameters: Any) -> list[Any]:
    with served.wire() as wire:
        answer = wire.ask(post(chat(text, stream=True, **parameters)))
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.events[-1] == "[DONE]"
    return answer.events[:-1]


# -- one body


def test_every_field_of_an_answer(fast: Served) -> None:
    answer = ask(fast, "Hello")
    assert answer.pop("id").startswith("chatcmpl-")
    assert abs(answer.pop("created") - fast.last.started) < 5
    assert answer == {
        "object": "chat.completion",
        "model": "gpt-4o",
        "service_tier": "default",
        "system_fingerprint": "fp_44709d6fcb",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Hi there! How are you today?",
                    "refusal": None,
                    "annotations": [],
                },
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": 8,
            "completion_tokens": 8,
            "total_tokens": 16,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
    }


def test_tool_calls(fast: Served) -> None:
    (choice,) = ask(fast, "weather")["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert choice["message"]["tool_calls"] == [
        {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'}},
        {"id": "call_2", "type": "function", "function": {"name": "get_time", "arguments": '{"zone":"CET"}'}},
    ]


def test_percent_signs_are_nothing_special() -> None:
    reply = Reply(content="100%d %s", model="m%b", system_fingerprint="%", refusal="%%")
    plain, chunks = answered(reply)
    assert (plain["model"], plain["system_fingerprint"]) == (chunks[0]["model"], chunks[0]["system_fingerprint"])
    assert (plain["model"], plain["system_fingerprint"]) == ("m%b", "%")
    assert (joined(chunks), joined(chunks, "refusal")) == ("100%d %s", "%%")
    assert plain["choices"][0]["message"]["content"] == "100%d %s"


def test_what_a_turn_says_of_itself(fast: Served) -> None:
    answer = ask(fast, "other")
    assert (answer["model"], answer["system_fingerprint"]) == ("gpt-x", "fp_x")
    assert answer["choices"][0]["finish_reason"] == "content_filter"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("emoji", {"content": EMOJI, "refusal": None}),
        ("empty", {"content": "", "refusal": None}),
        ("refuse", {"content": None, "refusal": "I cannot do that."}),
    ],
)
def test_messages(fast: Served, text: str, message: dict[str, Any]) -> None:
    (choice,) = ask(fast, text)["choices"]
    assert choice["message"] == {"role": "assistant", "annotations": [], **message}
    assert choice["finish_reason"] == "stop"


def test_text_beside_a_tool_call(fast: Served) -> None:
    (choice,) = ask(fast, "both")["choices"]
    assert choice["message"]["content"] == "Let me look."
    assert [call["id"] for call in choice["message"]["tool_calls"]] == ["call_1"]
    assert choice["finish_reason"] == "tool_calls"


def test_arguments_may_be_broken_json(fast: Served) -> None:
    assert ask(fast, "broken")["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] == '{"a":'
    assert (
        "".join(
            call["function"]["arguments"]
            for delta in deltas(stream(fast, "broken"))
            for call in delta.get("tool_calls", ())
        )
        == '{"a":'
    )


def test_given_usage_replaces_what_was_counted(fast: Served) -> None:
    usage = ask(fast, "usage")["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (7, 5, 12)
    assert usage["prompt_tokens_details"]["cached_tokens"] == 3


@pytest.mark.parametrize(
    ("asked", "served_by"),
    [(None, "default"), ("auto", "default"), ("flex", "flex"), ("priority", "priority"), ("fast", "priority")],
)
def test_the_service_tier(fast: Served, asked: str | None, served_by: str) -> None:
    assert ask(fast, "Hello", service_tier=asked)["service_tier"] == served_by
    assert {chunk["service_tier"] for chunk in stream(fast, "Hello", service_tier=asked)} == {served_by}


@pytest.mark.parametrize("parameter", ["max_tokens", "max_completion_tokens"])
def test_the_limit_cuts_at_a_token(fast: Served, parameter: str) -> None:
    answer = ask(fast, "Hello", **{parameter: 3})
    assert answer["choices"][0]["message"]["content"] == "Hi there!"
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 3
    chunks = stream(fast, "Hello", **{parameter: 3})
    assert joined(chunks) == "Hi there!"
    assert chunks[-1]["choices"][0]["finish_reason"] == "length"


@pytest.mark.parametrize(("stop", "text"), [("How", "Hi there! "), (["you", "there"], "Hi "), (["", "xyz"], None)])
def test_stop_sequences_end_the_text(fast: Served, stop: str | list[str], text: str | None) -> None:
    text = "Hi there! How are you today?" if text is None else text
    (choice,) = ask(fast, "Hello", stop=stop)["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == (text, "stop")
    assert joined(stream(fast, "Hello", stop=stop)) == text


def test_several_choices(fast: Served) -> None:
    answer = ask(fast, "Hello", n=3)
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert {choice["message"]["content"] for choice in answer["choices"]} == {"Hi there! How are you today?"}
    assert answer["usage"]["completion_tokens"] == 24


# -- streams


def test_the_order_of_a_stream(fast: Served) -> None:
    chunks = stream(fast, "Hello")
    assert len({chunk["id"] for chunk in chunks}) == len({chunk["created"] for chunk in chunks}) == 1
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert {chunk["system_fingerprint"] for chunk in chunks} == {"fp_44709d6fcb"}
    assert deltas(chunks) == [
        {"role": "assistant", "content": "", "refusal": None},
        *({"content": piece} for piece in ["Hi", " there", "!", " How", " are", " you", " today", "?"]),
        {},
    ]
    reasons = [chunk["choices"][0]["finish_reason"] for chunk in chunks]
    assert reasons == [None] * 9 + ["stop"]
    assert all(chunk["choices"][0]["logprobs"] is None and "usage" not in chunk for chunk in chunks)


def test_usage_comes_last_when_it_is_asked_for(fast: Served) -> None:
    *chunks, last = stream(fast, "Hello", stream_options={"include_usage": True})
    assert all(chunk["usage"] is None for chunk in chunks)
    assert last["choices"] == []
    assert last["usage"] == ask(fast, "Hello")["usage"]
    assert last["id"] == chunks[0]["id"]


def test_tool_calls_come_as_heads_and_fragments(fast: Served) -> None:
    role, *calls, end = deltas(stream(fast, "weather"))
    assert role == {"role": "assistant", "content": None, "refusal": None}
    assert end == {}
    parts = [part for delta in calls for part in delta["tool_calls"]]
    heads = [part for part in parts if "id" in part]
    assert heads == [
        {"index": 0, "id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": ""}},
        {"index": 1, "id": "call_2", "type": "function", "function": {"name": "get_time", "arguments": ""}},
    ]
    for index, arguments in enumerate(['{"city":"Paris"}', '{"zone":"CET"}']):
        fragments = [part for part in parts if part["index"] == index and "id" not in part]
        assert len(fragments) > 1
        assert all(part.keys() == {"index", "function"} for part in fragments)
        assert "".join(part["function"]["arguments"] for part in fragments) == arguments
    assert [part["index"] for part in parts] == sorted(part["index"] for part in parts)


def test_streamed_text_comes_before_tool_calls(fast: Served) -> None:
    chunks = stream(fast, "both")
    kinds = [next(iter(delta)) for delta in deltas(chunks)[1:-1]]
    assert kinds == sorted(kinds)
    assert joined(chunks) == "Let me look."
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_a_streamed_refusal(fast: Served) -> None:
    chunks = stream(fast, "refuse")
    assert joined(chunks, "refusal") == "I cannot do that."
    assert joined(chunks) == ""


def test_an_empty_stream_has_a_role_and_an_end(fast: Served) -> None:
    assert deltas(stream(fast, "empty")) == [{"role": "assistant", "content": "", "refusal": None}, {}]


@pytest.mark.parametrize(("text", "pieces"), [("words", ["one", " two", "  three"]), ("message", ["one two  three"])])
def test_what_one_chunk_holds(fast: Served, text: str, pieces: list[str]) -> None:
    assert [delta["content"] for delta in deltas(stream(fast, text))[1:-1]] == pieces


def test_several_choices_are_streamed_side_by_side(fast: Served) -> None:
    chunks = stream(fast, "Hello", n=3)
    assert [chunk["choices"][0]["index"] for chunk in chunks] == [0, 1, 2] * 10
    for index in range(3):
        assert deltas(chunks, index) == deltas(stream(fast, "Hello"))


def test_several_choices_take_the_time_of_one() -> None:
    reply = Reply(content="one two three", pacing=Pacing(ttft=2, inter_token=1))
    one, three = rendered(reply, stream=True).stream, rendered(reply, stream=True, n=3).stream
    assert one is not None
    assert three is not None
    assert one.delays == (2, 0, 1, 1, 0)
    assert three.delays is not None
    assert three.delays == (2, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0)
    assert rendered(reply, n=3).delay == rendered(reply).delay == 4


def test_delay_comes_before_the_stream() -> None:
    response = rendered(Reply(content="one", delay=3), stream=True)
    assert response.delay == 3
    assert response.stream is not None
    assert response.stream.delays is None


def test_the_chunks_of_a_constant_reply_are_encoded_once() -> None:
    reply = Reply(content="one two three")
    first, second = rendered(reply, stream=True).stream, rendered(reply, stream=True).stream
    assert first is not None
    assert second is not None
    assert first.tails is second.tails
    assert first.prefix != second.prefix  # each has its id


def test_clients_that_vary_their_parameters_do_not_fill_the_memory() -> None:
    reply = Reply(content="one two three")
    for n in range(1, 128):
        rendered(reply, stream=True, n=n)
        rendered(reply, n=n)
    (speech,) = reply.rendered.values()
    assert len(speech.rendered) == 2  # frame and chunks
    for number in range(100):
        rendered(reply, model=f"gpt-4o-{number}")
    assert len(speech.rendered) <= FRAMES


# -- for any text


pieces = ["👩‍👩‍👧‍👦", "e\u0301", "שלום", "\x00", "\r\n", "data: ", "\u2028", "𐍈", "a", " ", "\x1c", "🏳️‍🌈"]
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.lists(st.sampled_from(pieces)).map("".join)
sizes = st.sampled_from(["token", "word", "message"])


@settings(max_examples=150, deadline=None)
@given(text=texts, size=sizes)
def test_deltas_make_up_the_content(text: str, size: ChunkSize) -> None:
    plain, chunks = answered(Reply(content=text, pacing=Pacing(chunk=size)))
    assert plain["choices"][0]["message"]["content"] == joined(chunks) == text


@settings(max_examples=150, deadline=None)
@given(arguments=texts, size=sizes)
def test_fragments_make_up_the_arguments(arguments: str, size: ChunkSize) -> None:
    calls = (ToolCall("a", "first", arguments), ToolCall("b", "second", "{}"))
    plain, chunks = answered(Reply(tool_calls=calls, pacing=Pacing(chunk=size)))
    parts = [part for delta in deltas(chunks) for part in delta.get("tool_calls", ())]
    for index, call in enumerate(plain["choices"][0]["message"]["tool_calls"]):
        assert "".join(p["function"]["arguments"] for p in parts if p["index"] == index) == calls[index].arguments
        assert call["function"]["arguments"] == calls[index].arguments


@settings(max_examples=150, deadline=None)
@given(text=texts, most=st.integers(1, 6), size=sizes)
def test_a_cut_answer_is_a_beginning_within_its_limit(text: str, most: int, size: ChunkSize) -> None:
    plain, chunks = answered(Reply(content=text, pacing=Pacing(chunk=size)), max_tokens=most)
    content = plain["choices"][0]["message"]["content"]
    assert text.startswith(content)
    assert joined(chunks) == content
    assert plain["usage"]["completion_tokens"] <= most
    is_cut = tokenizer("o200k_base").count(text) > most
    assert plain["choices"][0]["finish_reason"] == ("length" if is_cut else "stop")
    assert chunks[-1]["choices"][0]["finish_reason"] == plain["choices"][0]["finish_reason"]
