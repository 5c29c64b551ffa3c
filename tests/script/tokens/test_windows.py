from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_mock_api.http import Request
from openai_mock_api.script.messages import Call, Message, Tool
from openai_mock_api.script.tokens import windows
from openai_mock_api.script.tokens.counting import prompt_tokens
from openai_mock_api.script.tokens.windows import PER_BYTE, WINDOWS, Excess, Window, Windows, by_name
from openai_mock_api.surfaces.chat.request import parse

BUILT_IN = Windows({})


def excess(held: Call, own: dict[str, int] | None = None) -> Excess | None:
    window = Windows(own or {}).of(held.model)
    assert window is not None
    return window.excess(held)


def call(text: str, model: str = "small", **fields: Any) -> Call:
    return Call("chat", model, [Message("user", text)], body=b"x" * 1000, **fields)


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("gpt-4", 8_192),
        ("gpt-4-0613", 8_192),
        ("gpt-4-32k-0613", 32_768),
        ("gpt-4-turbo-2024-04-09", 128_000),
        ("gpt-4-1106-preview", 128_000),
        ("gpt-4o-mini", 128_000),
        ("ft:gpt-4o:acme", 128_000),
        ("gpt-4.1-nano", 1_047_576),
        ("gpt-3.5-turbo", 16_385),
        ("gpt-3.5-turbo-0613", 4_097),
        ("gpt-3.5-turbo-instruct", 4_097),
        ("o1", 200_000),
        ("o1-mini", 128_000),
        ("o3-2025-04-16", 200_000),
        ("o4-mini", 200_000),
        ("gpt-5-mini", 400_000),
        ("gpt-5-chat-latest", 128_000),
        ("gpt-5.5", 1_050_000),
    ],
)
def test_windows_of_models(model: str, tokens: int) -> None:
    window = BUILT_IN.of(model)
    assert window is not None
    assert window.whole == tokens


@pytest.mark.parametrize("model", ["", "my-model", "ollama/gpt-4", "gpt-6-astra"])
def test_models_that_are_not_known_have_none(model: str) -> None:
    assert BUILT_IN.of(model) is None


@pytest.mark.parametrize(("model", "tokens"), [("gpt-4", 5), ("my-model", 7), ("my-other", 9), ("gpt-4-32k", 32_768)])
def test_the_configurations_windows_win(model: str, tokens: int) -> None:
    window = Windows({"my-*": 9, "my-model": 7, "gpt-4": 5, "my-o*": 11}).of(model)
    assert window is not None
    assert window.whole == tokens


@pytest.mark.parametrize(
    ("model", "window"),
    [
        ("gpt-4o", Window(200, counts_answer=True, answer=16_384)),
        ("gpt-5", Window(200, prompt=200, answer=128_000)),
        ("o3", Window(200, answer=100_000)),
        ("my-model", Window(200)),
    ],
)
def test_the_configurations_windows_leave_what_else_is_known(model: str, window: Window) -> None:
    assert Windows({"*": 200}).of(model) == window


def test_a_prompt_may_fill_its_window() -> None:
    tokens = prompt_tokens(call("one two three"))
    assert excess(call("one two three"), {"small": tokens}) is None
    over = excess(call("one two three"), {"small": tokens - 1})
    assert over is not None
    assert (over.total, over.messages, over.functions, over.answer) == (tokens, tokens, 0, 0)


def test_tools_are_counted_apart() -> None:
    tools = (Tool("search", "Look it up."),)
    both = prompt_tokens(call("one", tools=tools))
    over = excess(call("one", tools=tools), {"small": 5})
    assert over is not None
    assert (over.messages, over.functions) == (prompt_tokens(call("one")), both - prompt_tokens(call("one")))


def test_the_answer_counts_for_models_that_share_their_window() -> None:
    text = "word " * 100
    prompt = prompt_tokens(call(text, "gpt-4"))
    assert excess(call(text, "gpt-4", max_tokens=8_192 - prompt)) is None
    over = excess(call(text, "gpt-4", max_tokens=8_193 - prompt))
    assert over is not None
    assert (over.total, over.answer) == (8_193, 8_193 - prompt)


def test_models_with_a_limit_for_prompts_alone() -> None:
    assert excess(call("x", "gpt-5", tokens=272_000, max_tokens=128_000, parameters={})) is None
    long = msgspec.structs.replace(call("x", "gpt-5", tokens=272_001), body=b"x" * 272_001)
    assert excess(long) is not None


def test_short_requests_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "prompt_tokens", None)
    assert excess(call("word " * 100, "gpt-4", max_tokens=7_192)) is None


def test_models_are_remembered_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "REMEMBERED", 2)
    some = Windows({})
    assert [some.of(model) is None for model in ("a", "b", "c", "gpt-4")] == [True, True, True, False]
    assert some.of.cache_info().currsize == 2


def test_no_prompt_of_a_built_in_model_is_unlimited() -> None:
    assert [
        name for name, window in WINDOWS.items() if window.whole < (window.prompt or 0) + (window.answer or 0)
    ] == []


parts = st.sampled_from(
    [
        {"type": "file", "file": {}},
        {"type": "image_url", "image_url": {"url": ""}},
        {"type": "text", "text": ""},
        {"type": "text", "text": "\U0001f469\u200d\U0001f467"},
    ]
)
asked = st.lists(
    st.fixed_dictionaries({"role": st.just("user"), "content": st.lists(parts, min_size=1, max_size=30) | st.text()}),
    min_size=1,
    max_size=4,
)


@settings(max_examples=100, deadline=None)
@given(asked)
def test_no_prompt_has_more_tokens_than_its_bytes_allow(messages: list[Any]) -> None:
    document = {"model": "m", "messages": messages}
    body = msgspec.json.encode(document)
    assert prompt_tokens(parse(Request("POST", "/", [], body), document)) <= PER_BYTE * len(body)


@pytest.mark.parametrize(("model", "number"), [("mine", 1), ("mine-2", 2), ("my-own", 3), ("other", None)])
def test_numbers_by_name_or_else_by_pattern(model: str, number: int | None) -> None:
    assert by_name({"mine*": 2, "mine": 1, "my-*": 3, "m*": 4}, model) == number
