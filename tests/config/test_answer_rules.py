from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.config import model
from openai_mock_api.config.answer_rules import _OF_ALL_CHOICES
from openai_mock_api.config.shapes import fields_of
from tests.config.test_turn_rules import found

TEXT = "one two"


def turn(**fields: Any) -> dict[str, Any]:
    return {"role": "assistant", **fields}


def source(**fields: Any) -> dict[str, Any]:
    return turn(content=TEXT, annotations=[{"url": "u", **fields}])


def calling(**fields: Any) -> dict[str, Any]:
    return turn(tool_calls=[{"id": "c", **fields}])


FUNCTION = {"name": "f"}
CUSTOM = {"name": "shell", "input": "ls"}


@pytest.mark.parametrize(
    "data",
    [
        calling(custom=CUSTOM),
        calling(custom=CUSTOM, type="custom"),
        calling(function=FUNCTION, type="function"),
        calling(custom={"name": "shell"}),
        source(),
        source(text="two"),
        source(start_index=0, end_index=7, title="t"),
        source(start_index=7, end_index=7),
        turn(content=TEXT, annotations=[{"url_citation": {"url": "u", "text": "one"}, "type": "url_citation"}]),
        turn(content={"a": 1}, annotations=[{"url": "u", "text": "1"}]),
        turn(content="{{ 1 }}", template=True, annotations=[{"url": "u", "text": "1"}]),
        turn(content=TEXT, logprobs=0),
        turn(content=TEXT, logprobs=[-0.5, 0]),
        turn(audio={"transcript": TEXT}),
        turn(content=TEXT, audio={"data": "AAAA"}),
        turn(content=TEXT, audio={}),
        turn(reasoning=TEXT),
        turn(choices=[{"content": "a", "reasoning": "b"}, {"refusal": "no"}], model="m", usage={"prompt_tokens": 1}),
        turn(sequence=[{"choices": [{"content": "a"}]}]),
    ],
)
def test_what_is_right(data: dict[str, Any]) -> None:
    assert found(data) == []


WRONG: list[tuple[dict[str, Any], list[str]]] = [
    (calling(), ["tool_calls[0]: calls nothing; add `function`, or `custom` for a custom tool"]),
    (
        calling(function=FUNCTION, custom=CUSTOM),
        ["tool_calls[0].custom: stands instead of `function`, which is also given; remove one"],
    ),
    (
        calling(custom=CUSTOM, type="function"),
        ["tool_calls[0].type: says function, but the call has `custom`"],
    ),
    (
        calling(custom={"name": ""}),
        ["tool_calls[0].custom.name: is empty; name the tool"],
    ),
    (turn(content=TEXT, annotations=[{}]), ["annotations[0]: needs `url`, the address of the source"]),
    (
        turn(content=TEXT, annotations=[{"url_citation": {"title": "t"}}]),
        ["annotations[0].url_citation: needs `url`, the address of the source"],
    ),
    (
        turn(content=TEXT, annotations=[{"url": "u", "url_citation": {"url": "u"}}]),
        ["annotations[0].url: goes into `url_citation`, which is given"],
    ),
    (source(text="three"), ["annotations[0].text: does not stand in `content`"]),
    (
        turn(content=TEXT, annotations=[{"url_citation": {"url": "u", "text": "three"}}]),
        ["annotations[0].url_citation.text: does not stand in `content`"],
    ),
    (
        source(end_index=8),
        ["annotations[0].end_index: is behind the end of `content`, which has 7 characters"],
    ),
    (source(start_index=-1), ["annotations[0].start_index: expected 0 or more, got -1"]),
    (
        source(start_index=3, end_index=2),
        ["annotations[0].end_index: expected 3 or more, which is `start_index`, got 2"],
    ),
    (
        source(text="two", end_index=7),
        ["annotations[0].text: is the part of the text that the indices would name; remove one of them"],
    ),
    (
        turn(content=TEXT, logprobs=0.5),
        ["logprobs: expected 0 or less, as the logarithm of a probability is, got 0.5"],
    ),
    (
        turn(content=TEXT, logprobs=[-1, 2]),
        ["logprobs[1]: expected 0 or less, as the logarithm of a probability is, got 2"],
    ),
    (
        turn(content=TEXT, audio={"transcript": TEXT}),
        ["audio.transcript: is the text, but `content` is given too; remove one"],
    ),
    (turn(content=TEXT, audio={"data": "AAA"}), ["audio.data: is not base64"]),
    (turn(content=TEXT, audio={"data": "ä"}), ["audio.data: is not base64"]),
    (
        turn(refusal="no", audio={"transcript": TEXT}),
        ["refusal: stands instead of an answer, but `audio` is given too; remove one"],
    ),
    (
        turn(content=TEXT, choices=[{"content": "a"}]),
        ["content: goes into the entries of `choices`, which answer instead of this turn"],
    ),
    (
        turn(choices=[{"content": "a", "delay": 1}]),
        ["choices[0].delay: is of the whole answer; put it beside `choices`"],
    ),
    (
        turn(choices=[{"choices": [{"content": "a"}]}]),
        ["choices[0].choices: is of the whole answer; put it beside `choices`"],
    ),
    (
        turn(choices=[{"content": "a"}], error="timeout"),
        [
            "error: is an answer of its own, but `choices` is given too; remove one, use `sequence`, or let the answer "
            "break off by `fault`"
        ],
    ),
    (
        {"role": "user", "content": TEXT, "reasoning": "x"},
        ["reasoning: says how the assistant answers; a user message is what the client sends"],
    ),
]


@pytest.mark.parametrize(("data", "problems"), WRONG)
def test_what_is_wrong(data: dict[str, Any], problems: list[str]) -> None:
    assert found(data) == problems


def test_what_choices_share_are_keys_of_a_turn() -> None:
    assert set(_OF_ALL_CHOICES) < set(fields_of(model.AssistantTurn))
