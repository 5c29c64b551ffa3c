from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.clock import Clock
from openai_mock_api.script.messages import Call, Message, Tool, ToolCall
from openai_mock_api.script.tokens import prefixes
from openai_mock_api.script.tokens.counting import prompt_tokens, tokenizer
from openai_mock_api.script.tokens.prefixes import Prefixes, _layout

LONG = "".join(f"Rule {number}: be kind. " for number in range(400))
TOOL = Tool("get_weather", "Tell the weather.", {"properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}}})
ENCODING = tokenizer("o200k_base")


class Seen:
    """Prefixes with a clock that is moved."""

    def __init__(self) -> None:
        self.now = 5.0
        clock = Clock()
        clock.monotonic = lambda: self.now
        self.prefixes = Prefixes(clock)

    def cached(self, *messages: Message | str, **more: Any) -> int:
        """Show a prompt, and count its cached tokens."""
        called = call(*messages, **more)
        assert self.prefixes.recognize(called)
        return called.cached_tokens


def call(*messages: Message | str, model: str = "gpt-4o", **more: Any) -> Call:
    said = [Message("user", m) if isinstance(m, str) else m for m in messages]
    return Call("chat", model, said, body=more.pop("body", b"x" * 5000), **more)


def text_of(tokens: int) -> str:
    """Return a text whose prompt, as the only message, has so many tokens."""
    return " a" * (tokens - 7)


@pytest.mark.parametrize(
    ("tokens", "cached"),
    [(1024, 1024), (1151, 1024), (1152, 1152), (1279, 1152), (1280, 1280), (5000, 4992)],
)
def test_the_same_prompt_is_cached_in_steps_of_128_tokens(tokens: int, cached: int) -> None:
    seen = Seen()
    assert prompt_tokens(call(text_of(tokens))) == tokens
    assert [seen.cached(text_of(tokens)) for _ in range(3)] == [0, cached, cached]


def test_shorter_prompts_are_not_cached() -> None:
    seen = Prefixes(Clock())
    for _ in range(2):
        called = call(text_of(1023))
        assert not seen.recognize(called)
        assert called.cached_tokens == 0


def test_a_short_body_cannot_hold_a_long_prompt() -> None:
    assert not Prefixes(Clock()).recognize(call(LONG, body=b"x" * 1023))


@pytest.mark.parametrize("model", ["gpt-4", "gpt-4-turbo", "gpt-3.5-turbo"])
def test_models_before_gpt_4o_cache_nothing(model: str) -> None:
    assert not Prefixes(Clock()).recognize(call(LONG, model=model))


def test_a_conversation_that_goes_on_is_cached_up_to_where_it_was() -> None:
    seen = Seen()
    system, asked = Message("system", LONG), Message("user", "Hello")
    seen.cached(system, asked)
    before = prompt_tokens(call(system, asked))
    longer = (system, asked, Message("assistant", "Hi. " * 300), Message("user", "And now? " * 100))
    assert seen.cached(*longer) == before // 128 * 128
    assert seen.cached(*longer) == prompt_tokens(call(*longer)) // 128 * 128


def test_prompts_share_their_beginning() -> None:
    seen = Seen()
    seen.cached(Message("system", LONG), "What is the weather? " * 200)
    shared = prompt_tokens(call(Message("system", LONG))) - 3
    assert seen.cached(Message("system", LONG), "How do I cook rice? " * 200) == shared // 128 * 128


def test_a_beginning_that_differs_shares_nothing() -> None:
    seen = Seen()
    seen.cached(Message("system", f"Monday. {LONG}"))
    assert seen.cached(Message("system", f"Tuesday. {LONG}")) == 0


@pytest.mark.parametrize(
    "more",
    [
        {"model": "gpt-4o-mini"},
        {"tools": (TOOL,)},
        {"schema": {"type": "object"}},
        {"parameters": {"prompt_cache_key": "b"}},
    ],
)
def test_what_must_be_the_same_as_a_whole(more: dict[str, Any]) -> None:
    seen = Seen()
    assert seen.cached(LONG) == 0
    assert seen.cached(LONG, **more) == 0
    assert seen.cached(LONG, **more) > 0


@pytest.mark.parametrize(
    "other",
    [
        Message("system", LONG),
        Message("user", LONG, name="ann"),
        Message("user", LONG, parts=("image",)),
        Message("assistant", LONG, tool_calls=(ToolCall("call_1", "f", "{}"),)),
    ],
)
def test_whoever_says_it_in_whatever_way_is_part_of_the_prompt(other: Message) -> None:
    seen = Seen()
    seen.cached(other, "x" * 400)
    assert seen.cached(other, "x" * 400) > seen.cached(LONG, "x" * 400)


def test_tools_count_as_the_first_part_of_the_prompt() -> None:
    seen = Seen()
    many = tuple(Tool(f"tool_{number}", LONG[:500], None) for number in range(30))
    seen.cached("Hello", tools=many)
    assert seen.cached("Good evening", tools=many) >= 1024


def test_an_image_is_only_known_from_the_same_request() -> None:
    seen = Seen()
    image = Message("user", "What is this?", parts=("image",) * 20)
    assert seen.cached(image, LONG, body=b"1" * 2000) == 0
    assert seen.cached(image, LONG, body=b"2" * 2000) == 0
    assert seen.cached(image, LONG, body=b"2" * 2000) > 0


@pytest.mark.parametrize(
    ("parameters", "lifetime"),
    [
        (None, 600),
        ({"prompt_cache_retention": "in_memory"}, 600),
        ({"prompt_cache_retention": ["24h"]}, 600),
        ({"prompt_cache_retention": "24h"}, 86_400),
    ],
)
def test_what_is_not_used_is_forgotten(parameters: dict[str, Any] | None, lifetime: float) -> None:
    seen = Seen()
    seen.cached(LONG, parameters=parameters)
    for pause in (lifetime - 1, lifetime - 1):
        seen.now += pause
        assert seen.cached(LONG, parameters=parameters) > 0
    seen.now += lifetime
    assert seen.cached(LONG, parameters=parameters) == 0


def test_a_longer_life_is_not_cut_short() -> None:
    seen = Seen()
    seen.cached(LONG, parameters={"prompt_cache_retention": "24h"})
    seen.cached(LONG)
    seen.now += 80_000
    assert seen.cached(LONG) > 0


def test_clear_forgets_every_prompt() -> None:
    seen = Seen()
    seen.cached(LONG)
    seen.prefixes.clear()
    assert seen.cached(LONG) == 0


def test_what_is_remembered_is_bounded_and_the_newest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefixes, "KEPT", 20)
    seen = Seen()
    for number in range(10):
        seen.cached(f"{number} {LONG}")
        assert len(seen.prefixes._ends) <= 20
    assert seen.cached(f"9 {LONG}") > 1024
    assert seen.cached(f"0 {LONG}") == 0


def test_the_end_of_a_prompt_is_forgotten_before_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefixes, "KEPT", 5)
    seen = Seen()
    seen.cached(text_of(5000))
    assert seen.cached(text_of(5000)) == 1024 + 4 * 128


def test_several_threads_may_show_prompts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefixes, "KEPT", 20)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    seen = Seen()
    try:
        with ThreadPoolExecutor(4) as threads:
            assert set(threads.map(seen.cached, [f"{number} {LONG}" for number in range(400)])) == {0}
    finally:
        sys.setswitchinterval(interval)
    assert len(seen.prefixes._ends) == 20


def test_texts_of_any_length_have_the_same_layout() -> None:
    for text in (LONG, LONG * 20):
        assert prefixes._tokens(ENCODING, text).tolist() == ENCODING.encode(text)


names = st.text(max_size=8)
calls = st.builds(ToolCall, names, names, st.text(max_size=20))
messages = st.builds(
    Message,
    st.sampled_from(["system", "user", "assistant", "tool"]),
    st.text(max_size=60),
    st.none() | names,
    tool_calls=st.lists(calls, max_size=2).map(tuple),
    parts=st.lists(st.sampled_from(["image", "audio"]), max_size=2).map(tuple),
)


@given(said=st.lists(messages, max_size=5), tools=st.booleans())
def test_a_prompt_is_laid_out_as_it_is_counted(said: list[Message], tools: bool) -> None:
    called = call(*said, tools=(TOOL,) if tools else ())
    assert len(_layout(called)) == prompt_tokens(called)


@given(
    first=st.lists(st.sampled_from(["a", " dog", " 12", "é"]), max_size=400),
    second=st.lists(st.sampled_from(["a", " dog", " 12", "é"]), max_size=400),
    shared=st.integers(0, 3),
)
def test_cached_tokens_are_those_that_two_prompts_begin_with(first: list[str], second: list[str], shared: int) -> None:
    seen = Seen()
    one, two = (LONG[:1000] * shared + "".join(rest) + LONG for rest in (first, second))
    seen.cached(one)
    same = 0
    for left, right in zip(_layout(call(one)), _layout(call(two)), strict=False):
        if left != right:
            break
        same += 1
    assert seen.cached(two) == (same // 128 * 128 if same >= 1024 else 0)
