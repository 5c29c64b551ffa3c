from __future__ import annotations

from math import hypot
from pydoc_data.topics import topics
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.script.inputs import vectors
from openai_mock_api.script.inputs.vectors import COMMON, LEAST, SHORT, Embedder, embedder, shortened, stem, unit
from openai_mock_api.script.tokens.counting import tokenizer_for
from tests.script.questions import FIRST, QUESTIONS, THREE

if TYPE_CHECKING:
    from openai_mock_api.script.inputs.vectors import Vector

MODEL = "text-embedding-3-small"


def vector(text: str, model: str = MODEL, size: int = 1536) -> Vector:
    return embedder(model, size).vector(text, tokenizer_for(model).encode(text))


def cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def likeness(one: str, other: str) -> float:
    return cosine(vector(one), vector(other))


@given(
    st.text() | st.lists(st.sampled_from(["the", "refund", "of", "cats", "7", "é", "你好", "👩", "!"])).map(" ".join)
)
def test_every_vector_has_the_length_one(text: str) -> None:
    found = vector(text)
    assert len(found) == 1536
    assert hypot(*found) == pytest.approx(1, abs=1e-6)
    assert found[0] == pytest.approx(COMMON)


@given(st.text(), st.integers(2, 40))
def test_vectors_may_be_short(text: str, size: int) -> None:
    assert hypot(*vector(text, size=size)) == pytest.approx(1, abs=1e-6)


def test_the_same_text_has_the_same_vector_also_when_it_is_met_again() -> None:
    long = "The cat sat on the mat. " * 100
    assert vector("cat") == vector("cat") == Embedder(MODEL, 1536).vector("cat", tokenizer_for(MODEL).encode("cat"))
    assert vector(long) == vector(long)


def test_models_differ() -> None:
    assert abs(cosine(vector("some cats"), vector("some cats", "text-embedding-ada-002"))) < 0.2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello", "hello!"),
        ("refund policy", "What is the refund policy?"),
        ("running fast", "runs faster"),
        ("embedding", "embeddings"),
        ("dog bites man", "man bites dog"),
    ],
)
def test_texts_of_the_same_words_are_close(one: str, other: str) -> None:
    assert likeness(one, other) > 0.9


@pytest.mark.parametrize(
    ("near", "text", "far"),
    [
        ("How do I get a refund?", "Refunds are paid within a week.", "Where is the bathroom?"),
        ("A cat is sitting on mats", "The cat sat on the mat", "The dog ran through the park"),
        ("世界", "你好 世界", "今天天气很好"),
        ("Grüße aus Köln", "Viele Grüße", "Guten Tag"),
    ],
)
def test_texts_that_share_words_are_closer_than_others(near: str, text: str, far: str) -> None:
    assert likeness(near, text) > likeness(far, text) + 0.2


@pytest.mark.parametrize(("one", "other"), [("cat", "dog"), ("a", "b"), ("Paris is large", "We eat bread")])
def test_texts_without_a_common_word_are_unrelated(one: str, other: str) -> None:
    assert abs(likeness(one, other)) < 0.2


@pytest.mark.parametrize(
    ("one", "other"), [("item 1", "item 2"), ("dog bites man", "man bites dog"), ("Hello", "Hello!"), ("!", "?")]
)
def test_different_texts_have_different_vectors(one: str, other: str) -> None:
    assert vector(one) != vector(other)


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    assert likeness("the zebra", "zebra") > likeness("the zebra", "the")


def test_a_long_text_is_near_to_its_words_whatever_their_case() -> None:
    about = "Penguins live in the south. " * 20
    assert len(tokenizer_for(MODEL).encode(about)) > SHORT
    assert likeness(about, "penguins of the south") > 0.7
    assert likeness(about, "polar bears") < 0.2


def test_the_rarest_words_tell_a_text() -> None:
    words = "banana damson elderberry mango nectarine papaya quince radish"
    text = f"{words} " + " ".join(topics["lambda"].split())
    tokens = tokenizer_for(MODEL).encode(text)
    telling = embedder(MODEL, 1536)._telling(text, tokens)
    assert len(telling) == LEAST < len(set(tokens))
    assert min(telling) > max(set(tokens) - set(telling))
    assert likeness(text, "banana papaya") > 0.3


@pytest.mark.parametrize("dimensions", [256, 512, 1024])
def test_the_beginning_of_a_vector_still_tells_texts_apart(dimensions: int) -> None:
    text, near, far = (shortened(vector(t), dimensions) for t in ("refund policy", "the refunds", "a bathroom"))
    assert hypot(*text) == pytest.approx(1, abs=1e-6)
    assert cosine(text, near) > cosine(text, far) + 0.3


def test_a_shortened_vector_is_the_scaled_beginning() -> None:
    whole = vector("refund policy")
    length = hypot(*whole[:300])
    assert list(shortened(whole, 300)) == pytest.approx([number / length for number in whole[:300]])
    assert list(shortened(whole, 1)) == [1.0]
    assert shortened(whole, 1536) is whole


def test_zeros_have_no_direction() -> None:
    with pytest.raises(ValueError, match="no direction"):
        unit([0.0, 0.0])


@pytest.mark.parametrize(
    ("words", "common"),
    [
        ("iterate iterating iterated iteration iterator", "iter"),
        ("run running runs runner", "run"),
        ("Straße", "Straße"),
        ("as", "as"),
        ("x2s", "x2s"),
    ],
)
def test_words_of_one_family_have_one_stem(words: str, common: str) -> None:
    assert {stem(word) for word in words.split()} == {common}


def test_numbers_that_are_no_tokens_have_features_too() -> None:
    found = embedder(MODEL, 1536).vector("\ufffd", [-5, 10**30, 100_256] * SHORT)
    assert hypot(*found) == pytest.approx(1, abs=1e-6)


def test_features_are_forgotten_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "TOKENS", 3)
    made = Embedder(MODEL, 1536)
    tokens = tokenizer_for(MODEL).encode("one two three four five six")
    assert made.vector("one two three four five six", tokens) == vector("one two three four five six")
    assert len(made._features) <= 3


def test_questions_in_other_words_find_their_pages() -> None:
    """Among fifty pages of Python's documentation; by chance one would come first, and three among the first three."""
    pages = {name: vector(topics[name]) for name in QUESTIONS}
    places = []
    for name, question in QUESTIONS.items():
        asked = vector(question)
        order = sorted(pages, key=lambda page: cosine(asked, pages[page]), reverse=True)
        places.append(order.index(name))
    assert len(places) == 50
    assert sum(place == 0 for place in places) >= FIRST
    assert sum(place < 3 for place in places) >= THREE
