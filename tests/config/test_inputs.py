from __future__ import annotations

from typing import Any

import pytest

from openai_mock_api.config.inputs import expected_of, judgement_of, message_of, vector_of
from openai_mock_api.config.model import Embedding, MockConfig, Moderation
from openai_mock_api.config.settings import Settings
from openai_mock_api.script.flows import Expected
from openai_mock_api.script.inputs.moderation import CERTAIN
from openai_mock_api.script.inputs.nearness import Near, Placed
from openai_mock_api.script.matching.matchers import AnyText, Contains, Exact, Fuzzy, Not
from openai_mock_api.script.messages import Message


@pytest.mark.parametrize(
    ("fields", "matcher"),
    [
        ({"content": "a"}, Exact.of("a")),
        ({"content": "a", "case_sensitive": False}, Exact.of("a", case_sensitive=False)),
        ({"content": "a", "matcher": "contains"}, Contains.of("a")),
        ({"content": "a", "matcher": "contains", "not_": True}, Not(Contains.of("a"))),
        ({"content": "a", "matcher": "fuzzy", "threshold": 0.5}, Fuzzy.of("a", threshold=0.5)),
        ({"matcher": "any"}, AnyText()),
    ],
    ids=str,
)
def test_texts_are_compared_as_messages_of_the_user_are(fields: dict[str, Any], matcher: object) -> None:
    assert expected_of(Embedding(vector=[1], **fields)) == Expected(role="user", matcher=matcher)  # type: ignore[arg-type]


def test_images_are_asked_for_beside_text_or_alone() -> None:
    alone = expected_of(Moderation(parts=["image"], categories=["sexual"]))
    assert alone.fits(Message("user", "any", parts=("image",)))
    assert not alone.fits(Message("user", "any"))
    assert message_of(Moderation(content="a", categories=[], parts=["image"])).parts == ["image"]


def test_vectors_and_nearness_are_built() -> None:
    assert vector_of(Embedding(content="a", vector=[1, 2])) == Placed(
        Expected(role="user", matcher=Exact.of("a")), (1, 2)
    )
    near = vector_of(Embedding(content="a", like="b", similarity=0.5))
    assert near == Near(Expected(role="user", matcher=Exact.of("a")), "b", 0.5)


def test_categories_are_flagged_or_scored() -> None:
    assert judgement_of(Moderation(content="a", categories=["hate"])).scores == {"hate": CERTAIN}
    assert judgement_of(Moderation(content="a", categories={"hate": 0.4})).scores == {"hate": 0.4}


def test_settings_hold_all_of_it() -> None:
    settings = Settings.of(
        MockConfig(
            embeddings=[Embedding(content="a", vector=[1])],
            embedding_dimensions={"mine": 8},
            embedding_format="float",
            moderations=[Moderation(content="a", categories=["hate"])],
        )
    )
    assert [type(entry) for entry in settings.embeddings] == [Placed]
    assert (settings.embedding_dimensions, settings.embedding_format) == ({"mine": 8}, "float")
    assert [judgement.scores for judgement in settings.moderations] == [{"hate": CERTAIN}]
