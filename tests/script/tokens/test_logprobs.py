from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openai_mock_api.script.tokens.counting import EncodingName, tokenizer
from openai_mock_api.script.tokens.logprobs import UNLIKELY, Candidate, TokenLogprob, logprobs, shared

ENCODING = tokenizer("o200k_base")
FAMILY = "👩‍👩‍👧‍👦𓀀"

texts = st.text(f"ab .\n日{FAMILY}", max_size=30) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
encodings: st.SearchStrategy[EncodingName] = st.sampled_from(["o200k_base", "cl100k_base"])
figures = st.floats(-20_000, 0)


def test_tokens_are_those_that_are_counted() -> None:
    found = logprobs(ENCODING, "Hello, how are you?", 0)
    assert [entry.token for entry in found] == ["Hello", ",", " how", " are", " you", "?"]
    assert [bytes(entry.bytes) for entry in found] == [b"Hello", b",", b" how", b" are", b" you", b"?"]
    assert all(entry.top_logprobs == [] for entry in found)


def test_bytes_that_are_no_text_are_escaped() -> None:
    assert [entry.token for entry in logprobs(ENCODING, " 👩", 0)] == ["bytes: \\xf0\\x9f\\x91", "bytes:\\xa9"]


@settings(derandomize=True, deadline=None)
@given(texts, encodings, st.integers(0, 20), st.none() | figures | st.lists(figures, max_size=5))
def test_figures_are_probabilities(
    text: str, name: EncodingName, many: int, given_figures: float | list[float] | None
) -> None:
    found = logprobs(tokenizer(name), text, many, given_figures)
    assert b"".join(bytes(entry.bytes) for entry in found) == text.encode()
    assert len(found) == tokenizer(name).count(text)
    for entry in found:
        figures_found = [candidate.logprob for candidate in entry.top_logprobs]
        assert len(entry.top_logprobs) == many
        assert len({bytes(candidate.bytes) for candidate in entry.top_logprobs}) == many
        assert figures_found == sorted(figures_found, reverse=True)
        assert sum(map(math.exp, figures_found)) <= 1 + 1e-6
        if many:
            assert entry.top_logprobs[0] == Candidate(entry.token, entry.logprob, entry.bytes)


def test_the_same_text_has_the_same_figures() -> None:
    assert logprobs(ENCODING, "One, two.", 5) == logprobs(ENCODING, "One, two.", 5)


def test_the_same_token_has_others_at_another_place() -> None:
    first, second = logprobs(ENCODING, "one one one", 5)[1:]
    assert first.token == second.token
    assert first.logprob != second.logprob
    assert first.top_logprobs[1:] != second.top_logprobs[1:]


def test_alternatives_are_words_that_could_stand_there() -> None:
    hello, there = logprobs(ENCODING, "Hello there", 20)
    assert all(candidate.token.isalpha() for candidate in hello.top_logprobs)
    assert all(candidate.token[0] == " " and candidate.token[1:].isalpha() for candidate in there.top_logprobs)


def test_a_token_is_no_alternative_to_itself() -> None:
    words = {candidate.token for candidate in logprobs(ENCODING, "a", 20)[0].top_logprobs[1:]}
    for word in words:
        tokens = [candidate.token for candidate in logprobs(ENCODING, word, 20)[0].top_logprobs]
        assert tokens.count(word) == 1


def test_given_figures() -> None:
    assert [entry.logprob for entry in logprobs(ENCODING, "one, two", 0, -0.5)] == [-0.5] * 3
    made = [entry.logprob for entry in logprobs(ENCODING, "one, two", 0)]
    assert [entry.logprob for entry in logprobs(ENCODING, "one, two", 0, [-0.5, 0])] == [-0.5, 0, made[2]]


@pytest.mark.parametrize("figure", [0, UNLIKELY, -20_000])
def test_figures_without_room_for_others(figure: float) -> None:
    (entry,) = logprobs(ENCODING, "a", 3, figure)
    assert [candidate.logprob for candidate in entry.top_logprobs[1:]] == [min(figure, UNLIKELY)] * 2


def entry(data: bytes) -> TokenLogprob:
    return TokenLogprob("", -1, list(data), [])


def test_a_token_is_of_the_piece_that_it_begins_in() -> None:
    entries = [entry(b"one"), entry(b".\n"), entry(b"\n"), entry(b"two")]
    assert shared(entries, ["one.", "\n\ntwo", " "]) == [entries[:2], entries[2:], []]
    assert shared([entry(b"abcdef")], ["a", "bc", "def"]) == [[entry(b"abcdef")], [], []]
    assert shared([], []) == []


@settings(derandomize=True, deadline=None)
@given(texts)
def test_pieces_share_all_tokens_in_order(text: str) -> None:
    entries, pieces = logprobs(ENCODING, text, 0), ENCODING.pieces(text)
    shares = shared(entries, pieces)
    assert [entry for share in shares for entry in share] == entries
    assert [b"".join(bytes(entry.bytes) for entry in share) for share in shares] == [p.encode() for p in pieces]
