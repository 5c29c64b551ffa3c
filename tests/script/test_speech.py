from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_mock_api.script.messages import ToolCall
from openai_mock_api.script.replies import Citation, Reply
from openai_mock_api.script.speech import speak, speak_each
from openai_mock_api.script.tokens.counting import tokenizer
from tests.script.making import call

if TYPE_CHECKING:
    from openai_mock_api.script.pacing import ChunkSize

encoding = tokenizer("o200k_base")
TEXT = "One, two, three."
CALLS = (ToolCall("call_1", "get_weather", '{"city":"Paris"}'), ToolCall("call_2", "get_time", "{}"))


def said(reply: Reply, **limits: Any) -> tuple[str | None, str | None, tuple[ToolCall, ...], str]:
    speech = speak(reply, call("Hi", **limits))
    return speech.content, speech.refusal, speech.tool_calls, speech.finish_reason


LIMITS: list[tuple[Reply, dict[str, Any], tuple[str | None, str | None, tuple[ToolCall, ...], str]]] = [
    (Reply(content=TEXT), {}, (TEXT, None, (), "stop")),
    (Reply(), {}, ("", None, (), "stop")),
    (Reply(refusal="No."), {}, (None, "No.", (), "stop")),
    (Reply(tool_calls=CALLS), {}, (None, None, CALLS, "tool_calls")),
    (Reply(content=TEXT, tool_calls=CALLS), {}, (TEXT, None, CALLS, "tool_calls")),
    (Reply(content=TEXT, finish_reason="content_filter"), {}, (TEXT, None, (), "content_filter")),
    (Reply(content=TEXT), {"stops": ("three", "two")}, ("One, ", None, (), "stop")),
    (Reply(content=TEXT), {"stops": ("four",)}, (TEXT, None, (), "stop")),
    (Reply(content=TEXT), {"stops": ("One",)}, ("", None, (), "stop")),
    (Reply(content=TEXT, tool_calls=CALLS), {"stops": ("two",)}, ("One, ", None, (), "stop")),
    (Reply(content=TEXT), {"max_tokens": 2}, ("One,", None, (), "length")),
    (Reply(content=TEXT), {"max_tokens": 6}, (TEXT, None, (), "stop")),
    (Reply(content=TEXT), {"max_tokens": 0}, ("", None, (), "length")),
    (Reply(content=TEXT), {"max_tokens": 2, "stops": ("two",)}, ("One,", None, (), "length")),
    (Reply(content=TEXT), {"max_tokens": 3, "stops": (" two",)}, ("One,", None, (), "stop")),
    (Reply(content=TEXT, finish_reason="stop"), {"max_tokens": 2}, ("One,", None, (), "length")),
    (Reply(refusal=TEXT), {"max_tokens": 2}, (None, "One,", (), "length")),
    (Reply(tool_calls=CALLS), {"max_tokens": 4}, (None, None, (), "length")),
    (
        Reply(tool_calls=CALLS),
        {"max_tokens": 3 + encoding.count("get_weather") + 1},
        (None, None, (ToolCall("call_1", "get_weather", '{"'),), "length"),
    ),
    (Reply(content=TEXT, tool_calls=CALLS), {"max_tokens": 7}, (TEXT, None, (), "length")),
    (Reply(content=TEXT), {"max_tokens": 28, "aloud": True}, (TEXT, None, (), "stop")),
    (Reply(content=TEXT), {"max_tokens": 27, "aloud": True}, ("One, two, three", None, (), "length")),
    (Reply(content=TEXT), {"max_tokens": 8, "aloud": True}, ("One,", None, (), "length")),
    (Reply(content=TEXT), {"max_tokens": 1, "aloud": True}, ("", None, (), "length")),
    (Reply(refusal=TEXT), {"max_tokens": 6, "aloud": True}, (None, TEXT, (), "stop")),
    (Reply(content=TEXT, tool_calls=CALLS), {"max_tokens": 29, "aloud": True}, (TEXT, None, (), "length")),
]


@pytest.mark.parametrize(("reply", "limits", "words"), LIMITS)
def test_a_reply_within_limits(reply: Reply, limits: dict[str, Any], words: object) -> None:
    assert said(reply, **limits) == words


@pytest.mark.parametrize("most", range(40))
def test_no_more_tokens_are_said_than_allowed(most: int) -> None:
    speech = speak(Reply(content=TEXT, tool_calls=CALLS), call("Hi", max_tokens=most))
    assert speech.tokens <= most
    assert (speech.finish_reason == "length") == (
        most < speak(Reply(content=TEXT, tool_calls=CALLS), call("Hi")).tokens
    )


@pytest.mark.parametrize(
    ("limits", "audio"),
    [({}, "AAAA"), ({"stops": ("four",)}, "AAAA"), ({"stops": ("two",)}, None), ({"max_tokens": 2}, None)],
)
def test_a_sound_of_the_replys_own_belongs_to_its_whole_text(limits: dict[str, Any], audio: str | None) -> None:
    assert speak(Reply(content=TEXT, audio="AAAA"), call("Hi", **limits)).audio == audio


def test_an_unlimited_speech_is_made_once_for_each_encoding() -> None:
    reply = Reply(content=TEXT)
    assert speak(reply, call("a", model="gpt-4o")) is speak(reply, call("b", model="o1", max_tokens=100))
    assert speak(reply, call("a", model="gpt-4o")) is not speak(reply, call("a", model="gpt-4"))


SIZES: list[tuple[ChunkSize, list[str], list[int]]] = [
    ("token", ["One", ",", " two", ",", " three", "."], [1, 1, 1, 1, 1, 1]),
    ("word", ["One,", " two,", " three."], [2, 2, 2]),
    ("message", [TEXT], [6]),
]


@pytest.mark.parametrize(("size", "pieces", "weights"), SIZES)
def test_pieces_and_their_tokens(size: ChunkSize, pieces: list[str], weights: list[int]) -> None:
    speech = speak(Reply(content=TEXT), call("Hi"))
    assert speech.pieces(TEXT, size) == pieces
    assert speech.weights(pieces, size) == weights
    assert speech.pieces("", size) == []


# -- what is not only text


def test_what_is_thought_is_counted_and_not_said() -> None:
    speech = speak(Reply(content=TEXT, reasoning="First one, then two."), call("Hi"))
    assert speech.reasoning_tokens == encoding.count("First one, then two.")
    assert speech.said == encoding.count(TEXT)
    assert speech.tokens == speech.said + speech.reasoning_tokens


@pytest.mark.parametrize(
    ("most", "reasoning", "content"), [(1, "One", ""), (6, TEXT, ""), (7, TEXT, "One"), (12, TEXT, TEXT)]
)
def test_thoughts_come_first_within_the_limit(most: int, reasoning: str, content: str) -> None:
    speech = speak(Reply(content=TEXT, reasoning=TEXT), call("Hi", max_tokens=most))
    assert (speech.reasoning, speech.content) == (reasoning, content)
    assert speech.tokens == most
    assert speech.finish_reason == ("length" if most < 12 else "stop")


CITATIONS: list[tuple[Citation, dict[str, Any], tuple[int, int] | None]] = [
    (Citation("u", "t"), {}, (0, 16)),
    (Citation("u", "t", start=5), {}, (5, 16)),
    (Citation("u", "t", start=5, end=8), {}, (5, 8)),
    (Citation("u", "t", text="two"), {}, (5, 8)),
    (Citation("u", "t", text="four"), {}, None),
    (Citation("u", "t", text="three"), {"max_tokens": 3}, None),
    (Citation("u", "t", text="two"), {"max_tokens": 3}, (5, 8)),
    (Citation("u", "t", end=12), {"stops": ("three",)}, None),
    (Citation("u", "t", end=10), {"stops": ("three",)}, (0, 10)),
]


@pytest.mark.parametrize(("citation", "limits", "place"), CITATIONS)
def test_sources_are_named_where_the_text_still_is(
    citation: Citation, limits: dict[str, Any], place: tuple[int, int] | None
) -> None:
    speech = speak(Reply(content=TEXT, annotations=(citation,)), call("Hi", **limits))
    assert [(m.url, m.title, m.start, m.end) for m in speech.mentions] == ([("u", "t", *place)] if place else [])


def test_choices_take_turns() -> None:
    reply = Reply(choices=(Reply(content="a"), Reply(content="b")))
    assert [speech.content for speech in speak_each(reply, call("Hi", choices=5))] == ["a", "b", "a", "b", "a"]
    assert [speech.content for speech in speak_each(reply, call("Hi", choices=1))] == ["a"]


def test_choices_are_the_same_unless_they_are_given() -> None:
    first, second = speak_each(Reply(content="a"), call("Hi", choices=2))
    assert first is second


sizes: st.SearchStrategy[ChunkSize] = st.sampled_from(["token", "word", "message"])


@settings(derandomize=True, deadline=None)
@given(st.one_of(st.text("ab \n\t.日🎉", max_size=30), st.text(max_size=30)), sizes)
def test_pieces_make_up_the_text(text: str, size: ChunkSize) -> None:
    pieces = speak(Reply(content=text), call("Hi")).pieces(text, size)
    assert "".join(pieces) == text
    assert all(pieces)
