from __future__ import annotations

from math import hypot, sqrt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_mock_api.errors import ScriptError
from openai_mock_api.script.flows import Expected
from openai_mock_api.script.inputs.nearness import DIMENSIONS, USUAL, Near, Placed, Vectors, turned
from openai_mock_api.script.inputs.vectors import unit
from openai_mock_api.script.matching.matchers import AnyText, Contains, Exact
from openai_mock_api.script.tokens.counting import tokenizer_for

if TYPE_CHECKING:
    from openai_mock_api.script.inputs.vectors import Vector

MODEL = "text-embedding-3-small"


def exact(text: str) -> Expected:
    return Expected(role="user", matcher=Exact.of(text))


def ask(vectors: Vectors, text: str, dimensions: int = 1536, model: str = MODEL) -> Vector:
    return vectors.vector(model, text, tokenizer_for(model).encode(text), dimensions)


def cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_models_have_their_dimensions() -> None:
    vectors = Vectors((), {"mine": 8, "my-*": 9, "text-embedding-ada-*": 10})
    models = ("mine", "my-own", "text-embedding-3-large", "text-embedding-ada-002", "x")
    assert [vectors.size(model) for model in models] == [8, 9, DIMENSIONS["text-embedding-3-large"], 10, USUAL]
    assert len(ask(vectors, "text", 8, "mine")) == 8


def test_a_vector_can_be_given() -> None:
    vectors = Vectors([Placed(exact("x"), (3.0, 0.0, -4.0))])
    assert list(ask(vectors, "x", 4)) == pytest.approx([0.6, 0.0, -0.8, 0.0])
    assert list(ask(vectors, "x", 2)) == [1.0, 0.0]
    assert hypot(*ask(vectors, "y")) == pytest.approx(1)
    assert ask(vectors, "y") == ask(Vectors(), "y")


def test_a_vector_that_begins_with_zeros_cannot_be_cut() -> None:
    vectors = Vectors([Placed(exact("x"), (0.0, 0.0, 1.0))])
    with pytest.raises(ScriptError, match="only zeros in its first 2 dimensions") as caught:
        ask(vectors, "x", 2)
    assert caught.value.param == "dimensions"


@pytest.mark.parametrize("dimensions", [1536, 256, 2])
@pytest.mark.parametrize("similarity", [1.0, 0.9, 0.25, 0.0, -0.5, -1.0])
def test_a_text_can_be_near_to_another(similarity: float, dimensions: int) -> None:
    vectors = Vectors([Near(exact("Where is my money?"), "refunds", similarity)])
    near, text = ask(vectors, "Where is my money?", dimensions), ask(vectors, "refunds", dimensions)
    assert hypot(*near) == pytest.approx(1, abs=1e-6)
    assert cosine(near, text) == pytest.approx(similarity, abs=1e-5)


def test_what_a_text_is_near_to_may_be_given() -> None:
    vectors = Vectors([Near(exact("a"), "x", 0.6), Placed(exact("x"), (1.0,))])
    assert ask(vectors, "a")[0] == pytest.approx(0.6)


def test_a_text_that_is_near_to_itself_ends_somewhere() -> None:
    vectors = Vectors([Near(exact("a"), "b", 0.5), Near(exact("b"), "a", 0.5), Near(exact("c"), "c", 0.5)])
    assert cosine(ask(vectors, "a"), ask(Vectors(), "b")) == pytest.approx(0.5, abs=1e-5)
    assert cosine(ask(vectors, "c"), ask(Vectors(), "c")) == pytest.approx(0.5, abs=1e-5)


def test_the_first_entry_that_fits_counts() -> None:
    vectors = Vectors(
        [
            Placed(Expected(role="user", matcher=Contains.of("cat")), (1.0,)),
            Placed(Expected(role="user", matcher=AnyText()), (0.0, 1.0)),
        ]
    )
    assert list(ask(vectors, "a cat", 2)) == [1.0, 0.0]
    assert list(ask(vectors, "a dog", 2)) == [0.0, 1.0]


def test_in_one_dimension_there_is_no_way_aside() -> None:
    assert list(turned(unit([2.0]), unit([1.0]), 0.5)) == [0.5]


_numbers = st.lists(st.floats(-1, 1), min_size=2, max_size=5).filter(lambda numbers: hypot(*numbers) > 0.01)


@given(st.tuples(_numbers, _numbers).filter(lambda two: len(two[0]) == len(two[1])), st.floats(-1, 1))
def test_turning_gives_the_cosine_and_the_length_one(two: tuple[list[float], list[float]], similarity: float) -> None:
    vector, anchor = map(unit, two)
    found = turned(vector, anchor, similarity)
    assert hypot(*found) == pytest.approx(1, abs=1e-3)
    assert cosine(found, anchor) == pytest.approx(similarity, abs=1e-3)


def test_turning_keeps_to_the_side_of_the_text() -> None:
    found = turned(unit([1.0, 1.0, 0.0]), unit([1.0, 0.0, 0.0]), 0.6)
    assert list(found) == pytest.approx([0.6, 0.8, 0.0])
    assert list(turned(unit([1.0, 1.0]), unit([1.0, 0.0]), sqrt(0.5))) == pytest.approx([sqrt(0.5), sqrt(0.5)])
