from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.script.messages import Call, Message
from openai_mock_api.script.replies import Reply
from openai_mock_api.script.speech import Speech, speak
from openai_mock_api.surfaces.completions.logprobs import joined, nothing, of_pieces

NONE: dict[str, list[Any]] = {"tokens": [], "token_logprobs": [], "top_logprobs": [], "text_offset": []}


def said(text: str, prompt: str = "Hi", logprobs: int | None = 1) -> tuple[Call, Speech]:
    call = Call("completions", "davinci-002", [Message("user", prompt)], logprobs=logprobs)
    return call, speak(Reply(content=text), call)


def probabilities(text: str, pieces: list[str], echo: str = "", **call: Any) -> list[dict[str, Any]]:
    found = of_pieces(*said(text, **call), echo, pieces)
    assert None not in found
    return [part for part in found if part is not None]


def test_offsets_count_from_the_beginning_of_the_prompt() -> None:
    [part] = probabilities("Hello there", ["Hello there"], prompt="Hi")
    assert part["tokens"] == ["Hello", " there"]
    assert part["text_offset"] == [2, 7]


def test_an_echo_comes_first() -> None:
    echo, part = probabilities("Hello", ["Hello"], echo="Hi you", prompt="Hi you")
    assert (echo["tokens"], echo["text_offset"]) == (["Hi", " you"], [0, 2])
    assert (part["tokens"], part["text_offset"]) == (["Hello"], [6])


def test_a_token_within_a_character_begins_where_that_does() -> None:
    [part] = probabilities("a👩b", ["a👩b"], prompt="")
    assert part["tokens"] == ["a", r"bytes:\xf0\x9f", r"bytes:\x91", r"bytes:\xa9", "b"]
    assert part["text_offset"] == [0, 1, 1, 1, 2]


@pytest.mark.parametrize("many", [1, 3, 5])
def test_the_token_itself_is_among_the_most_probable(many: int) -> None:
    [part] = probabilities("Hello there", ["Hello there"], logprobs=many)
    for token, logprob, top in zip(part["tokens"], part["token_logprobs"], part["top_logprobs"], strict=True):
        assert len(top) == many
        assert top[token] == logprob == max(top.values())


def test_without_alternatives_there_is_no_list_of_them() -> None:
    [part] = probabilities("Hello", ["Hello"], logprobs=0)
    assert (part["top_logprobs"], len(part["token_logprobs"])) == (None, 1)


def test_the_script_may_give_the_figures() -> None:
    call, _ = said("Hello there")
    speech = speak(Reply(content="Hello there", logprobs=-0.5), call)
    [part] = of_pieces(call, speech, "", ["Hello there"])
    assert part is not None
    assert part["token_logprobs"] == [-0.5, -0.5]


def test_nothing_is_told_unless_asked_for() -> None:
    assert of_pieces(*said("Hello", logprobs=None), "Hi", ["Hel", "lo"]) == [None, None, None]
    assert nothing(said("", logprobs=None)[0]) is None
    assert joined([None, None]) is None


def test_a_piece_without_text() -> None:
    assert nothing(said("", logprobs=1)[0]) == NONE
    assert nothing(said("", logprobs=0)[0]) == {**NONE, "top_logprobs": None}


@given(st.text(min_size=1), st.integers(0, 2))
def test_pieces_together_are_the_whole(text: str, many: int) -> None:
    call, speech = said(text, logprobs=many)
    pieces = speech.pieces(text, "token")
    assert joined(of_pieces(call, speech, "", pieces)) == of_pieces(call, speech, "", [text])[0]
