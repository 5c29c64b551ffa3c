from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.errors import ApiError
from openai_mock_api.http import Request
from openai_mock_api.script.messages import Call, Message, Validation
from openai_mock_api.script.tokens.counting import tokenizer
from openai_mock_api.surfaces.completions.request import MAX_TOKENS, parse

REQUEST = Request("POST", "/v1/completions", [(b"x-a", b"b")], b"{}")


def calls(validation: Validation = "strict", **document: Any) -> list[Call]:
    return parse(REQUEST, {"model": "gpt-3.5-turbo-instruct", **document}, validation)


def test_a_prompt_is_a_message_of_the_user() -> None:
    [call] = calls(prompt="Hello, world")
    assert (call.endpoint, call.model) == ("completions", "gpt-3.5-turbo-instruct")
    assert call.messages == [Message("user", "Hello, world")]
    assert (call.tokens, call.max_tokens, call.choices, call.logprobs) == (3, MAX_TOKENS, 1, None)
    assert (call.headers, call.body, call.stream, call.stops) == (REQUEST.headers, b"{}", False, ())


def test_what_is_asked_for() -> None:
    document: dict[str, Any] = {
        "prompt": "x",
        "stream": True,
        "stream_options": {"include_usage": True},
        "stop": ["a", ""],
        "n": 2,
    }
    [call] = calls(**document, max_tokens=0, logprobs=0)
    assert (call.stream, call.include_usage, call.stops, call.choices) == (True, True, ("a",), 2)
    assert (call.max_tokens, call.logprobs) == (0, 0)
    assert call.parameters is not None
    assert call.parameters["stream"] is True
    assert calls(stop="a")[0].stops == ("a",)


@pytest.mark.parametrize(
    ("prompt", "texts", "tokens"),
    [
        (None, ["<|endoftext|>"], [1]),
        ("<|endoftext|>", ["<|endoftext|>"], [1]),
        ("", [""], [0]),
        (["Hello", "world"], ["Hello", "world"], [1, 1]),
        ([9906, 1917], ["Hello world"], [2]),
        ([[9906], [1917, 0]], ["Hello", " world!"], [1, 2]),
        ([9906, 100_257], ["Hello<|endoftext|>"], [2]),
    ],
    ids=str,
)
def test_prompts(prompt: Any, texts: list[str], tokens: list[int]) -> None:
    found = calls(prompt=prompt)
    assert [call.messages[0].text for call in found] == texts
    assert [call.tokens for call in found] == tokens


def test_a_prompt_may_be_left_out() -> None:
    assert calls()[0].messages == [Message("user", "<|endoftext|>")]


@given(st.text())
def test_tokens_stand_for_their_text(text: str) -> None:
    tokens = tokenizer("cl100k_base").encode(text)
    if tokens:
        [by_tokens], [by_text] = calls(prompt=tokens), calls(prompt=text)
        assert by_tokens.messages == by_text.messages


# -- levels


FAULTY: dict[str, Any] = {
    "prompt": "x",
    "best_of": 0,
    "stream_options": {"include_usage": 1},
    "logprobs": -1,
    "n": "2",
    "stop": [1],
}


def test_a_fault_is_refused() -> None:
    with pytest.raises(ApiError, match="expected an integer, but got a string instead"):
        calls(**FAULTY)


def test_a_fault_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        first, second = calls("warn", **{**FAULTY, "prompt": ["x", "y"]})
    assert first.warning is not None
    assert "'n'" in first.warning
    assert second.warning is None
    assert "'n'" in caplog.text


def test_a_fault_does_not_matter() -> None:
    [call] = calls("off", **FAULTY)
    assert (call.include_usage, call.logprobs, call.choices, call.stops, call.warning) == (False, None, 1, (), None)
    assert call.validation == "off"


def test_what_is_no_token_is_read_all_the_same() -> None:
    assert calls("off", prompt=[9906, 10**12])[0].messages == [Message("user", "Hello\ufffd")]


def test_a_model_is_not_needed() -> None:
    assert calls("off", model=None)[0].model == ""


def test_the_number_of_choices_is_bounded() -> None:
    assert calls("off", n=10**9)[0].choices == 128


@pytest.mark.parametrize("level", ["strict", "warn", "off"])
def test_the_number_of_completions_is_bounded(level: Validation) -> None:
    assert len(calls(level, prompt=["x"] * 1024, n=2)) == 1024
    with pytest.raises(ApiError, match="2 completions of each of 1025 prompts are more than 2048") as caught:
        calls(level, prompt=["x"] * 1025, n=2)
    assert caught.value.param == "n"


@pytest.mark.parametrize("level", ["strict", "warn", "off"])
def test_what_is_no_prompt_is_refused_at_every_level(level: Validation) -> None:
    with pytest.raises(ApiError, match="Invalid type for 'prompt'"):
        calls(level, prompt=5)
