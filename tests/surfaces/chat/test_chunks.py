from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.pacing import ChunkSize, Pacing
from openai_mock_api.script.replies import Citation, Reply
from openai_mock_api.surfaces.chat.chunks import side_by_side
from tests.surfaces.rendering import answered, chunks_of, deltas, joined, rendered

FUNCTIONS = [{"name": "f", "parameters": {}}]
AUDIO: dict[str, Any] = {
    "model": "gpt-4o-audio-preview",
    "modalities": ["text", "audio"],
    "audio": {"voice": "alloy", "format": "pcm16"},
}


def streamed(reply: Reply, **parameters: Any) -> list[Any]:
    return chunks_of(rendered(reply, stream=True, **parameters))


def tokens_in(chunk: Any, field: str = "content") -> list[str] | None:
    found = chunk["choices"][0]["logprobs"]
    return found and found[field] and [entry["token"] for entry in found[field]]


def test_choices_of_different_lengths() -> None:
    reply = Reply(choices=(Reply(content="one two three"), Reply(content="one")))
    chunks = streamed(reply, n=2)
    assert [chunk["choices"][0]["index"] for chunk in chunks] == [0, 1, 0, 1, 0, 1, 0, 0]
    assert [joined(chunks, index=index) for index in range(2)] == ["one two three", "one"]
    assert [delta for index in range(2) for delta in deltas(chunks, index)[-1:]] == [{}, {}]


def test_each_choice_has_its_own_time() -> None:
    reply = Reply(choices=(Reply(content="one two three"), Reply(content="one")), pacing=Pacing(ttft=2, inter_token=1))
    stream = rendered(reply, n=2, stream=True).stream
    assert stream is not None
    assert stream.delays == (2, 0, 0, 0, 0, 1, 1, 0)
    assert rendered(reply, n=2).delay == 4


def test_chunks_are_in_the_order_of_their_moments() -> None:
    slow, fast = [(0.0, {"a": 0}), (2.0, {"a": 1})], [(1.0, {"b": 0}), (0.5, {"b": 1}), (1.0, {"b": 2})]
    assert side_by_side([slow, fast]) == [
        (0.0, 0, {"a": 0}),
        (1.0, 1, {"b": 0}),
        (0.5, 1, {"b": 1}),
        (0.5, 0, {"a": 1}),
        (0.5, 1, {"b": 2}),
    ]


# -- probabilities


def test_each_chunk_has_the_probabilities_of_its_tokens() -> None:
    role, *said, end = streamed(Reply(content="Hi there"), logprobs=True)
    assert role["choices"][0]["logprobs"] == {"content": [], "refusal": None}
    assert [tokens_in(chunk) for chunk in said] == [["Hi"], [" there"]]
    assert all(chunk["choices"][0]["logprobs"]["refusal"] is None for chunk in said)
    assert end["choices"][0]["logprobs"] is None


def test_a_character_of_several_tokens_has_them_all() -> None:
    chunks = streamed(Reply(content=" 👩"), logprobs=True)
    assert tokens_in(chunks[1]) == ["bytes: \\xf0\\x9f\\x91", "bytes:\\xa9"]


def test_words_and_messages_have_the_tokens_that_begin_there() -> None:
    words = streamed(Reply(content="one, two", pacing=Pacing(chunk="word")), logprobs=True)
    assert [tokens_in(chunk) for chunk in words[1:-1]] == [["one", ","], [" two"]]
    message = streamed(Reply(content="one, two", pacing=Pacing(chunk="message")), logprobs=True)
    assert [tokens_in(chunk) for chunk in message[1:-1]] == [["one", ",", " two"]]


def test_a_refusal_has_probabilities_of_its_own() -> None:
    role, said, _ = streamed(Reply(refusal="No"), logprobs=True)
    assert role["choices"][0]["logprobs"] == {"content": None, "refusal": []}
    assert tokens_in(said, "refusal") == ["No"]
    assert said["choices"][0]["logprobs"]["content"] is None


texts = st.text("ab .\n日👩‍👩‍👧‍👦𓀀", max_size=30)
sizes: st.SearchStrategy[ChunkSize] = st.sampled_from(["token", "word", "message"])


@settings(derandomize=True, deadline=None)
@given(texts, sizes, st.integers(0, 3))
def test_streamed_probabilities_are_those_of_a_body(text: str, size: ChunkSize, many: int) -> None:
    reply = Reply(content=text, pacing=Pacing(chunk=size))
    whole, chunks = answered(reply, logprobs=True, top_logprobs=many)
    found = [chunk["choices"][0]["logprobs"] for chunk in chunks]
    entries = [entry for logprobs in found if logprobs for entry in logprobs["content"]]
    assert entries == whole["choices"][0]["logprobs"]["content"]
    assert b"".join(bytes(entry["bytes"]) for entry in entries) == text.encode()


# -- calls


def test_custom_tools_come_as_heads_and_fragments() -> None:
    reply = Reply(tool_calls=(ToolCall("call_1", "shell", "ls -l", "custom"),))
    _, head, *fragments, end = streamed(reply)
    assert deltas([head]) == [
        {"tool_calls": [{"index": 0, "id": "call_1", "type": "custom", "custom": {"name": "shell", "input": ""}}]}
    ]
    parts = [delta["tool_calls"][0] for delta in deltas(fragments)]
    assert all(part.keys() == {"index", "custom"} for part in parts)
    assert "".join(part["custom"]["input"] for part in parts) == "ls -l"
    assert end["choices"][0]["finish_reason"] == "tool_calls"


def test_the_older_form_of_calls() -> None:
    role, head, *fragments, end = streamed(Reply(tool_calls=(ToolCall("x", "f", '{"a":1}'),)), functions=FUNCTIONS)
    assert deltas([role, head]) == [
        {"role": "assistant", "content": None, "refusal": None},
        {"function_call": {"name": "f", "arguments": ""}},
    ]
    assert len(fragments) > 1
    assert "".join(delta["function_call"]["arguments"] for delta in deltas(fragments)) == '{"a":1}'
    assert end["choices"][0]["finish_reason"] == "function_call"


# -- sources


def test_sources_come_in_one_chunk_before_the_end() -> None:
    citations = (Citation("u", "A", text="one"), Citation("v", "B", text="two"))
    whole, chunks = answered(Reply(content="one two", annotations=citations))
    found = deltas(chunks)
    assert found[-2:] == [{"annotations": whole["choices"][0]["message"]["annotations"]}, {}]
    assert len(found[-2]["annotations"]) == 2


# -- sound


def test_a_spoken_stream() -> None:
    chunks = streamed(Reply(content="Hi there"), **AUDIO)
    role, *said, end = deltas(chunks)
    assert role.pop("audio").keys() == {"id"}
    assert role == {"role": "assistant", "content": None, "refusal": None}
    kinds = [next(iter(delta["audio"])) for delta in said]
    assert kinds == ["transcript"] * 2 + ["data"] * 3
    assert end == {"audio": {"expires_at": chunks[0]["created"] + 3600}}
    assert chunks[-1]["choices"][0].keys() == {"index", "delta"}
    assert all(chunk["choices"][0]["finish_reason"] is None for chunk in chunks[:-1])


def test_each_part_of_a_sound_can_be_decoded() -> None:
    said = deltas(streamed(Reply(content="Yes, why not?!!"), **AUDIO))
    data = [delta["audio"]["data"] for delta in said if "data" in delta.get("audio", {})]
    assert sum(len(base64.b64decode(part)) for part in data) == 48_000
    assert all(len(base64.b64decode(part)) % 2 == 0 for part in data)
    assert b"".join(map(base64.b64decode, data)) == base64.b64decode("".join(data))


def test_several_spoken_choices_are_told_apart() -> None:
    chunks = streamed(Reply(content="Hi"), **AUDIO, n=2)
    first, second = (deltas(chunks, index)[0]["audio"]["id"] for index in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("reply", "limits", "reason"),
    [
        (Reply(content="one two three"), {"max_completion_tokens": 1}, "length"),
        (Reply(content="one", finish_reason="content_filter"), {}, "content_filter"),
        (Reply(content="one", tool_calls=(ToolCall("a", "f", "{}"),)), {}, "tool_calls"),
    ],
)
def test_a_sound_that_something_ended_says_what(reply: Reply, limits: dict[str, Any], reason: str) -> None:
    chunks = streamed(reply, **AUDIO, **limits)
    assert "expires_at" in deltas(chunks)[-2]["audio"]
    assert chunks[-1]["choices"][0]["finish_reason"] == reason


def test_the_sound_takes_no_time_of_its_own() -> None:
    stream = rendered(Reply(content="one two", pacing=Pacing(inter_token=1)), stream=True, **AUDIO).stream
    assert stream is not None
    assert stream.delays == (0, 0, 1, 0, 0, 0, 0)
