from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from openai_mock_api.script.search.pairs import PairIndex, pairs

WORDS = ("weather", "forecast", "in", "paris", "tomorrow", "morning", "please", "tell", "me", "about", "the", "rain")


def sentences(count: int, seed: int) -> list[str]:
    source = random.Random(seed)
    return [" ".join(source.choices(WORDS, k=source.randint(1, 9))) for _ in range(count)]


def alike(texts: list[str], text: str, threshold: float) -> list[str]:
    texts = sorted(texts, key=len)
    return [texts[place] for place in PairIndex(texts, threshold).alike(text)]


def missing(texts: list[str], text: str, threshold: float) -> list[str]:
    """Texts that are alike enough and were not found."""
    found = alike(texts, text, threshold)
    return [t for t in texts if fuzz.ratio(t, text) / 100 >= threshold and t not in found]


def test_a_pair_counts_every_time_it_comes() -> None:
    assert pairs("aaaa") == [" a", "aa", "aa1", "aa2", "a "]
    assert pairs("") == ["  "]


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.7, 0.75, 0.8, 0.9, 1.0])
def test_no_alike_text_is_left_out(threshold: float) -> None:
    texts = sentences(300, seed=1)
    typos = [text.replace("e", "", 1).replace("o", "oo", 1) for text in texts[:40]]
    asked = [*sentences(40, seed=2), *typos, *texts[:5], "", "x"]
    assert [missing(texts, text, threshold) for text in asked] == [[]] * len(asked)


@given(
    st.lists(st.text("ab ", max_size=12), max_size=12),
    st.text("ab ", max_size=12),
    st.floats(0, 1, allow_nan=False),
)
def test_none_is_left_out_of_any_texts(texts: list[str], text: str, threshold: float) -> None:
    assert missing(texts, text, threshold) == []


def test_few_others_are_found_at_the_usual_threshold() -> None:
    texts = sentences(2000, seed=3)
    found = [len(alike(texts, text, 0.8)) for text in sentences(100, seed=4)]
    assert sum(found) / len(found) < 400  # these texts are made of fifteen words, so most look alike


def test_a_long_text_of_one_letter_has_as_many_pairs() -> None:
    assert len(set(pairs("x" * 50_000))) == 50_001


def test_the_pairs_of_a_text_that_none_comes_near_to_in_length_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    index = PairIndex(sentences(10, seed=5), 0.8)
    monkeypatch.setattr("openai_mock_api.script.search.pairs.pairs", lambda _: pytest.fail("counted"))
    assert list(index.alike("x" * 1000)) == []


def test_an_index_without_texts_finds_none() -> None:
    assert alike([], "anything", 0.8) == []
