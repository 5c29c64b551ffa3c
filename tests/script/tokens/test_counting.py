from __future__ import annotations

import importlib
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_mock_api.script.messages import Message, Tool, ToolCall
from openai_mock_api.script.tokens import counting as tokens
from openai_mock_api.script.tokens.counting import (
    PER_PART,
    EncodingName,
    Tokenizer,
    encoding_of,
    prompt_tokens,
    tokenizer,
    tokenizer_for,
    tool_call_tokens,
)
from tests.script.making import call, say

if TYPE_CHECKING:
    from pathlib import Path

FAMILY = "👩‍👩‍👧"


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-4o", "o200k_base"),
        ("gpt-4o-mini-2024-07-18", "o200k_base"),
        ("chatgpt-4o-latest", "o200k_base"),
        ("gpt-4.1-nano", "o200k_base"),
        ("gpt-4.5-preview", "o200k_base"),
        ("gpt-5", "o200k_base"),
        ("gpt-oss-120b", "o200k_base"),
        ("o1", "o200k_base"),
        ("o3-mini", "o200k_base"),
        ("a-model-of-tomorrow", "o200k_base"),
        ("", "o200k_base"),
        ("gpt-4", "cl100k_base"),
        ("gpt-4-0613", "cl100k_base"),
        ("gpt-4-turbo", "cl100k_base"),
        ("gpt-3.5-turbo", "cl100k_base"),
        ("gpt-3.5-turbo-instruct", "cl100k_base"),
        ("gpt-35-turbo", "cl100k_base"),
        ("davinci-002", "cl100k_base"),
        ("text-embedding-3-small", "cl100k_base"),
        ("text-embedding-ada-002", "cl100k_base"),
        ("ft:gpt-4o-2024:org::id", "o200k_base"),
        ("ft:gpt-3.5-turbo", "cl100k_base"),
        ("ft:gpt-4-0613:org::id", "cl100k_base"),
    ],
)
def test_encoding_of(model: str, encoding: EncodingName) -> None:
    assert encoding_of(model) == encoding
    assert tokenizer_for(model) is tokenizer(encoding)


@pytest.mark.parametrize(
    ("text", "cl100k", "o200k"),
    [
        ("", 0, 0),
        ("tiktoken is great!", 6, 6),
        ("antidisestablishmentarianism", 6, 6),
        ("2 + 2 = 4", 7, 7),
        ("お誕生日おめでとう", 9, 8),
        ("Hello, how are you?", 6, 6),
    ],
)
def test_counts(text: str, cl100k: int, o200k: int) -> None:
    """Most of these are published in the OpenAI Cookbook, "How to count tokens with tiktoken"."""
    assert (tokenizer("cl100k_base").count(text), tokenizer("o200k_base").count(text)) == (cl100k, o200k)


def test_special_tokens_in_a_text_are_plain_text() -> None:
    assert tokenizer("o200k_base").count("<|endoftext|>") > 1


def test_pieces_are_tokens() -> None:
    assert tokenizer("o200k_base").pieces("Hello, how are you?") == ["Hello", ",", " how", " are", " you", "?"]


def test_a_code_point_of_several_tokens_is_one_piece() -> None:
    encoding = tokenizer("o200k_base")
    assert encoding.count("𓀀") > 1
    assert encoding.pieces("a𓀀b") == ["a", "𓀀", "b"]


def test_lone_surrogates_are_replaced() -> None:
    encoding = tokenizer("o200k_base")
    assert "".join(encoding.pieces("a\ud800b")) == "a\N{REPLACEMENT CHARACTER}b"
    assert encoding.count("a\ud800b") == encoding.count("a\N{REPLACEMENT CHARACTER}b")
    assert encoding.cut("a\ud800b" * 5, 2) == "a\N{REPLACEMENT CHARACTER}"


def test_a_token_has_bytes_also_where_it_is_no_text() -> None:
    encoding = tokenizer("o200k_base")
    assert [encoding.bytes_of(token) for token in encoding.encode("a𓀀 👩")] == [
        b"a",
        b"\xf0",
        b"\x93",
        b"\x80",
        b"\x80",
        b" \xf0\x9f\x91",
        b"\xa9",
    ]


@pytest.mark.parametrize("name", ["o200k_base", "cl100k_base"])
def test_single_bytes_are_the_first_tokens(name: EncodingName) -> None:
    encoding = tokenizer(name)
    assert sorted(encoding.bytes_of(token)[0] for token in range(256)) == list(range(256))
    for byte in range(128):
        assert [encoding.bytes_of(token) for token in encoding.encode(chr(byte))] == [bytes([byte])]


def test_what_is_no_token_has_no_bytes() -> None:
    with pytest.raises(ValueError, match="is no token of cl100k_base"):
        tokenizer("cl100k_base").bytes_of(500_000)


@settings(derandomize=True, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["o200k_base", "cl100k_base"]))
def test_bytes_of_tokens_make_up_the_text(text: str, name: EncodingName) -> None:
    encoding = tokenizer(name)
    assert b"".join(map(encoding.bytes_of, encoding.encode(text))).decode() == text


@settings(derandomize=True, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["o200k_base", "cl100k_base"]))
def test_tokens_stand_for_their_text(text: str, name: EncodingName) -> None:
    encoding = tokenizer(name)
    assert encoding.decode(encoding.encode(text)) == text


@pytest.mark.parametrize(
    ("name", "token", "text"),
    [
        ("cl100k_base", 9906, "Hello"),
        ("cl100k_base", 100_257, "<|endoftext|>"),
        ("o200k_base", 199_999, "<|endoftext|>"),
        ("cl100k_base", 100_255, " Conveyor"),
        ("o200k_base", 199_997, " cocos"),
    ],
)
def test_tokens_are_known(name: EncodingName, token: int, text: str) -> None:
    encoding = tokenizer(name)
    assert (encoding.knows(token), encoding.decode([token])) == (True, text)


@pytest.mark.parametrize(
    ("name", "token"), [("cl100k_base", 100_256), ("o200k_base", 199_998), ("o200k_base", -1), ("o200k_base", 10**20)]
)
def test_what_is_no_token_is_shown_as_such(name: EncodingName, token: int) -> None:
    encoding = tokenizer(name)
    assert not encoding.knows(token)
    assert encoding.decode([*encoding.encode("a"), token, *encoding.encode("b")]) == "a\N{REPLACEMENT CHARACTER}b"


def test_a_part_of_a_code_point_is_shown_as_such() -> None:
    encoding = tokenizer("o200k_base")
    assert encoding.decode([*encoding.encode("👩")[:1], *encoding.encode("ab")]) == "\N{REPLACEMENT CHARACTER}ab"


texts = st.one_of(st.text(max_size=60), st.text(f"ab {FAMILY}𓀀é\u0301日\ud800\n", max_size=60))


@settings(derandomize=True, deadline=None)
@given(texts, st.sampled_from(["o200k_base", "cl100k_base"]))
def test_pieces_make_up_the_text(text: str, name: EncodingName) -> None:
    encoding = tokenizer(name)
    pieces = encoding.pieces(text)
    assert "".join(pieces) == text.replace("\ud800", "\N{REPLACEMENT CHARACTER}")
    assert len(pieces) <= encoding.count(text)
    assert all(piece.encode() for piece in pieces)


@settings(derandomize=True, deadline=None)
@given(texts, st.integers(-1, 20), st.sampled_from(["o200k_base", "cl100k_base"]))
def test_cut_never_exceeds_and_ends_with_a_whole_code_point(text: str, most: int, name: EncodingName) -> None:
    encoding = tokenizer(name)
    cut = encoding.cut(text, most)
    whole = "".join(encoding.pieces(text))
    assert whole.startswith(cut) or text == cut
    assert encoding.count(cut) <= max(most, 0)
    if encoding.count(text) <= most:
        assert cut == text


def test_cut() -> None:
    encoding = tokenizer("o200k_base")
    text = "Hello, how are you?"
    cuts = ["", "Hello", "Hello,", "Hello, how", "Hello, how are", "Hello, how are you", text, text]
    assert [encoding.cut(text, most) for most in range(8)] == cuts
    assert encoding.cut("𓀀", 1) == ""


class Counting:
    """A stand-in for the compiled tokenizer that remembers what it counted."""

    def __init__(self) -> None:
        self.counted: list[str] = []

    def count(self, text: str) -> int:
        self.counted.append(text)
        return len(text)


def test_a_text_seen_before_is_not_counted_again() -> None:
    encoding = Tokenizer("o200k_base")
    counting = encoding._bpe = Counting()
    assert [encoding.count(text) for text in ("ab", "cde", "ab", "", "")] == [2, 3, 2, 0, 0]
    assert counting.counted == ["ab", "cde", ""]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", 10_000)
    encoding = Tokenizer("o200k_base")
    encoding._bpe = Counting()
    most = 0
    for i in range(1000):
        encoding.count(f"text {i}")
        most = max(most, len(encoding._counts))
    assert 10 < most < 10_000 / tokens.ENTRY
    encoding.count("x" * 20_000)
    assert len(encoding._counts) == 1


def test_concurrent_first_use_builds_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Tokenizer] = []
    start = threading.Barrier(8)

    class Slow(Tokenizer):
        def __init__(self, name: EncodingName) -> None:
            built.append(self)
            threading.Event().wait(0.02)
            super().__init__(name)

    monkeypatch.setattr(tokens, "Tokenizer", Slow)
    monkeypatch.setattr(tokens, "_tokenizers", {})
    found: list[Tokenizer] = []

    def use() -> None:
        start.wait()
        found.append(tokenizer("o200k_base"))

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert found == built * 8


def test_load_builds_the_table_of_current_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_tokenizers", {})
    tokens.load()
    assert list(tokens._tokenizers) == ["o200k_base"]


def test_without_the_compiled_file_the_package_is_imported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "_bindings.pyi").touch()
    compiled = SimpleNamespace()
    monkeypatch.setattr(importlib, "import_module", {"bpe_openai._bindings": compiled}.get)
    for folders in ([str(tmp_path)], None):
        spec = SimpleNamespace(submodule_search_locations=folders)
        monkeypatch.setattr(importlib.util, "find_spec", {"bpe_openai": spec}.get)
        assert tokens._bindings.__wrapped__() is compiled


# The example of the OpenAI Cookbook, "How to count tokens with tiktoken", and the figures that it prints.
JARGON = [
    Message(
        role="system",
        text="You are a helpful, pattern-following assistant that translates corporate jargon into plain English.",
    ),
    Message(role="system", name="example_user", text="New synergies will help drive top-line growth."),
    Message(role="system", name="example_assistant", text="Things working well together will increase revenue."),
    Message(
        role="system",
        name="example_user",
        text="Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
    ),
    Message(
        role="system",
        name="example_assistant",
        text="Let's talk later when we're less busy about how to do better.",
    ),
    Message(
        role="user",
        text="This late pivot means we don't have time to boil the ocean for the client deliverable.",
    ),
]


@pytest.mark.parametrize(("model", "count"), [("gpt-3.5-turbo", 129), ("gpt-4-0613", 129), ("gpt-4o", 124)])
def test_prompt_tokens_of_the_cookbook(model: str, count: int) -> None:
    assert prompt_tokens(call(*JARGON, model=model)) == count


WEATHER = Tool(
    "get_current_weather",
    "Get the current weather in a given location",
    {
        "type": "object",
        "properties": {
            "location": {"type": "string", "description": "The city and state, e.g. San Francisco, CA"},
            "unit": {
                "type": "string",
                "description": "The unit of temperature to return",
                "enum": ["celsius", "fahrenheit"],
            },
        },
        "required": ["location"],
    },
)
ASKED = [
    say("system", "You are a helpful assistant that can answer to questions about the weather."),
    say("user", "What's the weather like in San Francisco?"),
]


@pytest.mark.parametrize(("model", "count"), [("gpt-3.5-turbo", 105), ("gpt-4", 105), ("gpt-4o", 101)])
def test_prompt_tokens_with_tools_of_the_cookbook(model: str, count: int) -> None:
    assert prompt_tokens(call(*ASKED, model=model, tools=(WEATHER,))) == count


@pytest.mark.parametrize(
    "parameters",
    [
        None,
        {},
        {"properties": {}},
        {"properties": []},
        {"properties": {"a": True}},
        {"properties": {"a": {"type": ["string", "null"], "enum": [1, None], "description": 7}}},
        {"properties": {"a": {"enum": "x"}}},
    ],
)
def test_any_schema_can_be_counted(parameters: Any) -> None:
    bare = prompt_tokens(call("Hi"))
    assert prompt_tokens(call("Hi", tools=(Tool("f", "Does it.", parameters),))) > bare + 15


def test_a_prompt_without_messages() -> None:
    assert prompt_tokens(call()) == 3


def test_tool_calls_and_parts_count() -> None:
    made = (ToolCall("call_1", "get_weather", '{"city":"Paris"}'),)
    plain = prompt_tokens(call(say("assistant", "")))
    encoding = tokenizer("o200k_base")
    assert tool_call_tokens(encoding, made) == 3 + encoding.count("get_weather") + encoding.count('{"city":"Paris"}')
    with_call = prompt_tokens(call(Message(role="assistant", tool_calls=made)))
    assert with_call == plain + tool_call_tokens(encoding, made)
    with_parts = prompt_tokens(call(Message(role="assistant", parts=("image", "audio"))))
    assert with_parts == plain + 2 * PER_PART
