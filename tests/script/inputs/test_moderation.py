from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import moderation

from openai_mock_api.config.model import Category
from openai_mock_api.script.flows import Expected
from openai_mock_api.script.inputs.moderation import (
    CATEGORIES,
    FLAGGED,
    LEAST,
    MOST,
    Judgement,
    Moderator,
    applied_types,
    unsuspicious,
)
from openai_mock_api.script.matching.matchers import AnyText, Contains
from openai_mock_api.script.messages import Message

TEXT = Message("user", "I want to kill them")
IMAGE = Message("user", "", parts=("image",))
BOTH = Message("user", "I want to kill them", parts=("image",))


def judged(text: str, **scores: float) -> Judgement:
    return Judgement(Expected(role="user", matcher=Contains.of(text)), scores)


def test_the_categories_are_those_of_the_sdk_and_of_the_configuration() -> None:
    fields = moderation.Categories.model_fields
    assert set(CATEGORIES) == {field.alias or name for name, field in fields.items()} == set(get_args(Category))


def test_images_are_looked_at_as_the_sdk_says() -> None:
    for name, field in moderation.CategoryAppliedInputTypes.model_fields.items():
        [kinds] = get_args(field.annotation)
        assert CATEGORIES[field.alias or name] == ("image" in get_args(kinds))


@given(st.text())
def test_unsuspicious_input_scores_low_and_always_the_same(text: str) -> None:
    scores = unsuspicious(text)
    assert list(scores) == list(CATEGORIES)
    assert all(LEAST <= score <= MOST < FLAGGED for score in scores.values())
    assert scores == unsuspicious(text) == Moderator().scores(Message("user", text))


def test_texts_differ() -> None:
    assert unsuspicious("a") != unsuspicious("b")


def test_judgements_give_scores() -> None:
    scores = Moderator([judged("kill", violence=0.9)]).scores(TEXT)
    assert scores == {**unsuspicious(TEXT.text), "violence": 0.9}


def test_of_several_judgements_the_highest_score_counts() -> None:
    moderator = Moderator([judged("kill", violence=0.9, hate=0.2), judged("them", violence=0.5, hate=0.7)])
    scores = moderator.scores(TEXT)
    assert (scores["violence"], scores["hate"]) == (0.9, 0.7)
    assert moderator.scores(Message("user", "hello")) == unsuspicious("hello")


def test_a_judgement_may_lower_a_score() -> None:
    assert Moderator([judged("kill", violence=0)]).scores(TEXT)["violence"] == 0


@pytest.mark.parametrize(
    ("message", "hate", "violence"),
    [(TEXT, ["text"], ["text"]), (IMAGE, [], ["image"]), (BOTH, ["text"], ["text", "image"])],
)
def test_where_categories_are_looked_for(message: Message, hate: list[str], violence: list[str]) -> None:
    assert (applied_types(message, "hate"), applied_types(message, "violence")) == (hate, violence)


def test_an_empty_text_is_a_text() -> None:
    assert applied_types(Message("user", ""), "hate") == ["text"]


def test_what_is_not_looked_for_scores_nothing() -> None:
    everything = Expected(role="user", matcher=AnyText())
    scores = Moderator([Judgement(everything, {"hate": 0.9, "violence": 0.9})]).scores(IMAGE)
    assert (scores["hate"], scores["violence"]) == (0.0, 0.9)
    assert [name for name, score in scores.items() if score == 0] == [n for n, seen in CATEGORIES.items() if not seen]


def test_images_can_be_asked_for() -> None:
    seen = Moderator([Judgement(Expected(role="user", matcher=AnyText(), parts=("image",)), {"sexual": 0.8})])
    assert [seen.scores(message)["sexual"] > FLAGGED for message in (TEXT, IMAGE, BOTH)] == [False, True, True]
